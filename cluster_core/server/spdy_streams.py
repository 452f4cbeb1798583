"""exec, attach and port-forward over SPDY/3.1, as clients speak them that know no WebSockets (kubectl before 1.29 and 1.31).

The connection is taken over after the answer "101": its bytes are SPDY frames. For exec and attach the client opens a stream for each of
error, stdin, stdout, stderr and resize; port-forward's frames are those of `portforward`.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.errors import ApiError
from cluster_core.server import spdy

if TYPE_CHECKING:
    from cluster_core.apimachinery.request import Request
    from cluster_core.server.app import App
    from cluster_core.server.streams import Begin

Object = dict[str, Any]
UPGRADE = "SPDY/3.1"
PROTOCOLS = ("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")
FORWARD = "portforward.k8s.io"
VERSION_HEADER = "X-Stream-Protocol-Version"
INPUT_LIMIT = 64 * 1024 * 1024
CHUNK = 32 * 1024
OPEN_SECONDS = 30.0
"""How long a client may take to open its streams."""
OUTPUTS = {1: "stdout", 2: "stderr"}


class _Wire(asyncio.Protocol):
    """The connection's bytes, once aiohttp has let go of them."""

    def __init__(self, before: asyncio.BaseProtocol, transport: asyncio.Transport) -> None:
        self._before, self._transport = before, transport
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        """What came; empty bytes once the client is gone."""

    def data_received(self, data: bytes) -> None:
        self.received.put_nowait(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.received.put_nowait(b"")
        self._before.connection_lost(exc)

    def write(self, data: bytes) -> None:
        """Send some bytes, if the client is still there."""
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """Hang up once everything is sent."""
        self._transport.close()


async def serve(
    app: "App", wire: BaseRequest, request: "Request", begin: "Begin | None", pod: Object
) -> StreamResponse:
    """Serve one connection; raises ApiError before it is taken over."""
    known = PROTOCOLS if begin is not None else (FORWARD,)
    offered = [text.strip() for header in wire.headers.getall(VERSION_HEADER, ()) for text in header.split(",")]
    protocol = next((each for each in known if each in offered), "")
    if not protocol:
        raise errors.bad_request(
            f"unable to upgrade: unable to negotiate protocol: client supports {offered}, server accepts {list(known)}"
        )
    response = StreamResponse(
        status=101, headers={"Connection": "Upgrade", "Upgrade": UPGRADE, VERSION_HEADER: protocol}
    )
    await response.prepare(wire)
    transport: Any = wire.transport
    taken = _Wire(wire.protocol, transport)
    transport.set_protocol(taken)
    app.opened(taken.close)
    try:
        if begin is None:
            await _forward(taken, app.server.nodes, pod)
        else:
            await _Session(taken, request, begin, protocol).run()
    except spdy.SpdyError:
        pass
    finally:
        app.closed(taken.close)
        taken.close()
    return response


async def _forward(wire: _Wire, nodes: Any, pod: Object) -> None:
    from cluster_core.server.portforward import Forwarder

    forwarder = Forwarder(nodes, pod)
    while data := await wire.received.get():
        wire.write(forwarder.receive(data))


class _Session:
    """One exec or attach."""

    def __init__(self, wire: _Wire, request: "Request", begin: "Begin", protocol: str) -> None:
        self._wire, self._begin = wire, begin
        self._connection = spdy.Connection()
        self._streams: dict[str, int] = {}
        """Stream type to number."""
        asked = {name for name in ("stdin", "stdout", "stderr", "tty") if request.query.get(name) in ("true", "1")}
        self._terminal = "tty" in asked
        self._states_outcome = protocol.startswith("v4")
        self._wanted = {"error", *asked} - {"tty"} - ({"stderr"} if self._terminal else set())
        self._input: list[bytes] = []
        self._input_ended = "stdin" not in asked
        self._running: Any = None
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Until the command ends or the client goes."""
        async with asyncio.timeout(OPEN_SECONDS):
            while not self._wanted <= self._streams.keys():
                if not await self._receive():
                    return
        while not (self._input_ended or self._terminal):
            if not await self._receive():
                return
        text = b"".join(self._input).decode("utf-8", "surrogateescape")
        self._input.clear()
        try:
            self._running = self._begin("" if self._terminal else text, self._on_output, self._on_end)
        except ApiError as error:
            self._tell_outcome(error.status)
            return
        if self._terminal and text:
            self._running.feed(text)
        reader = asyncio.ensure_future(self._read_on())
        ended = asyncio.ensure_future(self._ended.wait())
        try:
            await asyncio.wait((reader, ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._running.cancel()
            reader.cancel()
            ended.cancel()

    async def _read_on(self) -> None:
        while await self._receive():
            pass

    async def _receive(self) -> bool:
        """Take what comes next; False when the client is gone. Raises SpdyError."""
        data = await self._wire.received.get()
        for frame in self._connection.receive(data):
            if frame.type == spdy.SYN_STREAM:
                kind = self._connection.headers(frame.payload).get("streamtype", "")
                self._streams[kind] = frame.stream
                self._wire.write(self._connection.reply(frame.stream))
            elif frame.type == spdy.PING:
                self._wire.write(spdy.ping(frame.stream))
            if frame.stream == self._streams.get("stdin"):
                self._take(frame)
        return bool(data)

    def _take(self, frame: spdy.Frame) -> None:
        if frame.type == 0 and frame.payload:
            if self._running is not None:
                self._running.feed(frame.payload.decode("utf-8", "surrogateescape"))
            else:
                self._input.append(frame.payload)
        if frame.flags & spdy.FIN or sum(map(len, self._input)) > INPUT_LIMIT:
            self._input_ended = True

    def _on_output(self, channel: int, text: str) -> None:
        if self._terminal:
            channel, text = 1, text.replace("\n", "\r\n")
        stream = self._streams.get(OUTPUTS[channel])
        data = text.encode("utf-8", "surrogateescape")
        if stream is not None:
            for start in range(0, len(data), CHUNK):
                self._wire.write(spdy.data(stream, data[start : start + CHUNK]))

    def _on_end(self, code: int) -> None:
        from cluster_core.server.streams import outcome

        self._tell_outcome(outcome(code))

    def _tell_outcome(self, status: Object) -> None:
        import orjson

        failed = status["status"] != "Success"
        for kind in ("stdout", "stderr", "error"):
            if kind in self._streams:
                last = b""
                if kind == "error" and (self._states_outcome or failed):
                    last = orjson.dumps(status) if self._states_outcome else status["message"].encode()
                self._wire.write(spdy.data(self._streams[kind], last, last=True))
        self._ended.set()
