"""HTTP for repositories and registries: deadlines, caps on what is read, and credentials that stay with their origin.

Redirects are followed here, one by one, so that each hop is asked anew whether it may see the credentials. Called by
`getters` and `oci`. Must not know what is downloaded.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helmpy.errors import RepositoryError
from helmpy.repo import urls
from helmpy.repo.access import Access

if TYPE_CHECKING:
    import requests

MAX_REDIRECTS = 10
MAX_DOWNLOAD = 256 << 20
_RETRIES = (0.2, 0.8)  # seconds before the second and third attempt of a request that changes nothing
_RETRIED_STATUS = (502, 503, 504)
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer. `url` is the one that finally answered; header names are lower case."""

    url: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def status_text(self) -> str:
        """The status as Go prints it: "404 Not Found"."""
        return f"{self.status} {self.reason}".strip()


def get(url: str, access: Access, accept: str = "", limit: int = MAX_DOWNLOAD) -> bytes:
    """The body behind a URL; raises RepositoryError unless the server answers 200 within the caps."""
    headers = {"Accept": accept} if accept else {}
    response = request("GET", url, access, headers=headers, limit=limit)
    if response.status != 200:
        raise RepositoryError(f"failed to fetch {urls.printable(url)} : {response.status_text}")
    return response.body


def request(
    method: str,
    url: str,
    access: Access,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limit: int = MAX_DOWNLOAD,
) -> Response:
    """Sends a request and reads the whole answer, whatever its status; raises RepositoryError.

    GET and HEAD follow redirects and are tried again when the connection or a gateway fails. An `Authorization` of
    `headers` is the caller's own and goes to the first URL's origin only.
    """
    safe = method in ("GET", "HEAD")
    deadline = time.monotonic() + access.timeout
    for pause in (*_RETRIES, None):
        last = pause is None or not safe
        try:
            response = _follow(method, url, access, dict(headers or {}), body, limit, deadline)
            if response.status not in _RETRIED_STATUS or last:
                return response
        except _ConnectionError as error:
            if last or time.monotonic() > deadline:
                raise RepositoryError(f'{method.title()} "{urls.printable(url)}": {error}') from None
        time.sleep(pause or 0)
    raise AssertionError("the last attempt returns or raises")


class _ConnectionError(Exception):
    """No answer; the text says why."""


def _follow(
    method: str, url: str, access: Access, headers: dict[str, str], body: bytes | None, limit: int, deadline: float
) -> Response:
    own_authorization = headers.pop("Authorization", "")
    home = urls.origin(url)
    with _session(access) as session:
        for _ in range(MAX_REDIRECTS + 1):
            sent = {**headers, **_authorization(url, access)}
            if own_authorization and urls.origin(url) == home:
                sent["Authorization"] = own_authorization
            response = _send(session, method, url, sent, body, limit, deadline)
            location = response.headers.get("location")
            if method not in ("GET", "HEAD") or response.status not in (301, 302, 303, 307, 308) or not location:
                return response
            url = _redirected(url, location)
    raise RepositoryError(f'Get "{urls.printable(url)}": stopped after {MAX_REDIRECTS} redirects')


def _redirected(url: str, location: str) -> str:
    from urllib.parse import urljoin

    target = urljoin(url, location)
    if urls.parse(target).scheme not in ("http", "https"):
        raise RepositoryError(f'Get "{urls.printable(url)}": redirect to an unsupported address')
    return target


def _authorization(url: str, access: Access) -> dict[str, str]:
    """Basic credentials, if the URL may see them."""
    from base64 import b64encode
    from urllib.parse import unquote

    parts = urls.parse(url)
    username, password = access.username, access.password
    if parts.username is not None:
        username, password = unquote(parts.username), unquote(parts.password or "")
    elif not (username and password) or not (
        access.pass_credentials or urls.origin(access.url or url) == urls.origin(url)
    ):
        return {}
    return {"Authorization": "Basic " + b64encode(f"{username}:{password}".encode()).decode()}


