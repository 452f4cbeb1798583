"""`.helmignore`: which files of a chart directory are left out.

Called by `loader` for directories only: an archive holds what was meant to be in it. `match` is Go's filepath.Match, also
for others who take patterns from users. Must not touch the file system.
"""

import re
from collections.abc import Iterable
from functools import cache

from helmpy.errors import ChartError
from helmpy.records import FrozenRecord

FILE_NAME = ".helmignore"


class Rule(FrozenRecord):
    """One line. `negate`: everything that does NOT match is ignored; `directory`: holds for directories only."""

    pattern: str
    negate: bool = False
    directory: bool = False

    @classmethod
    def parse(cls, line: str) -> "Rule | None":
        """Reads a line; None for blanks and comments. Raises ChartError."""
        text = line.strip()
        if not text or text.startswith("#"):
            return None
        if "**" in text:
            raise ChartError("double-star (**) syntax is not supported")
        match(text, "abc")  # the whole line must be a valid pattern
        negate, directory = text.startswith("!"), False
        text = text.removeprefix("!")
        if text.endswith("/"):
            text, directory = text[:-1], True
        return cls(text, negate, directory)

    def matches(self, path: str) -> bool:
        """A pattern without `/` is held against the base name, any other against the whole path."""
        if "/" not in self.pattern:
            return match(self.pattern, path.rpartition("/")[2])
        return match(self.pattern.removeprefix("/"), path)


# Editors leave hidden files beside templates; they were never meant to be rendered.
_BUILT_IN = Rule("templates/.?*")


class Rules(FrozenRecord):
    """The rules of one chart, in order: the first that decides wins."""

    rules: tuple[Rule, ...] = (_BUILT_IN,)

    @classmethod
    def parse(cls, text: str) -> "Rules":
        """Reads the text of a .helmignore; raises ChartError for a line that is no pattern."""
        lines: Iterable[str] = text.removeprefix("\ufeff").split("\n")
        parsed = (Rule.parse(line) for line in lines)
        return cls((*(rule for rule in parsed if rule), _BUILT_IN))

    def ignores(self, path: str, is_directory: bool) -> bool:
        """Whether a file or directory is left out; `path` is relative to the chart, with `/`."""
        for rule in self.rules:
            applies = is_directory or not rule.directory
            if rule.negate:
                if not applies or not rule.matches(path):
                    return True
            elif applies and rule.matches(path):
                return True
        return False


def match(pattern: str, path: str) -> bool:
    """Go's filepath.Match: `*` and `?` stop at `/`, `[a-z]`, `[^a]`, backslash escapes. Raises ChartError."""
    return _compiled(pattern).fullmatch(path) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_translated(pattern), re.DOTALL)


def _translated(pattern: str) -> str:
    """As a regular expression. What follows a star is taken at its first place and kept (Go does so, and hostile
    patterns stay linear); only the last piece may wander to the end."""
    pieces = [""]
    i = 0
    while i < len(pattern):
        if pattern[i] == "*":
            pieces.append("")
            i += 1
            continue
        text, i = _translated_char(pattern, i)
        pieces[-1] += text
    first, *middle = pieces
    if not middle:
        return first
    last = middle.pop()
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + "[^/]*" + last


def _translated_char(pattern: str, i: int) -> tuple[str, int]:
    if pattern[i] == "?":
        return "[^/]", i + 1
    if pattern[i] == "[":
        return _translated_class(pattern, i + 1)
    literal, i = _literal(pattern, i)
    return re.escape(literal), i


def _translated_class(pattern: str, i: int) -> tuple[str, int]:
    negated = pattern[i : i + 1] == "^"
    i += negated
    ranges: list[str] = []
    while True:
        if pattern[i : i + 1] == "]" and ranges:
            break
        low, i = _class_char(pattern, i)
        high = low
        if pattern[i : i + 1] == "-":
            high, i = _class_char(pattern, i + 1)
        # An upside-down range matches nothing.
        ranges.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
    body = "".join(ranges)
    if not body:
        return ("." if negated else "(?!)"), i + 1
    return f"[{'^' if negated else ''}{body}]", i + 1


def _class_char(pattern: str, i: int) -> tuple[str, int]:
    if i >= len(pattern) or pattern[i] in "-]":
        raise _bad_pattern()
    char, i = _literal(pattern, i)
    if i >= len(pattern):
        raise _bad_pattern()
    return char, i


def _literal(pattern: str, i: int) -> tuple[str, int]:
    if pattern[i] != "\\":
        return pattern[i], i + 1
    if i + 1 >= len(pattern):
        raise _bad_pattern()
    return pattern[i + 1], i + 2


def _bad_pattern() -> ChartError:
    return ChartError("syntax error in pattern")
