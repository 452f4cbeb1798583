"""The few SPDY/3.1 frames that port-forward needs: open streams, data, close, ping. Bytes only, no sockets."""

import zlib
from functools import cache
from typing import NamedTuple

SYN_STREAM, SYN_REPLY, RST_STREAM, SETTINGS, PING, GOAWAY, HEADERS = 1, 2, 3, 4, 6, 7, 8
FIN = 1
FRAME_LIMIT = 1 << 20
"""Bytes that a frame may hold."""
HEADERS_LIMIT = 64 * 1024

_WORDS = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow "
    "authorization cache-control connection content-base content-encoding content-language content-length content-location "
    "content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match "
    "if-range if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range "
    "referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get "
    "status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin"
)
_REST = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden"
    "404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,"
    "publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)


class SpdyError(ValueError):
    """Bytes that are no SPDY frame, or one beyond the limits."""


class Frame(NamedTuple):
    """One frame: `type` 0 is data."""

    type: int
    stream: int
    flags: int
    payload: bytes


@cache
def dictionary() -> bytes:
    """What both ends' header compression starts with: the protocol's fixed dictionary."""
    words = [word.replace("_", " ").encode() for word in _WORDS.split()]
    return b"".join(len(word).to_bytes(4, "big") + word for word in words) + _REST.encode()


class Connection:
    """The state of one SPDY connection: what was received in part, and both header compressions."""

    def __init__(self) -> None:
        self._buffer = b""
        self._inflate = zlib.decompressobj(zdict=dictionary())
        self._deflate = zlib.compressobj(wbits=15, zdict=dictionary())

    def receive(self, data: bytes) -> list[Frame]:
        """The frames that are complete now. Raises SpdyError."""
        self._buffer += data
        frames = []
        while len(self._buffer) >= 8:
            size = int.from_bytes(self._buffer[5:8], "big")
            if size > FRAME_LIMIT:
                raise SpdyError("frame is too large")
            if len(self._buffer) < 8 + size:
                break
            frames.append(_frame(self._buffer[:8], self._buffer[8 : 8 + size]))
            self._buffer = self._buffer[8 + size :]
        return frames

    def headers(self, block: bytes) -> dict[str, str]:
        """The headers in a block; names in lower case. Raises SpdyError."""
        try:
            text = self._inflate.decompress(block, HEADERS_LIMIT)
        except zlib.error as error:
            raise SpdyError(str(error)) from None
        count, at = int.from_bytes(text[:4], "big"), 4
        found = {}
        for _ in range(min(count, 100)):
            name, at = _sized(text, at)
            value, at = _sized(text, at)
            found[name.lower()] = value
        return found

    def reply(self, stream: int) -> bytes:
        """Accept a stream that the other end opened."""
        block = self._deflate.compress(bytes(4)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_REPLY, 0, stream.to_bytes(4, "big") + block)


def _sized(text: bytes, at: int) -> tuple[str, int]:
    size = int.from_bytes(text[at : at + 4], "big")
    if at + 4 + size > len(text):
        raise SpdyError("header block is cut off")
    return text[at + 4 : at + 4 + size].decode("latin-1"), at + 4 + size


def _frame(head: bytes, payload: bytes) -> Frame:
    first, flags = int.from_bytes(head[:4], "big"), head[4]
    if not first & 0x80000000:
        return Frame(0, first, flags, payload)
    kind = first & 0xFFFF
    if kind == SYN_STREAM:
        return Frame(kind, int.from_bytes(payload[:4], "big"), flags, payload[10:])
    return Frame(kind, int.from_bytes(payload[:4], "big"), flags, payload[4:])


def _control(kind: int, flags: int, payload: bytes) -> bytes:
    return (0x80030000 | kind).to_bytes(4, "big") + bytes((flags,)) + len(payload).to_bytes(3, "big") + payload


def data(stream: int, payload: bytes, last: bool = False) -> bytes:
    """A data frame; `last` closes this direction."""
    return stream.to_bytes(4, "big") + bytes((FIN if last else 0,)) + len(payload).to_bytes(3, "big") + payload


def ping(number: int) -> bytes:
    """The answer to a ping."""
    return _control(PING, 0, number.to_bytes(4, "big"))


def reset(stream: int) -> bytes:
    """Refuse or end a stream."""
    return _control(RST_STREAM, 0, stream.to_bytes(4, "big") + (5).to_bytes(4, "big"))
