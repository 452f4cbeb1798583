"""Answers that go on: watches and followed logs, as chunked HTTP.

Lines are gathered while the loop runs and written when asyncio has its turn, many at once. A client that reads too slowly is cut off:
it comes back and lists again.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp.web_response import StreamResponse

from cluster_core.apiserver.streams import WatchStream
from cluster_core.server.proxying import PODS, read

if TYPE_CHECKING:
    from cluster_core.server.app import App, Exchange

BUFFER_LIMIT = 64 * 1024 * 1024
"""Bytes waiting for a slow client, after which its watch ends."""
FOLLOW_SECONDS = 0.1
"""How often a followed log is looked at, in seconds of the wall clock."""


class Outbox:
    """Bytes on their way to one client; `put` and `end` may be called at any time on the loop's thread.

    What one turn of the loop puts in goes out as one chunk, without waking the request's task."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._ended = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._scheduled = False
        self.overflow: Callable[[], None] = self.end

    def put(self, data: bytes) -> None:
        """Send some bytes."""
        self._parts.append(data)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._scheduled = False
        transport = self._transport
        if transport is None or transport.is_closing() or not self._parts:
            return
        data = b"".join(self._parts)
        self._parts.clear()
        transport.write(b"%x\r\n%b\r\n" % (len(data), data))
        if transport.get_write_buffer_size() > BUFFER_LIMIT:
            self.overflow()

    def end(self) -> None:
        """Send nothing more."""
        self._ended.set()

    async def drain_to(self, transport: asyncio.Transport) -> None:
        """Write chunks to a prepared answer's connection until the end, or until the client is gone."""
        self._transport = transport
        self._send()
        await self._ended.wait()
        self._send()


async def _stream(
    app: "App", exchange: "Exchange", outbox: Outbox, content_type: str, stop: Callable[[], None]
) -> StreamResponse:
    """Send what comes into the outbox until it ends; `stop` is called when the client or the server goes away."""
    response = StreamResponse(headers={"Content-Type": content_type})
    response.enable_chunked_encoding()
    app.opened(stop)
    try:
        await response.prepare(exchange.wire)
        transport: Any = exchange.wire.transport
        if transport is not None:
            await outbox.drain_to(transport)
            await response.write_eof()
    except (ConnectionError, asyncio.CancelledError):
        pass
    finally:
        app.closed(stop)
        stop()
    return response


async def watch(app: "App", exchange: "Exchange") -> StreamResponse:
    """Serve a watch; raises ApiError before the first byte."""
    outbox = Outbox()
    stream = WatchStream(app.server, exchange.request, outbox.put, outbox.end)
    outbox.overflow = stream.stop
    return await _stream(app, exchange, outbox, stream.content_type, stream.stop)


async def follow(app: "App", exchange: "Exchange") -> StreamResponse:
    """Serve a log that is followed: what there is, then every new line until the container ends; raises ApiError."""
    request = exchange.request
    text: Any = app.server.handle(request).object
    nodes: Any = app.server.nodes
    reader = nodes.follow(read(app, PODS, request.namespace, request.name), request.query)
    outbox = Outbox()
    outbox.put(text.encode("utf-8", "surrogateescape"))
    task = asyncio.ensure_future(_feed(reader, outbox))

    def stop() -> None:
        task.cancel()
        outbox.end()

    return await _stream(app, exchange, outbox, "text/plain", stop)


async def _feed(reader: Callable[[], tuple[str, bool]], outbox: Outbox) -> None:
    while True:
        text, more = reader()
        if text:
            outbox.put(text.encode("utf-8", "surrogateescape"))
        if not more:
            outbox.end()
            return
        await asyncio.sleep(FOLLOW_SECONDS)