def _send(
    session: "requests.Session",
    method: str,
    url: str,
    headers: dict[str, str],
    body: bytes | None,
    limit: int,
    deadline: float,
) -> Response:
    import requests
    import urllib3

    remaining = max(0.1, deadline - time.monotonic())
    try:
        with session.request(
            method,
            _without_userinfo(url),
            headers=headers,
            data=body,
            timeout=(min(30.0, remaining), min(60.0, remaining)),
            allow_redirects=False,
            stream=True,
            auth=_leave_headers,
        ) as answer:
            content = _read(answer, url, limit, deadline)
            names = {name.lower(): value for name, value in answer.headers.items()}
            return Response(url, answer.status_code, answer.reason or "", names, content)
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
    ) as error:
        raise RepositoryError(f'{method.title()} "{urls.printable(url)}": {error}') from None
    except requests.exceptions.SSLError as error:
        raise RepositoryError(f'{method.title()} "{urls.printable(url)}": tls: {_tls_problem(error)}') from None
    except urllib3.exceptions.ProtocolError:
        raise _ConnectionError("unexpected EOF") from None
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _ConnectionError(_reason(error, url)) from None


def _leave_headers(prepared: Any) -> Any:
    """An `auth` that adds nothing: without one, requests would send what ~/.netrc holds for a host."""
    return prepared


def _without_userinfo(url: str) -> str:
    parts = urls.parse(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _read(answer: "requests.Response", url: str, limit: int, deadline: float) -> bytes:
    """The body as sent: a server's content encoding is not undone, since an archive is what it is."""
    announced = answer.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > limit:
        raise RepositoryError(f"{urls.printable(url)} is larger than {limit} bytes")
    content = bytearray()
    while chunk := answer.raw.read(_CHUNK, decode_content=False):
        content += chunk
        if len(content) > limit:
            raise RepositoryError(f"{urls.printable(url)} is larger than {limit} bytes")
        if time.monotonic() > deadline:
            raise RepositoryError(f"{urls.printable(url)} took too long: download given up")
    whole = answer.request.method == "HEAD" or not announced.isdigit() or len(content) == int(announced)
    if not whole:
        raise _ConnectionError("unexpected EOF")
    return bytes(content)


def _reason(error: BaseException, url: str) -> str:
    """Why there was no answer, in Go's words."""
    import socket

    parts = urls.parse(url)
    address = f"{parts.hostname}:{parts.port or {'http': 80, 'https': 443}.get(parts.scheme)}"
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"dial tcp: lookup {parts.hostname}: no such host"
    if any("ConnectTimeout" in type(cause).__name__ for cause in causes):
        return f"dial tcp {address}: i/o timeout"
    if any(isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__ for cause in causes):
        return "i/o timeout"
    refused = next((cause for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    if isinstance(refused, OSError) and refused.strerror:
        return f"dial tcp {address}: connect: {refused.strerror.lower()}"
    return type(error).__name__


def _tls_problem(error: BaseException) -> str:
    """What is wrong with a certificate, as OpenSSL says it."""
    import ssl

    found = next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLError)), None)
    return (getattr(found, "verify_message", "") or getattr(found, "reason", "") or "handshake failed").lower()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it wraps, outermost first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        inner = getattr(seen, "reason", None)
        argument = seen.args[0] if seen.args and isinstance(seen.args[0], BaseException) else None
        seen = inner if isinstance(inner, BaseException) else argument or seen.__cause__ or seen.__context__


@contextmanager
def _session(access: Access) -> Iterator["requests.Session"]:
    import requests

    from helmpy import __version__

    with requests.Session() as session:
        session.headers.update({"User-Agent": f"helmpy/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"})
        if access.cert_file and access.key_file:
            session.cert = (access.cert_file, access.key_file)
        for path in filter(None, (access.cert_file, access.key_file, access.ca_file)):
            _check_readable(path)
        session.verify = access.ca_file or True
        if access.insecure_skip_tls_verify:
            import urllib3

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            session.verify = False
        yield session


def _check_readable(path: str) -> None:
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise RepositoryError(f"can't create TLS config for client: open {path}: {reason}") from None
