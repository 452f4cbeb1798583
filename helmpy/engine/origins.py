"""Who wrote which line of a rendered file: the pieces of its text, and the places in templates behind them.

`source_map` and the Jinja dialect make the pieces. Must not know of either.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol

from helmpy.golang.types import go_bytes
from helmpy.gotemplate.tracing import Path


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in a template ("c/templates/x.yaml:7:10"), what stands there, and the values read there."""

    file: str
    line: int
    column: int
    text: str
    reads: tuple[Path, ...] = ()

    @property
    def location(self) -> str:
        """FILE:LINE:COLUMN; lines count from 1, the column's bytes from 0, as in Helm's messages."""
        return f"{self.file}:{self.line}:{self.column}"


class Place(Protocol):
    """The construct that wrote a piece of output."""

    @property
    def is_text(self) -> bool:
        """Whether it is plain text rather than an expression."""

    def origin(self, before: int, reads: tuple[Path, ...]) -> Origin:
        """The place; within plain text, of the character `before` characters into it."""


class Piece(NamedTuple):
    """A piece of output, the values that it was made of, and the outputs of other templates in it."""

    text: str
    place: Place
    reads: tuple[Path, ...]
    inner: "tuple[SourceMap, ...]" = ()


class SourceMap:
    """Who wrote which line of one rendered file."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = [piece for piece in pieces if piece.text or piece.reads]
        self.text = "".join(piece.text for piece in self._pieces)
        self._starts = [0, *accumulate(len(piece.text) for piece in self._pieces)]
        self._lines = [0, *(at + 1 for at, char in enumerate(self.text) if char == "\n")]

    def origins(self, line: int) -> list[Origin]:
        """The places behind a line (from 1), the file first and then each template that it included.

        A line that expressions and plain text share belongs to the last expression that wrote something on it (else to one
        that read a value and wrote nothing), with the values of all of them.
        """
        if not 1 <= line <= len(self._lines):
            return []
        start = self._lines[line - 1]
        end = self._lines[line] - 1 if line < len(self._lines) else len(self.text)
        found = list(self._within(start, end))
        written = [one for one in found if one[1]]
        silent = [one for one in found if not one[1] and one[0].reads]
        chosen = [one for one in written if not one[0].place.is_text] or (written and silent) or written
        if not chosen:
            return []
        reads = tuple(dict.fromkeys(path for piece, _, _ in chosen for path in piece.reads))
        piece, shown, before = chosen[-1]
        return [piece.place.origin(before, reads), *_inner(piece, shown, before)]

    def _within(self, start: int, end: int) -> Iterator[tuple[Piece, str, int]]:
        """What a span of the text comes from: piece, its part without blanks around, where in the piece that begins."""
        for index in range(max(bisect_left(self._starts, start) - 1, 0), len(self._pieces)):
            piece, at = self._pieces[index], self._starts[index]
            if at > end or (at == end and piece.text):
                return
            first, last = max(start - at, 0), min(end - at, len(piece.text))
            part = piece.text[first:last]
            if part.strip() or (not piece.text and at >= start):
                yield piece, part.strip(), first + len(part) - len(part.lstrip())


def values_read(origins: Sequence[Origin]) -> tuple[Path, ...]:
    """The values behind a line: those of the innermost place that read any."""
    return next((origin.reads for origin in reversed(origins) if origin.reads), ())


def _inner(piece: Piece, shown: str, before: int) -> list[Origin]:
    """Which line of the templates that ran for a piece became this line: functions may have indented or quoted it."""
    lines = [
        (inner, number, line.strip())
        for inner in piece.inner
        for number, line in enumerate(inner.text.split("\n"), 1)
        if line.strip()
    ]
    same = [(inner, number) for inner, number, line in lines if line == shown]
    if not same and len(lines) == 1:
        same = [(inner, number) for inner, number, line in lines if line in shown]
    if not same:
        return []
    rank = sum(line.strip() == shown for line in piece.text[:before].split("\n")[:-1])
    inner, number = same[min(rank, len(same) - 1)]
    return inner.origins(number)


def place_in(file: str, text: str, at: int, shown: str, reads: tuple[Path, ...]) -> Origin:
    """The origin at an index of a template's text."""
    start = text.rfind("\n", 0, at) + 1
    return Origin(file, text.count("\n", 0, at) + 1, len(go_bytes(text[start:at])), shown, reads)
