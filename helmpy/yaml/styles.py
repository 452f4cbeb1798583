"""How one string looks in YAML: plain, quoted or as a block, as yaml.v2 and yaml.v3 decide and write it.

Called by the emitter. Must not know about mappings or lists.
"""

from functools import cache, lru_cache

from helmpy.golang.types import go_bytes
from helmpy.yaml import resolver

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

PLAIN, SINGLE, DOUBLE, LITERAL = range(4)
WIDTH = 80
_SHORT = 120

_BREAKS = "\n\u2028\u2029"
_INDICATORS = frozenset("#,[]{}&*!|>'\"%@` ")
_ESCAPES = {
    0x00: "\\0", 0x07: "\\a", 0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0B: "\\v", 0x0C: "\\f", 0x0D: "\\r", 0x1B: "\\e",
    0x22: '\\"', 0x5C: "\\\\", 0x85: "\\N", 0xA0: "\\_", 0x2028: "\\L", 0x2029: "\\P",
}  # fmt: skip


# Small classes side by side: one large one takes 10 ms to compile.


@cache
def _unprintable(in_ascii: bool) -> "re.Pattern[str]":
    import re

    beyond = "" if in_ascii else "|[\x80-\x9f]|[\ud800-\udfff]|\ufeff|[\ufffe\uffff]|[\U00010000-\U0010ffff]"
    return re.compile(f"[\x00-\x09\x0b-\x1f\x7f]{beyond}")


@cache
def _escaped() -> "re.Pattern[str]":
    import re

    return re.compile(
        '[\x00-\x1f"\\\\\x7f-\x9f]|[\u2028\u2029]|[\ud800-\udfff]|\ufeff|[\ufffe\uffff]|[\U00010000-\U0010ffff]'
    )


def _may_be_plain(text: str) -> bool:
    """Whether nothing in a printable string keeps it from being plain."""
    if text[:1] in _INDICATORS or text.startswith(("---", "...")) or (text[:1] in "?:-" and text[1:2] in " \t"):
        return False
    return not text.endswith((":", " ")) and not any(sign in text for sign in (": ", ":\t", " #", "\t#", *_BREAKS[1:]))


@cache
def _base60() -> "re.Pattern[str]":
    import re

    return re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


def _has_spaced_break(text: str) -> bool:
    return any(f" {sign}" in text for sign in _BREAKS)


def _has_break_and_space(text: str) -> bool:
    return any(f"{sign} " in text for sign in _BREAKS)


def _has_unprintable(text: str) -> bool:
    in_ascii = text.isascii()
    return not (in_ascii and text.isprintable()) and _unprintable(in_ascii).search(text) is not None


@lru_cache(maxsize=4096)
def compact(text: str) -> int:
    """The style that yaml.v2 gives a string."""
    return _style(text, _has_unprintable(text), tabs=False)


@lru_cache(maxsize=4096)
def pretty(text: str) -> int:
    """The style that yaml.v3 gives a string: a tab alone does not rule out a block."""
    return _style(text, _has_unprintable(text.replace("\t", "")), tabs="\t" in text)


@lru_cache(maxsize=8192)
def short_compact(text: str) -> str:
    """A short string as yaml.v2 writes it on one line, with the end of the line; empty where that needs more care."""
    return "" if len(text) > _SHORT or _is_odd(text) else write(text, compact(text), 0, 0, 0)


@lru_cache(maxsize=8192)
def short_pretty(text: str) -> str:
    """As `short_compact` for yaml.v3."""
    return "" if len(text) > _SHORT or _is_odd(text) else write(text, pretty(text), 0, 0, 0)


def _is_odd(text: str) -> bool:
    return not (text.isascii() and text.isprintable()) and bool(_odd().search(text))


@cache
def _odd() -> "re.Pattern[str]":
    """What may be written over several lines, or fail."""
    import re

    return re.compile("[\r\n\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def _style(text: str, special: bool, *, tabs: bool) -> int:
    if "\n" in text:
        allowed = not special and not text.endswith(" ") and not _has_spaced_break(text)
        return LITERAL if allowed else DOUBLE
    if special or tabs or not resolver.reads_as_text(text) or (":" in text and _base60().fullmatch(text)):
        return DOUBLE
    if _may_be_plain(text):
        return PLAIN
    return DOUBLE if _has_spaced_break(text) or _has_break_and_space(text) else SINGLE


def is_multiline(text: str) -> bool:
    """Whether the text holds a line break of any kind, which no simple key may."""
    return any(sign in text for sign in "\n\r\x85\u2028\u2029")


def write(text: str, style: int, column: int, indent: int, width: int) -> str:
    """The string as YAML, with the end of its line, for a scalar that starts at `column`.

    Where lines pass `width` they are folded and go on at `indent`; a width of 0 folds nothing.
    """
    if style == LITERAL:
        return _literal(text, " " * indent)
    if style == PLAIN:
        return _fold(text, column, indent, width) + "\n"
    if style == SINGLE:
        return "'" + _single(text.replace("'", "''"), column + 1, indent, width) + "'\n"
    return '"' + _fold(escape(text), column + 1, indent, width, escaped=True) + '"\n'


def _fold(text: str, column: int, indent: int, width: int, *, escaped: bool = False) -> str:
    if not width or column + len(text) <= width or " " not in text:
        return text
    parts = []
    start = search = 0
    while True:
        at = text.find(" ", max(search, start + width + 1 - column, 1))
        if at < 0 or at == len(text) - 1:
            break
        search = at + 1
        space_follows = text[at + 1] == " "
        if text[at - 1] == " " or (space_follows and not escaped):
            continue
        parts.append(text[start:at])
        start, column = at + 1, indent + space_follows
        if space_follows:
            parts.append("\n" + " " * indent + "\\")
        else:
            parts.append("\n" + " " * indent)
    parts.append(text[start:])
    return "".join(parts)


def _single(text: str, column: int, indent: int, width: int) -> str:
    """Text between single quotes. Unicode's own line breaks stay, and what follows them is indented."""
    import re

    if "\u2028" not in text and "\u2029" not in text:
        return _fold(text, column, indent, width)
    first, *rest = re.split("([\u2028\u2029]+)", text)
    parts = [_fold(first, column, indent, width)]
    for breaks, segment in zip(rest[::2], rest[1::2], strict=True):
        parts.append(breaks + (" " * indent + _fold(segment, indent, indent, width) if segment else ""))
    return "".join(parts)


def escape(text: str) -> str:
    """The text between double quotes."""
    if text.startswith("\ufeff"):  # yaml.v2 then takes every character for a byte order mark
        return "".join(_escape_one(char) if char != " " else "\\x20" for char in text)
    return _escaped().sub(lambda found: _escape_one(found[0]), text)


def _escape_one(char: str) -> str:
    code = ord(char)
    known = _ESCAPES.get(code)
    if known:
        return known
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _literal(text: str, pad: str) -> str:
    hint = "2" if text[0] in " " + _BREAKS else ""
    if text[-1] not in _BREAKS:
        chomp, end = "-", "\n"
    else:
        chomp, end = "+" if len(text) == 1 or text[-2] in _BREAKS else "", ""
    if text.isascii():
        body = "\n".join([pad + line if line else line for line in text.split("\n")])
    else:
        import re

        body = re.sub(f"(^|[{_BREAKS}])(?=[^{_BREAKS}])", lambda found: found[1] + pad, text)
    return f"|{hint}{chomp}\n{body}{end}"


def is_long_key(text: str) -> bool:
    """Whether a key is too long to be written without `?`."""
    return len(text) > 128 or (len(text) > 32 and not text.isascii() and len(go_bytes(text)) > 128)
