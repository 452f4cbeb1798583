"""Bytes to the characters of a YAML stream: encodings, and what Go's reader refuses.

Called by the scanner and the line reader. Must not know about YAML's syntax.
"""

import re
from functools import cache

_CHUNK = 512  # Go's reader decodes that many bytes at a time, and complains about all of them at once
_INCOMPLETE = "incomplete UTF-8 octet sequence"


@cache
def forbidden() -> re.Pattern[str]:
    """A character that no YAML text may hold."""
    # Small classes side by side: one large one takes 10 ms to compile.
    return re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]|[\ud800-\udfff]|[\ufffe\uffff]")


def decode(data: bytes) -> tuple[str, str]:
    """The text of a stream, and what is wrong with the rest of it.

    The second part is empty if all is well; else the text ends with the last part that Go would still have read.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decode_utf16(data)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text, fault = data.decode(), ""
    except UnicodeDecodeError as error:
        text, fault = data[: error.start].decode(), _utf8_fault(data, error.start)
    bad = forbidden().search(text)
    if bad:
        text, fault = text[: bad.start()], "control characters are not allowed"
    if not fault or fault == _INCOMPLETE:
        return text, fault
    size = len(text.encode())
    return text.encode()[: size - size % _CHUNK].decode("utf-8", "ignore"), fault


def _utf8_fault(data: bytes, at: int) -> str:
    lead = data[at]
    width = 2 if lead & 0xE0 == 0xC0 else 3 if lead & 0xF0 == 0xE0 else 4 if lead & 0xF8 == 0xF0 else 0
    if not width:
        return "invalid leading UTF-8 octet"
    if at + width > len(data):
        return _INCOMPLETE
    if any(byte & 0xC0 != 0x80 for byte in data[at + 1 : at + width]):
        return "invalid trailing UTF-8 octet"
    surrogate = width == 3 and lead == 0xED
    beyond = width == 4 and (lead > 0xF4 or (lead == 0xF4 and data[at + 1] > 0x8F))
    return "invalid Unicode character" if surrogate or beyond else "invalid length of a UTF-8 sequence"


def _decode_utf16(data: bytes) -> tuple[str, str]:
    codec = "utf-16-le" if data[:2] == b"\xff\xfe" else "utf-16-be"
    data = data[2:]
    try:
        text, fault = data.decode(codec), ""
    except UnicodeDecodeError as error:
        text, fault = data[: error.start].decode(codec), _utf16_fault(data, error.start, codec)
    bad = forbidden().search(text)
    if bad:
        return "", "control characters are not allowed"
    return ("", fault) if fault else (text, "")


def _utf16_fault(data: bytes, at: int, codec: str) -> str:
    if len(data) - at < 2:
        return "incomplete UTF-16 character"
    unit = int.from_bytes(data[at : at + 2], "little" if codec.endswith("le") else "big")
    if unit & 0xFC00 == 0xDC00:
        return "unexpected low surrogate area"
    return "incomplete UTF-16 surrogate pair" if len(data) - at < 4 else "expected low surrogate area"
