"""A real cluster over HTTPS: the client's transport on `requests`, and a connection that waits on the wall clock."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cluster_core.apimachinery.errors import ApiError, from_status
from cluster_core.apimachinery.request import Object, Request, Watch, WatchEvent
from cluster_core.client.client import Client
from helmpy.errors import KubeError
from helmpy.kube import kubeconfig
from helmpy.kube.connection import FIELD_MANAGER, Target, impersonation, poll_until
from helmpy.kube.kubeconfig import ClusterAccess

if TYPE_CHECKING:
    import requests

METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}
"""Client verb -> HTTP method; the rest are GETs."""

TIMEOUT = 60.0
"""Seconds that a server may take to begin an answer."""


class HTTPTransport:
    """Requests of the client as HTTP; answers and failures as Kubernetes objects."""

    def __init__(self, access: ClusterAccess) -> None:
        import requests

        self._access = access
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "User-Agent": "helmpy"})
        self._session.trust_env = True
        self._session.verify = False if access.insecure else (access.ca_file or True)
        if access.insecure:
            import urllib3

            urllib3.disable_warnings()
        if access.cert_file:
            self._session.cert = (access.cert_file, access.key_file or access.cert_file)
        if access.token:
            self._session.headers["Authorization"] = f"Bearer {access.token}"
        elif access.username:
            self._session.auth = (access.username, access.password)
        if access.proxy_url:
            self._session.proxies = {"https": access.proxy_url, "http": access.proxy_url}

    def request(self, request: Request) -> Object:
        """Send and decode. Raises ApiError for the server's refusals, KubeError when it cannot be reached."""
        answer = self._send(request)
        data = _decode(answer)
        if answer.status_code >= 400:
            raise from_status(data) if data.get("kind") == "Status" else _plain_failure(answer)
        return data

    def _send(self, request: Request) -> "requests.Response":
        import requests

        method = METHODS.get(request.verb, "GET") if request.gvr else request.verb.upper()
        headers = dict(_headers(request))
        body = None
        if request.body is not None:
            import orjson

            body = request.body if isinstance(request.body, bytes) else orjson.dumps(request.body)
            headers["Content-Type"] = request.content_type or "application/json"
        try:
            return self._session.request(
                method, self._access.server + path_of(request), data=body, headers=headers, timeout=TIMEOUT
            )
        except requests.RequestException as error:
            raise KubeError(f"kubernetes cluster unreachable: {_reason(error)}") from error

    def watch(self, request: Request, on_event: Callable[[WatchEvent], None]) -> Watch:
        """A real cluster is polled, not watched: every command asks for what it needs."""
        raise KubeError("watching is not available over this transport; list instead")


def _headers(request: Request) -> Mapping[str, str]:
    headers = {}
    if request.impersonate is not None:
        headers["Impersonate-User"] = request.impersonate.name
        if request.impersonate.groups:
            headers["Impersonate-Group"] = ",".join(request.impersonate.groups)
    if request.accept:
        headers["Accept"] = request.accept
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


def _decode(answer: "requests.Response") -> Object:
    import orjson

    try:
        data = orjson.loads(answer.content) if answer.content else {}
    except ValueError:
        data = {}
    return data if isinstance(data, dict) else {}


def _plain_failure(answer: "requests.Response") -> ApiError:
    text = answer.text.strip()[:500] or answer.reason
    return ApiError(answer.status_code, str(answer.reason), text)


def _reason(error: Exception) -> str:
    """The innermost text of a connection failure."""
    inner: Any = error
    while getattr(inner, "args", None) and isinstance(inner.args[0], Exception):
        inner = inner.args[0]
    return str(getattr(inner, "reason", None) or inner)


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
        return poll_until(condition, timeout)

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
    return replace(access, **{name: value for name, value in overrides.items() if value})
