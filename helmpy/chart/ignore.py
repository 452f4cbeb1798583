"""`.helmignore`: which files of a chart directory are left out.

Called by `loader` for directories only: an archive holds what was meant to be in it. `match` is Go's filepath.Match, also
for others who take patterns from users. Must not touch the file system.
"""

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
    """Go's filepath.Match: `*` and `?` stop at `/`, `[a-z]`, `[^a]`, backslash escapes. Raises ChartError.

    What follows a star is taken at its first place and kept, as Go does (hostile patterns stay linear); only the last
    piece stands at the end.
    """
    first, *others = _pieces(pattern)
    at = len(first)
    if at > len(path) or not _stands(first, path, 0):
        return False
    if not others:
        return at == len(path)
    for piece in others[:-1]:
        at = _end_of_first(piece, path, at)
        if at < 0:
            return False
    start = len(path) - len(others[-1])
    return start >= at and "/" not in path[at:start] and _stands(others[-1], path, start)


_Piece = list["str | _Class | None"]
"""What stands between stars, one entry per character: the character, a class, or None for any but `/`."""


class _Class(FrozenRecord):
    """`[a-z]`: the ranges, both ends included."""

    negated: bool
    ranges: list[tuple[str, str]]

    def has(self, char: str) -> bool:
        """Whether the class stands for a character."""
        return any(low <= char <= high for low, high in self.ranges) != self.negated


def _stands(piece: _Piece, path: str, at: int) -> bool:
    for wanted, char in zip(piece, path[at : at + len(piece)], strict=True):
        if isinstance(wanted, str):
            if wanted != char:
                return False
        elif char == "/" if wanted is None else not wanted.has(char):
            return False
    return True


def _end_of_first(piece: _Piece, path: str, at: int) -> int:
    """Where the first place of a piece ends that no `/` is before; -1 if there is none."""
    for start in range(at, len(path) - len(piece) + 1):
        if _stands(piece, path, start):
            return start + len(piece)
        if path[start] == "/":
            break
    return -1


@cache
def _pieces(pattern: str) -> list[_Piece]:
    """The pattern, cut at its stars."""
    pieces: list[_Piece] = [[]]
    i = 0
    while i < len(pattern):
        if pattern[i] == "*":
            pieces.append([])
            i += 1
            continue
        entry, i = _entry(pattern, i)
        pieces[-1].append(entry)
    return pieces


def _entry(pattern: str, i: int) -> tuple["str | _Class | None", int]:
    if pattern[i] == "?":
        return None, i + 1
    if pattern[i] == "[":
        return _class(pattern, i + 1)
    return _literal(pattern, i)


def _class(pattern: str, i: int) -> tuple[_Class, int]:
    negated = pattern[i : i + 1] == "^"
    i += negated
    ranges: list[tuple[str, str]] = []
    while pattern[i : i + 1] != "]" or not ranges:
        low, i = _class_char(pattern, i)
        high = low
        if pattern[i : i + 1] == "-":
            high, i = _class_char(pattern, i + 1)
        ranges.append((low, high))
    return _Class(negated, ranges), i + 1


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
