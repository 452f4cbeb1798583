"""A real cluster over HTTPS: the client's transport on `requests`, and a connection that waits on the wall clock.

Only this file speaks HTTP to a cluster. It trusts the CA of the kubeconfig alone, reads no .netrc, and never writes
credentials into a message.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cluster_core.apimachinery.errors import ApiError, from_status
from cluster_core.apimachinery.request import Object, Request, Watch, WatchEvent
from cluster_core.client.client import Client
from helmpy import log
from helmpy.errors import KubeError
from helmpy.kube import failures, kubeconfig
from helmpy.kube.kubeconfig import ClusterAccess
from helmpy.kube.target import FIELD_MANAGER, Target, impersonation

if TYPE_CHECKING:
    import requests

METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}
"""Client verb -> HTTP method; the rest are GETs."""

TIMEOUT = (30.0, 60.0)
"""Seconds to connect, and until an answer begins."""


class HTTPTransport:
    """Requests of the client as HTTP; answers and failures as Kubernetes objects."""

    def __init__(self, access: ClusterAccess) -> None:
        self._access = access
        self._session = _session(access)
        self._options = _options(access)
        self._reached = False

    def request(self, request: Request) -> Object:
        """Send and decode; a text (a log) comes as {"text": …}. The first request asks for the server's version before.

        Raises ApiError for the server's refusals, KubeError when it cannot be reached.
        """
        if not self._reached:
            self._reach()
        return self._exchange(request)

    def _reach(self) -> None:
        """Find out whether the server can be used at all, so that every command says it in the same words."""
        try:
            self._exchange(Request("get", path="/version"))
        except ApiError as error:
            raise KubeError(f"kubernetes cluster unreachable: {error}") from error
        self._reached = True

    def _exchange(self, request: Request) -> Object:
        answer = self._send(request)
        _show_warnings(answer)
        data = _decode(answer)
        if answer.status_code < 300:
            return {"text": answer.text} if data is None else data
        if data is not None and data.get("kind") == "Status" and request.gvr:
            raise from_status(data)
        raise failures.generic(answer.status_code, answer.text.strip()[:500], request)

    def _send(self, request: Request) -> "requests.Response":
        import requests

        url = self._access.server + path_of(request)
        method = METHODS.get(request.verb, "GET") if request.gvr else request.verb.upper()
        body, content_type = _body(request)
        try:
            prepared = self._session.prepare_request(requests.Request(method, url, data=body))
            prepared.headers = _headers(prepared.headers, request, content_type)
            return self._session.send(prepared, allow_redirects=False, timeout=TIMEOUT, **self._options)
        except (requests.RequestException, OSError, ValueError) as error:
            raise failures.unreachable(method, url, error) from error

    def watch(self, request: Request, on_event: Callable[[WatchEvent], None]) -> Watch:
        """A real cluster is polled, not watched: every command asks for what it needs."""
        raise KubeError("watching is not available over this transport; list instead")


def _show_warnings(answer: "requests.Response") -> None:
    """Log what the server warns of: unknown fields, deprecated versions (`Warning: 299 - "text"`)."""
    for line in answer.raw.headers.getlist("Warning") if answer.raw is not None else ():
        code, _, text = line.partition(" - ")
        if code == "299":
            log.warn(text.strip().removeprefix('"').removesuffix('"').replace('\\"', '"'))


def _session(access: ClusterAccess) -> "requests.Session":
    import requests

    session = requests.Session()
    session.trust_env = False
    session.headers.update({"Accept": "application/json", "User-Agent": "helmpy"})
    if access.tls_server_name:
        session.mount("https://", _named_adapter(access.tls_server_name))
    if access.token:
        session.headers["Authorization"] = f"Bearer {access.token}"
    elif access.username:
        session.auth = (access.username, access.password)
    return session


def _named_adapter(name: str) -> "requests.adapters.HTTPAdapter":
    """An adapter that expects the server's certificate to be for `name`, whatever the address."""
    from requests.adapters import HTTPAdapter

    class Named(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs, server_hostname=name, assert_hostname=name)

    return Named()


def _options(access: ClusterAccess) -> dict[str, Any]:
    """What every request says about TLS and proxies; given each time, since the environment would win over a session."""
    from requests.utils import get_environ_proxies

    if access.insecure:
        import urllib3

        urllib3.disable_warnings()
    proxies = (
        {"https": access.proxy_url, "http": access.proxy_url}
        if access.proxy_url
        else get_environ_proxies(access.server, None)
    )
    cert = (access.cert_file, access.key_file or access.cert_file) if access.cert_file else None
    return {"verify": False if access.insecure else (access.ca_file or True), "cert": cert, "proxies": proxies}


def _body(request: Request) -> tuple[bytes | None, str]:
    if request.body is None:
        return None, ""
    import orjson

    body = request.body if isinstance(request.body, bytes) else orjson.dumps(request.body)
    return body, request.content_type or "application/json"


def _headers(prepared: Any, request: Request, content_type: str) -> Any:
    """The headers of one request; a group to impersonate is a header of its own."""
    from urllib3 import HTTPHeaderDict

    headers = HTTPHeaderDict(prepared)
    if request.accept:
        headers["Accept"] = request.accept
    if content_type:
        headers["Content-Type"] = content_type
    if request.impersonate is not None:
        headers["Impersonate-User"] = request.impersonate.name
        for group in request.impersonate.groups:
            headers.add("Impersonate-Group", group)
    return headers


def path_of(request: Request) -> str:
    """The URL path and query of a request."""
    if not request.gvr:
        return request.path
    group, version, resource = request.gvr
    parts = ["/apis", group, version] if group else ["/api", version]
    if request.namespace:
        parts += ["namespaces", request.namespace]
    parts += [part for part in (resource, request.name, request.subresource) if part]
    if request.verb == "create" and not request.subresource:
        parts = parts[: len(parts) - bool(request.name)]
    query = f"?{urlencode(request.query)}" if request.query else ""
    return "/".join(parts) + query


def _decode(answer: "requests.Response") -> Object | None:
    """The JSON object of an answer, {} for an empty one, None for anything else."""
    import orjson

    if not answer.content:
        return {}
    try:
        data = orjson.loads(answer.content)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


class RemoteConnection:
    """A cluster named by a kubeconfig or flags."""

    exclusive = False

    def __init__(self, target: Target) -> None:
        access = _access(target)
        self.namespace = target.namespace or access.namespace or "default"
        self.client = Client(HTTPTransport(access), field_manager=FIELD_MANAGER, impersonate=impersonation(target))

    def now(self) -> float:
        """The wall clock."""
        return time.time()

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Look every half second."""
        return _poll_until(condition, timeout)

    def close(self) -> None:
        """Nothing is held."""


def _access(target: Target) -> ClusterAccess:
    if target.server and not (target.kubeconfig or target.context):
        access = ClusterAccess(target.server.rstrip("/"))
    else:
        access = kubeconfig.load(target.kubeconfig, target.context)
    overrides: dict[str, Any] = {
        "server": target.server.rstrip("/"),
        "token": target.token,
        "ca_file": target.ca_file,
        "insecure": target.insecure,
        "tls_server_name": target.tls_server_name,
    }
    return kubeconfig.checked(replace(access, **{name: value for name, value in overrides.items() if value}))


_POLL_INTERVAL = 0.5
"""Seconds between two looks at the cluster while waiting."""


def _poll_until(condition: Callable[[], bool], timeout: float) -> bool:
    """`wait_until` on the wall clock."""
    end = time.monotonic() + timeout
    while not condition():
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(_POLL_INTERVAL, left))
    return True
