"""exec, attach and port-forward over WebSockets, as today's clients speak them; `spdy_streams` does the same for older ones.

exec and attach send channels: the first byte of a message says which (0 input, 1 output, 2 errors, 3 the outcome as a Status, 4 the
terminal's size, 255 "this channel ends"). The `base64.` protocols send text instead. port-forward carries SPDY frames, see `spdy`.
Commands run in the nodes' simulated containers; this file knows only their NodeAPI.
"""

import asyncio
import base64
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import WSMsgType, web

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.request import Request
from cluster_core.server.proxying import PODS, read

if TYPE_CHECKING:
    from cluster_core.server.app import App, Exchange

Object = dict[str, Any]
STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
CHANNELS = (
    "v5.channel.k8s.io",
    "v4.channel.k8s.io",
    "v4.base64.channel.k8s.io",
    "v3.channel.k8s.io",
    "v2.channel.k8s.io",
    "channel.k8s.io",
    "base64.channel.k8s.io",
)
FORWARD = "SPDY/3.1+portforward.k8s.io"
MESSAGE_LIMIT = 16 * 1024 * 1024
INPUT_LIMIT = 64 * 1024 * 1024
"""Bytes of input that a command may be given."""
CHUNK = 32 * 1024
NO_COMMAND = "you must specify at least 1 command for the container"
NO_UPGRADE = "unable to upgrade: missing upgrade headers in request"


async def serve(app: "App", exchange: "Exchange") -> web.StreamResponse:
    """Serve one stream; raises ApiError before the connection is upgraded."""
    request = exchange.request
    app.server.authorize(request)
    pod = read(app, PODS, request.namespace, request.name)
    nodes: Any = app.server.nodes
    if nodes is None:
        raise errors.internal("this cluster has no nodes that run containers")
    forward = request.subresource == "portforward"
    begin = None if forward else _prepared(nodes, request, pod, _words(exchange.target))
    upgrade = exchange.wire.headers.get("Upgrade", "").lower()
    if upgrade == "spdy/3.1":
        from cluster_core.server import spdy_streams

        return await spdy_streams.serve(app, exchange.wire, request, begin, pod)
    if upgrade != "websocket":
        raise errors.bad_request(NO_UPGRADE)
    socket = web.WebSocketResponse(protocols=(FORWARD,) if forward else CHANNELS, max_msg_size=MESSAGE_LIMIT)
    await socket.prepare(exchange.wire)

    def stop() -> None:
        task = asyncio.ensure_future(socket.close())
        app.background.add(task)
        task.add_done_callback(app.background.discard)

    app.opened(stop)
    try:
        with suppress(ConnectionError):
            if begin is None:
                from cluster_core.server.portforward import forward_ports

                await forward_ports(socket, nodes, pod)
            else:
                await _Session(socket, request, begin).run()
    finally:
        app.closed(stop)
        with suppress(ConnectionError):
            await socket.close()
    return socket


Begin = Callable[[str, Callable[[int, str], None], Callable[[int], None]], Any]
"""(input, on output, on end with the exit code) -> what runs: it takes more input by `feed`, and ends by `cancel`."""


def _words(target: str) -> list[str]:
    """Every `command` parameter, in order."""
    return [value for key, value in parse_qsl(target.partition("?")[2], keep_blank_values=True) if key == "command"]


def _prepared(nodes: Any, request: Request, pod: Object, command: list[str]) -> Begin:
    """What to run; raises ApiError if that is impossible."""
    if request.subresource == "exec":
        if not command:
            raise errors.bad_request(NO_COMMAND)
        started: Begin = nodes.prepare_exec(pod, request.query, command)
        return started
    attached: Begin = nodes.prepare_attach(pod, request.query)
    return attached


class _Session:
    """One exec or attach on one socket."""

    def __init__(self, socket: web.WebSocketResponse, request: Request, begin: Begin) -> None:
        self._socket, self._begin = socket, begin
        protocol = socket.ws_protocol or ""
        self._text = "base64" in protocol
        self._states_outcome = protocol.startswith(("v4", "v5"))
        self._interactive = _asked(request, "tty")
        self._takes_input = _asked(request, "stdin")
        self._wants = {STDOUT: _asked(request, "stdout"), STDERR: _asked(request, "stderr") and not self._interactive}
        self._outgoing: asyncio.Queue[tuple[int, bytes] | None] = asyncio.Queue()

    async def run(self) -> None:
        """Until the command ends or the client goes."""
        gathers = self._takes_input and not self._interactive
        text = await self._gathered() if gathers else ""
        sender = asyncio.ensure_future(self._send_all())
        try:
            running = self._begin(text, self._on_output, self._on_end)
        except ApiError as error:
            self._tell_outcome(error.status)
            await sender
            return
        reader = asyncio.ensure_future(self._feed(running))
        try:
            await asyncio.wait((sender, reader), return_when=asyncio.FIRST_COMPLETED)
        finally:
            running.cancel()
            reader.cancel()
            sender.cancel()

    def _on_output(self, channel: int, text: str) -> None:
        if self._interactive:
            channel, text = STDOUT, text.replace("\n", "\r\n")
        data = text.encode("utf-8", "surrogateescape")
        if self._wants.get(channel):
            for start in range(0, len(data), CHUNK):
                self._outgoing.put_nowait((channel, data[start : start + CHUNK]))

    def _on_end(self, code: int) -> None:
        self._tell_outcome(outcome(code))

    def _tell_outcome(self, status: Object) -> None:
        import orjson

        if self._states_outcome:
            self._outgoing.put_nowait((ERROR, orjson.dumps(status)))
        self._outgoing.put_nowait(None)

    async def _send_all(self) -> None:
        while True:
            item = await self._outgoing.get()
            if item is None:
                return
            channel, data = item
            if self._text:
                await self._socket.send_str(str(channel) + base64.b64encode(data).decode())
            else:
                await self._socket.send_bytes(bytes((channel,)) + data)

    async def _gathered(self) -> str:
        """All input, until the client closes it (or goes)."""
        parts, size = [], 0
        async for message in self._socket:
            data = self._decoded(message)
            if data[:2] == bytes((CLOSE, STDIN)) or size > INPUT_LIMIT:
                break
            if data[:1] == bytes((STDIN,)):
                parts.append(data[1:])
                size += len(data)
        return b"".join(parts).decode("utf-8", "surrogateescape")

    async def _feed(self, running: Any) -> None:
        """Pass on what is typed, until the client goes."""
        async for message in self._socket:
            data = self._decoded(message)
            if self._takes_input and data[:1] == bytes((STDIN,)):
                running.feed(data[1:].decode("utf-8", "surrogateescape"))

    def _decoded(self, message: Any) -> bytes:
        if message.type == WSMsgType.BINARY:
            data: bytes = message.data
            return data
        if message.type == WSMsgType.TEXT and self._text and message.data[:1].isdigit():
            with suppress(ValueError):
                return bytes((int(message.data[0]),)) + base64.b64decode(message.data[1:])
        return b""


def _asked(request: Request, name: str) -> bool:
    return request.query.get(name) in ("true", "1")


def outcome(code: int) -> Object:
    """The Status that tells how a command ended."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }
