"""From text to tokens. What is no token is noted and skipped, so that the parser can say more."""

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.apimachinery.cel.errors import Problem
from cluster_core.apimachinery.cel.values import UInt

if TYPE_CHECKING:
    import re

END = "<EOF>"
RESERVED = frozenset(
    (
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    )
)  # fmt: skip
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_QUOTES = ('"""', "'''", '"', "'")


class Token(NamedTuple):
    """`kind` is `ident`, `int`, `uint`, `float`, `string`, `bytes`, `quoted` (an identifier in backticks), `<EOF>`, or the operator."""

    kind: str
    text: str
    at: int
    value: Any = None


@cache
def _patterns() -> "tuple[re.Pattern[str], re.Pattern[str]]":
    import re

    plain = re.compile(
        r"(?P<skip>[ \t\r\n\f]+|//[^\n]*)"
        r"|(?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)"
        r"|(?P<hex>0x[0-9a-fA-F]+)(?P<hexu>[uU])?"
        r"|(?P<int>\d+)(?P<intu>[uU])?"
        r"|(?P<ident>[a-zA-Z_][a-zA-Z_0-9]*)"
        r"|(?P<quoted>`[A-Za-z0-9_.\-/ ]+`)"
        r"|(?P<op>==|!=|<=|>=|&&|\|\||[\[\]{}().,\-!?:+*/%<>])"
    )
    escape = re.compile(r"\\(?:[abfnrtv\"'`\\?]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})")
    return plain, escape


def tokens_of(source: str) -> tuple[list[Token], list[Problem]]:
    """All tokens, the last one `<EOF>`, and what was no token."""
    found: list[Token] = []
    problems: list[Problem] = []
    pattern, _ = _patterns()
    at = 0
    while at < len(source):
        text = _text_token(source, at)
        if text is not None:
            token, end = text
            if token is None:
                problems.append(_unknown(source, at, end))
            else:
                found.append(token)
            at = end
            continue
        match = pattern.match(source, at)
        if match is None:
            end = at + 2 if source[at] in "=&|" else at + 1
            problems.append(_unknown(source, at, end))
            at = end
            continue
        if match.lastgroup != "skip":
            found.append(_token(match, problems))
        at = match.end()
    found.append(Token(END, END, len(source)))
    return found, problems


def _unknown(source: str, start: int, end: int) -> Problem:
    text = source[start:end].replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return Problem(start, f"Syntax error: token recognition error at: '{text}'")


def _token(match: "re.Match[str]", problems: list[Problem]) -> Token:
    at, text = match.start(), match[0]
    if match["ident"]:
        return Token(text if text in ("true", "false", "null", "in") else "ident", text, at)
    if match["quoted"]:
        return Token("quoted", text, at, text[1:-1])
    if match["op"]:
        return Token(text, text, at)
    if match["float"]:
        return Token("float", text, at, float(text))
    number = int(match["hex"], 16) if match["hex"] else int(match["int"])
    if match["hexu"] or match["intu"]:
        if number >= 1 << 64:
            problems.append(Problem(at, "invalid uint literal"))
        return Token("uint", text, at, UInt(number & (1 << 64) - 1))
    return Token("int", text, at, number)


def _text_token(source: str, at: int) -> tuple[Token | None, int] | None:
    """A string or bytes literal at this place: (token, end); no token if it does not end well; None if none starts here."""
    place, raw, is_bytes = at, False, False
    while place < len(source) and source[place] in "rRbB" and place - at < 2:
        if source[place] in "rR":
            raw = True
        else:
            is_bytes = True
        place += 1
    quote = next((q for q in _QUOTES if source.startswith(q, place)), None)
    if quote is None:
        return None
    _, escape = _patterns()
    place += len(quote)
    parts: list[str] = []
    while place < len(source):
        if source.startswith(quote, place):
            end = place + len(quote)
            joined = "".join(parts)
            value: Any = joined.encode("utf-8", "surrogateescape") if is_bytes else joined
            return Token("bytes" if is_bytes else "string", source[at:end], at, value), end
        character = source[place]
        if character in "\r\n" and len(quote) == 1:
            return None, place + 1
        if character == "\\" and not raw:
            match = escape.match(source, place)
            if match is None:
                return None, min(place + 2, len(source))
            parts.append(_escaped(match[0], is_bytes))
            place = match.end()
            continue
        parts.append(character)
        place += 1
    return None, place


def _escaped(text: str, is_bytes: bool) -> str:
    kind = text[1]
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind in "uU":
        return chr(int(text[2:], 16))
    if kind not in "xX" and not kind.isdigit():
        return kind
    number = int(text[2:], 16) if kind in "xX" else int(text[1:], 8)
    return chr(0xDC00 + number) if is_bytes and number > 127 else chr(number)
