"""Glob patterns of `.Files.Glob`: `*` `**` `?` `[a-z]` `[!x]` `{a,b}` and `\\`, where `*` and `?` stop at `/`.

Called by `files`. Patterns become RE2 expressions, so that no pattern takes long.
"""

from collections.abc import Callable, Iterable
from functools import cache


class GlobError(ValueError):
    """The pattern is not valid."""


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that match; a pattern that is not valid matches all."""
    try:
        matches = _matcher(pattern)
    except GlobError:
        return list(names)
    return [name for name in names if matches(name)]


@cache
def _matcher(pattern: str) -> Callable[[str], object]:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    try:
        compiled = re2.compile(_expression(pattern), options)
    except re2.error as error:
        raise GlobError(str(error)) from None
    return lambda name: compiled.fullmatch(name)


def _expression(pattern: str) -> str:
    out: list[str] = []
    at, depth = 0, 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            wide = pattern.startswith("*", at)
            out.append(".*" if wide else "[^/]*")
            at += wide
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            expression, at = _class(pattern, at)
            out.append(expression)
        elif char == "{":
            depth += 1
            out.append("(?:")
        elif char == "}" and depth:
            depth -= 1
            out.append(")")
        elif char == "," and depth:
            out.append("|")
        elif char == "\\":
            out.append(_literal(pattern[at : at + 1]))
            at += 1
        else:
            out.append(_literal(char))
    return "".join(out) + ")" * depth


def _class(pattern: str, at: int) -> tuple[str, int]:
    """A character class behind its bracket: the expression and where the pattern goes on."""
    negate = pattern.startswith("!", at)
    at += negate
    if pattern[at + 1 : at + 2] == "-" and at + 3 < len(pattern) + 1:
        low, high = pattern[at], pattern[at + 2 : at + 3]
        if pattern[at + 3 : at + 4] != "]" or not high or high < low:
            raise GlobError("could not parse range")
        return f"[{'^' * negate}{_literal(low)}-{_literal(high)}]", at + 4
    chars, at = _class_text(pattern, at)
    return f"[{'^' * negate}{''.join(map(_literal, chars))}]", at


def _class_text(pattern: str, at: int) -> tuple[str, int]:
    chars = ""
    while pattern[at : at + 1] != "]":
        at += pattern[at : at + 1] == "\\"
        if at >= len(pattern):
            raise GlobError("unexpected end of input")
        chars += pattern[at]
        at += 1
    if not chars:
        raise GlobError("could not parse range")
    return chars, at + 1


def _literal(text: str) -> str:
    return "".join(char if char.isalnum() or char in "_/ " else f"\\x{{{ord(char):x}}}" for char in text)
