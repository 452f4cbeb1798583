"""Folding and shortening: wrap, wrapWith, abbrev, abbrevboth. Widths count bytes, as Sprig's library does."""

from helmpy.golang.function import Function
from helmpy.golang.limits import check_text
from helmpy.golang.types import go_bytes, go_string

_DOTS = b"..."


def wrap(width: int, text: str) -> str:
    """Lines of at most `width` bytes, broken at blanks; longer words stay whole."""
    return go_string(b"\n".join(_fold(go_bytes(text), max(width, 1), break_words=False)))


def wrap_with(width: int, separator: str, text: str) -> str:
    """As `wrap`, with `separator` between lines, and longer words are broken."""
    lines = _fold(go_bytes(text), max(width, 1), break_words=True)
    newline = go_bytes(separator) or b"\n"
    check_text(len(text) + len(lines) * len(newline), "wrapWith")
    return go_string(newline.join(lines))


def _fold(text: bytes, width: int, *, break_words: bool) -> list[bytes]:
    lines = []
    offset = 0
    while len(text) - offset > width:
        if text[offset] == 0x20:
            offset += 1
            continue
        at = text.rfind(b" ", offset, offset + width + 1)
        if at < 0 and break_words:
            lines.append(text[offset : offset + width])
            offset += width
            continue
        if at < 0:
            at = text.find(b" ", offset + width)
        if at < 0:
            break
        lines.append(text[offset:at])
        offset = at + 1
    lines.append(text[offset:])
    return lines


def abbrev(width: int, text: str) -> str:
    """At most `width` bytes, the last three dots if shortened; a width below 4 changes nothing."""
    return text if width < 4 else go_string(_shorten(go_bytes(text), 0, width))


def abbrevboth(left: int, right: int, text: str) -> str:
    """At most `right` bytes around offset `left`, dots where something is left out."""
    if right < 4 or (left > 0 and right < 7):
        return text
    return go_string(_shorten(go_bytes(text), left, right))


def _shorten(text: bytes, offset: int, width: int) -> bytes:
    if len(text) <= width:
        return text
    if width < 4:
        return b""
    offset = min(offset, len(text))
    if len(text) - offset < width - 3:
        offset = len(text) - (width - 3)
    if offset <= 4:
        return text[: width - 3] + _DOTS
    if width < 7:
        return b""
    if offset + width - 3 < len(text):
        return _DOTS + _shorten(text[offset:], 0, width - 3)
    return _DOTS + text[len(text) - (width - 3) :]


TABLE = (
    Function("abbrev", abbrev, ("int", "string"), "string"),
    Function("abbrevboth", abbrevboth, ("int", "int", "string"), "string"),
    Function("wrap", wrap, ("int", "string"), "string"),
    Function("wrapWith", wrap_with, ("int", "string", "string"), "string"),
)
