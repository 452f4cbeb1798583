"""Every HTTP request from socket to answer: who asks, what is asked, and which of the three ways it takes.

Ordinary requests are one call of `apiserver.http.serve`; watches and followed logs are chunked streams (`watches`); exec, attach and
port-forward are WebSockets (`streams`). Runs on the loop's thread. Knows no kind.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4
from weakref import WeakKeyDictionary

from aiohttp.web_request import BaseRequest
from aiohttp.web_response import Response, StreamResponse

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.request import Request, UserInfo
from cluster_core.apiserver import http
from cluster_core.apiserver.pipeline import ANONYMOUS, APIServer
from cluster_core.server import representation
from cluster_core.server.audit import Audit
from cluster_core.server.metrics import Metrics

if TYPE_CHECKING:
    from cluster_core.server.driver import Driver

_READS = frozenset(("get", "list", "watch", "head"))
_JOINED = {"accept": ",", "impersonate-group": "\n"}
"""Headers that may come several times, and what joins them; of others the first counts."""
METRICS = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
STREAMS = frozenset(("exec", "attach", "portforward"))


class Exchange(NamedTuple):
    """One request with the socket it came on."""

    wire: BaseRequest
    request: Request
    target: str
    headers: Mapping[str, str]
    """Names in lower case."""


class App:
    """Answers HTTP for one API server."""

    def __init__(self, server: APIServer, driver: "Driver", audit: Audit) -> None:
        self.server, self.driver, self.audit = server, driver, audit
        self.metrics = Metrics(server)
        self._users: WeakKeyDictionary[Any, UserInfo] = WeakKeyDictionary()
        self._open: set[Callable[[], None]] = set()
        self.background: set[Any] = set()
        """Tasks under way that nobody waits for."""

    async def handle(self, wire: BaseRequest) -> StreamResponse:
        """The one handler."""
        request = None
        user = ANONYMOUS
        headers: Mapping[str, str] = {}
        try:
            headers = headers_of(wire)
            user = self._proved_user(wire) or self._named_user(headers)
            target = _target(wire)
            request = http.read_request(wire.method, target, headers, await _body(wire), user)
            return await self._dispatch(Exchange(wire, request, target, headers))
        except ApiError as error:
            return self._answered(wire, request, user, http.failure(error), headers)
        except Exception as error:  # a fault of ours must not end the server
            self._report(error)
            return self._answered(wire, request, user, http.failure(errors.internal(type(error).__name__)), headers)

    async def _dispatch(self, exchange: Exchange) -> StreamResponse:
        request = exchange.request
        way = self._way(request)
        if way is not None:
            self.audit.started(request)
            return await way(exchange)
        answer = http.serve(self.server, request)
        if request.verb not in _READS:
            await self.driver.durable()
        return self._answered(exchange.wire, request, request.user or ANONYMOUS, answer, exchange.headers)

    def _way(self, request: Request) -> Callable[[Exchange], Awaitable[StreamResponse]] | None:
        """How a request is served that does not end with one answer; None for the others."""
        if request.verb == "watch":
            return self._watch
        if request.gvr is None:
            return self._metrics if request.path == "/metrics" else None
        if request.subresource in STREAMS:
            return self._stream
        if request.subresource == "log" and request.query.get("follow") in ("true", "1"):
            return self._follow
        if request.subresource == "proxy":
            return self._proxy
        return None

    async def _watch(self, exchange: Exchange) -> StreamResponse:
        from cluster_core.server import watches

        self.metrics.count(exchange.request, 200)
        return await watches.watch(self, exchange)

    async def _follow(self, exchange: Exchange) -> StreamResponse:
        from cluster_core.server import watches

        return await watches.follow(self, exchange)

    async def _stream(self, exchange: Exchange) -> StreamResponse:
        from cluster_core.server import streams

        return await streams.serve(self, exchange)

    async def _proxy(self, exchange: Exchange) -> StreamResponse:
        from cluster_core.server import proxying

        return proxying.serve(self, exchange)

    async def _metrics(self, exchange: Exchange) -> StreamResponse:
        self.server.authorize(exchange.request)
        return Response(body=self.metrics.text().encode(), headers={"Content-Type": METRICS})

    def _answered(
        self,
        wire: BaseRequest,
        request: Request | None,
        user: UserInfo,
        answer: http.Answer,
        headers: Mapping[str, str],
    ) -> Response:
        path, query = (request.path, request.query) if request is not None else (wire.path, {})
        shown = representation.of(answer, wire.method, path, query, headers)
        audit_id = str(uuid4())
        self.metrics.count(request, shown.code)
        self.audit.done(request, wire.method, wire.path, user, shown.code, audit_id)
        response = Response(body=shown.body, status=shown.code, headers=[("Audit-Id", audit_id), *shown.headers])
        if shown.code == 413:
            response.force_close()
        return response

    def _named_user(self, headers: Mapping[str, str]) -> UserInfo:
        """Whom a bearer token names; asked only without a client certificate, which counts first. Raises ApiError."""
        return self.server.authenticate(headers.get("authorization", ""), None) or ANONYMOUS

    def _proved_user(self, wire: BaseRequest) -> UserInfo | None:
        """Whom the connection's client certificate names; None without one."""
        transport = wire.transport
        if transport is None:
            return None
        user = self._users.get(transport)
        if user is None:
            user = user_of(transport)
            self._users[transport] = user
        return None if user is ANONYMOUS else user

    def _report(self, error: Exception) -> None:
        import sys
        import traceback

        sys.stderr.write("internal error: " + "".join(traceback.format_exception(error)))

    # Streams that end when the server stops

    def opened(self, stop: Callable[[], None]) -> None:
        """Remember how to end a stream."""
        self._open.add(stop)

    def closed(self, stop: Callable[[], None]) -> None:
        """Forget a stream that ended."""
        self._open.discard(stop)

    def stop(self) -> None:
        """End every stream."""
        for stop in list(self._open):
            stop()


def user_of(transport: Any) -> UserInfo:
    """The user of a client certificate: the common name, and the organizations as groups. ANONYMOUS without one."""
    shown = transport.get_extra_info("peercert")
    if not shown:
        return ANONYMOUS
    from hashlib import sha256

    parts = [part for name in shown.get("subject", ()) for part in name]
    groups = tuple(value for key, value in parts if key == "organizationName")
    user = next((value for key, value in parts if key == "commonName"), "")
    digest = sha256(transport.get_extra_info("ssl_object").getpeercert(binary_form=True)).hexdigest()
    extra = {"authentication.kubernetes.io/credential-id": (f"X509SHA256={digest}",)}
    return UserInfo(user, (*groups, "system:authenticated"), extra=extra) if user else ANONYMOUS


def headers_of(wire: BaseRequest) -> Mapping[str, str]:
    """Header names in lower case to values."""
    headers: dict[str, str] = {}
    for raw_name, value in wire.headers.items():
        name = raw_name.lower()
        if name not in headers:
            headers[name] = value
        elif name in _JOINED or name.startswith(http.EXTRA):
            headers[name] += _JOINED.get(name, "\n") + value
    return headers


def _target(wire: BaseRequest) -> str:
    """The request's path and query, as sent."""
    target = wire.raw_path
    if target.startswith("/"):
        return target
    parts = urlsplit(target)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


async def _body(wire: BaseRequest) -> bytes:
    """The body, one byte more than the limit at most, so that what is too long is seen without being read."""
    if not wire.body_exists:
        return b""
    parts, size = [], 0
    while size <= http.BODY_LIMIT:
        part = await wire.content.readany()
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)
