"""Patterns of a schema: those that Go does not compile, and Go's syntax in that of jsonschema-rs (ECMA 262).

Called by `schema`. Must not match anything itself.
"""

from collections.abc import Iterator

from helmpy.annotations import Any
from helmpy.golang import regexp
from helmpy.golang.types import GoError

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7F",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-\/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}


def has_bad(document: Any) -> bool:
    """Whether some pattern is none that Go compiles; jsonschema-rs takes more than Go does."""
    for pattern in _patterns(document):
        try:
            regexp.translate(pattern)
        except GoError:
            return True
    return False


def has_foreign(document: Any) -> bool:
    """Whether some pattern is written in a way that only Go takes."""
    return any(ecma(pattern) != pattern for pattern in _patterns(document))


def translated(document: Any) -> Any:
    """A copy of the schema with its patterns in the syntax of ECMA 262."""
    if isinstance(document, list):
        return [translated(item) for item in document]
    if not isinstance(document, dict):
        return document
    copy = {key: translated(value) for key, value in document.items()}
    if isinstance(copy.get("pattern"), str):
        copy["pattern"] = ecma(copy["pattern"])
    if isinstance(copy.get("patternProperties"), dict):
        copy["patternProperties"] = {ecma(key): value for key, value in copy["patternProperties"].items()}
    return copy


def ecma(pattern: str) -> str:
    r"""Go's pattern in ECMA's words: `[\d-x]`, `a{,2}`, `[[:alpha:]]`, `\A`, `\z` and `\Q…\E` are unknown there."""
    parts, at, opened = [], 0, -1
    while at < len(pattern):
        token = _token(pattern, at, inside=opened >= 0, first=opened >= 0 and at <= opened)
        if opened < 0 and token.startswith("["):
            opened = at + len(token)
        elif opened >= 0 and token == "]" and at > opened - 1:
            opened = -1
        parts.append(_translated(token, pattern[at + len(token) :], inside=opened >= 0))
        at += len(token)
    return "".join(parts)


def _token(pattern: str, at: int, *, inside: bool, first: bool) -> str:
    rest = pattern[at:]
    if rest.startswith("\\Q") and not inside:
        end = rest.find("\\E")
        return rest if end < 0 else rest[: end + 2]
    if rest.startswith(("\\p{", "\\P{", "\\x{")):
        return rest[: rest.find("}") + 1]
    if rest.startswith("\\"):
        return rest[:2]
    if not inside:
        if rest.startswith("["):
            return rest[: 1 + rest.startswith("[^")] + (
                "]" if rest.removeprefix("[").removeprefix("^")[:1] == "]" else ""
            )
        return _repetition(rest) or rest[0]
    if rest.startswith("[:") and ":]" in rest:
        return rest[: rest.index(":]") + 2]
    return rest[0]


def _repetition(rest: str) -> str:
    """`{2}`, `{2,}` or `{2,3}` at the start of the text."""
    inner, brace, _ = rest[1:].partition("}")
    low, comma, high = inner.partition(",")
    whole = rest.startswith("{") and brace and low.isdecimal() and (not comma or not high or high.isdecimal())
    return rest[: len(inner) + 2] if whole else ""


def _translated(token: str, rest: str, *, inside: bool) -> str:
    if token.startswith("\\Q"):
        text = token[2:].removesuffix("\\E")
        return "".join("\\" + sign if sign in "\\.+*?()|[]{}^$/" else sign for sign in text)
    if inside:
        if token.startswith("[:"):
            return _CLASSES.get(token[2:-2], token)
        is_class = token in (r"\d", r"\D", r"\w", r"\W", r"\s", r"\S")
        return token + "\\" if is_class and rest.startswith("-") and not rest.startswith("-]") else token
    if token in ("{", "}"):
        return "\\" + token
    return {"\\A": "^", "\\z": "$"}.get(token, token)


def _patterns(document: Any) -> Iterator[str]:
    """All that may be a pattern; a property may have that name, too."""
    if isinstance(document, list):
        for item in document:
            yield from _patterns(item)
    elif isinstance(document, dict):
        if isinstance(document.get("pattern"), str):
            yield document["pattern"]
        if isinstance(document.get("patternProperties"), dict):
            yield from document["patternProperties"]
        for item in document.values():
            yield from _patterns(item)
