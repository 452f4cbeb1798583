"""Base 64 and base 32. Decoding bad input returns the text of the error, as Sprig does."""

import base64
import binascii
from functools import cache
from typing import TYPE_CHECKING

from helmpy.golang.function import Function
from helmpy.golang.types import GoError, go_bytes, go_string

if TYPE_CHECKING:
    import re


@cache
def _well_formed() -> "re.Pattern[bytes]":
    import re

    return re.compile(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@cache
def _alphabet(bits: int) -> frozenset[int]:
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return frozenset(letters + (b"234567" if bits == 5 else letters.lower() + b"0123456789+/"))


def b64enc(text: str) -> str:
    """Standard base 64 with padding."""
    return binascii.b2a_base64(go_bytes(text), newline=False).decode("ascii")


def b64dec(text: str) -> str:
    """The decoded text, or the text of the error."""
    try:
        return go_string(decode_base64(text))
    except GoError as error:
        return str(error)


def decode_base64(text: str) -> bytes:
    """base64.StdEncoding.DecodeString: line breaks are skipped; raises GoError naming the offending byte."""
    data = go_bytes(text)
    packed = data.translate(None, b"\r\n")
    if not _well_formed().fullmatch(packed):
        raise GoError(f"illegal base64 data at input byte {_base64_fault(data)}")
    return binascii.a2b_base64(packed)


def _base64_fault(data: bytes) -> int:
    """Where Go's decoder gives up on malformed data."""
    quantum = 0
    for index, byte in enumerate(data):
        if byte in b"\r\n":
            continue
        if byte in _alphabet(6):
            quantum = (quantum + 1) % 4
            continue
        if byte != 0x3D or quantum < 2:
            return index
        return _padding_fault(data, index, needed=4 - quantum)
    return len(data) - quantum


def _padding_fault(data: bytes, index: int, needed: int) -> int:
    """`index` is the first "=", `needed` how many must follow in all before the data ends."""
    position = _skip_breaks(data, index + 1)
    if needed == 2:
        if position == len(data):
            return len(data)
        if data[position] != 0x3D:
            return position - 1
        position = _skip_breaks(data, position + 1)
    return position


def _skip_breaks(data: bytes, position: int) -> int:
    while position < len(data) and data[position] in b"\r\n":
        position += 1
    return position


def b32enc(text: str) -> str:
    """Standard base 32 with padding."""
    return base64.b32encode(go_bytes(text)).decode("ascii")


def b32dec(text: str) -> str:
    """The decoded text, or the text of the error."""
    data = go_bytes(text).translate(None, b"\r\n")
    try:
        return go_string(base64.b32decode(data))
    except binascii.Error:
        pass
    fault = _base32_fault(data)
    if fault is not None:
        return f"illegal base32 data at input byte {fault}"
    return go_string(_decode_loose_base32(data))


def _base32_fault(data: bytes) -> int | None:
    """Where Go's decoder gives up; None if it accepts the data."""
    for start in range(0, len(data), 8):
        for offset in range(8):
            index = start + offset
            if index == len(data):
                return index - offset
            if data[index] == 0x3D and offset >= 2 and len(data) - index <= 8:
                return _base32_padding_fault(data, index, offset)
            if data[index] not in _alphabet(5):
                return index
    return None


def _base32_padding_fault(data: bytes, index: int, offset: int) -> int | None:
    tail = data[index + 1 :]
    if len(tail) + offset < 7:
        return len(data)
    for extra in range(7 - offset):
        if tail[extra] != 0x3D:
            return index + extra
    if offset in (1, 3, 6):
        return index
    return None


def _decode_loose_base32(data: bytes) -> bytes:
    """Data whose padding is longer than Python's decoder allows: Go ignores what follows complete padding."""
    digits = data.partition(b"=")[0]
    return base64.b32decode(digits + b"=" * (-len(digits) % 8))


TABLE = (
    Function("b32dec", b32dec, ("string",), "string"),
    Function("b32enc", b32enc, ("string",), "string"),
    Function("b64dec", b64dec, ("string",), "string"),
    Function("b64enc", b64enc, ("string",), "string"),
)
