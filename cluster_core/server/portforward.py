"""port-forward: connections of the client's machine, as SPDY streams in one WebSocket, to the ports of a simulated pod.

Each connection is a pair of streams, one for errors and one for data. What listens in a pod answers HTTP requests, so data is read as HTTP.
"""

from typing import Any

from aiohttp import WSMsgType, web

from cluster_core.apimachinery.errors import ApiError
from cluster_core.server import spdy

Object = dict[str, Any]
CHUNK = 32 * 1024
REQUEST_LIMIT = 1 << 20
STREAM_LIMIT = 10_000
FAILED = "error forwarding port {} to pod {}, uid : failed to connect: {}"
REASONS = {200: "OK", 302: "Found", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}


async def forward_ports(socket: web.WebSocketResponse, nodes: Any, pod: Object) -> None:
    """Serve until the client goes."""
    forwarder = Forwarder(nodes, pod)
    async for message in socket:
        if message.type != WSMsgType.BINARY:
            continue
        try:
            answer = forwarder.receive(message.data)
        except spdy.SpdyError:
            return
        if answer:
            await socket.send_bytes(answer)


class Forwarder:
    """All streams of one port-forward: bytes in, bytes out."""

    def __init__(self, nodes: Any, pod: Object) -> None:
        self._nodes, self._pod = nodes, pod
        self._connection = spdy.Connection()
        self._data: dict[int, _Channel] = {}
        self._errors: dict[str, int] = {}
        """Connection number to its error stream."""

    def receive(self, data: bytes) -> bytes:
        """What to answer to some bytes. Raises SpdyError."""
        return b"".join(self._answer(frame) for frame in self._connection.receive(data))

    def _answer(self, frame: spdy.Frame) -> bytes:
        if frame.type == spdy.SYN_STREAM:
            return self._open(frame)
        if frame.type == spdy.PING:
            return spdy.ping(frame.stream)
        if frame.type == spdy.RST_STREAM:
            self._data.pop(frame.stream, None)
        if frame.type == 0 and frame.stream in self._data:
            return self._carry(frame)
        return b""

    def _open(self, frame: spdy.Frame) -> bytes:
        headers = self._connection.headers(frame.payload)
        number, port = headers.get("requestid", ""), headers.get("port", "")
        if not port.isdigit() or len(self._data) + len(self._errors) > STREAM_LIMIT:
            return spdy.reset(frame.stream)
        if headers.get("streamtype") == "error":
            self._errors[number] = frame.stream
        else:
            self._data[frame.stream] = _Channel(self._nodes, self._pod, int(port), number)
        return self._connection.reply(frame.stream)

    def _carry(self, frame: spdy.Frame) -> bytes:
        channel = self._data[frame.stream]
        answer, trouble, ended = channel.receive(frame.payload)
        ended = ended or bool(frame.flags & spdy.FIN) or bool(trouble)
        parts = [spdy.data(frame.stream, answer[at : at + CHUNK]) for at in range(0, len(answer), CHUNK)]
        if ended:
            del self._data[frame.stream]
            parts.append(spdy.data(frame.stream, b"", last=True))
            errors = self._errors.pop(channel.number, None)
            if errors is not None:
                parts.append(spdy.data(errors, trouble.encode(), last=True))
        return b"".join(parts)


class _Channel:
    """One connection: collects a request, has it answered."""

    def __init__(self, nodes: Any, pod: Object, port: int, number: str) -> None:
        self._nodes, self._pod, self._port, self.number = nodes, pod, port, number
        self._buffer = b""

    def receive(self, data: bytes) -> tuple[bytes, str, bool]:
        """(answer, trouble, whether the connection ends) after some bytes."""
        self._buffer += data
        if len(self._buffer) > REQUEST_LIMIT:
            return b"", "request is too large", True
        answer, ended = b"", False
        while not ended and b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
            size = int(headers.get("content-length", "0")) if headers.get("content-length", "0").isdigit() else 0
            if len(rest) < size:
                break
            self._buffer = rest[size:]
            try:
                answer += self._respond(lines[0])
            except ApiError as error:
                return answer, FAILED.format(self._port, self._pod["metadata"]["name"], error.message), True
            ended = headers.get("connection", "").lower() == "close"
        return answer, "", ended

    def _respond(self, line: str) -> bytes:
        method, _, rest = line.partition(" ")
        path = rest.rpartition(" ")[0] or "/"
        metadata = self._pod["metadata"]
        status, text = self._nodes.request(metadata["namespace"], metadata["name"], self._port, path)
        body = text.encode("utf-8", "surrogateescape")
        head = f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + (b"" if method == "HEAD" else body)
