"""Which line of a Jinja template wrote what: the source maps of `.j2` files.

Called by `engine.source_map`. Jinja itself tells the template line of each piece that it yields; the values are read off
that line, so a value that came through a variable or a macro's parameter is not named.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from helmpy.engine.jinja_dialect.run import Run
from helmpy.engine.origins import Origin, Piece, SourceMap
from helmpy.errors import HelmpyError
from helmpy.gotemplate.tracing import Path

if TYPE_CHECKING:
    from jinja2 import Template

    from helmpy.engine.context import Renderable
    from helmpy.engine.render import EngineOptions


_FAR = 40  # lines between two lines of one piece: comments and blocks without output


def trace(
    templates: "Mapping[str, Renderable]", options: "EngineOptions", go_templates: "Mapping[str, Renderable]"
) -> dict[str, SourceMap]:
    """The maps of every file that is no partial; of those before the first failure, if one fails."""
    run = _TracedRun(templates, options, go_templates)
    found: dict[str, SourceMap] = {}
    try:
        for path in templates:
            if not path.rpartition("/")[2].startswith("_"):
                run.pieces.clear()
                run.file(path)
                found[path] = SourceMap(run.pieces)
    except HelmpyError:
        pass
    return found


class _TracedRun(Run):
    """A run that keeps every piece of the file that it rendered last."""

    def __init__(
        self,
        templates: "Mapping[str, Renderable]",
        options: "EngineOptions",
        go_templates: "Mapping[str, Renderable]",
    ) -> None:
        super().__init__(templates, options, go_templates)
        self.pieces: list[Piece] = []

    def _yielded(self, template: "Template", pieces: Iterator[str], renderable: "Renderable") -> Iterator[str]:
        path = template.name or ""
        scope = tuple(path.split("/templates/")[0].split("/charts/")[1:])
        lines = renderable.text.split("\n")
        while (piece := next(pieces, None)) is not None:
            frame = getattr(pieces, "gi_frame", None)
            number = template.get_corresponding_lineno(frame.f_lineno) if frame is not None else 1
            self.pieces += _split(piece, path, number, lines, scope)
            yield piece


class _Line(NamedTuple):
    """A line of a template as a place."""

    file: str
    number: int
    text: str
    is_text: bool

    def origin(self, before: int, reads: tuple[Path, ...]) -> Origin:
        return Origin(self.file, self.number, len(self.text) - len(self.text.lstrip()), self.text.strip(), reads)


def _split(piece: str, path: str, number: int, lines: list[str], scope: Path) -> Iterator[Piece]:
    """A yielded piece: lines that stand in the template as they are, from the given line on, and what an expression gave."""
    at = number
    for offset, line in enumerate(piece.splitlines(keepends=True)):
        source = lines[at - 1] if at <= len(lines) else ""
        is_expression = offset == 0 and ("{{" in source or "{%" in source)
        plain = None if is_expression else _plain_line(line.strip(), lines, at + (offset > 0))
        if plain is None:
            yield Piece(line, _Line(path, at, source, False), _reads(source, scope) or _looped(lines[: at - 1], scope))
        else:
            at = plain
            yield Piece(line, _Line(path, at, lines[at - 1], True), ())


def _looped(before: list[str], scope: Path) -> tuple[Path, ...]:
    """The values that the loop around a line goes through."""
    ended = 0
    for line in reversed(before):
        if "endfor" in line:
            ended += 1
        elif re.search(r"\{%-?\s*for\b", line):
            if not ended:
                return _reads(line, scope)
            ended -= 1
    return ()


def _plain_line(shown: str, lines: list[str], start: int) -> int | None:
    """The next line that begins with this text."""
    if not shown:
        return None
    numbers = range(start, min(start + _FAR, len(lines) + 1))
    return next((number for number in numbers if lines[number - 1].lstrip().startswith(shown)), None)


@cache
def _values() -> "re.Pattern[str]":
    return re.compile(r"\bValues((?:\.[A-Za-z_]\w*|\[['\"][^'\"]+['\"]\])+)")


def _reads(source: str, scope: Path) -> tuple[Path, ...]:
    found = (re.findall(r"\.(\w+)|\[['\"]([^'\"]+)", chain) for chain in _values().findall(source))
    return tuple(dict.fromkeys((*scope, *(name or key for name, key in parts)) for parts in found))
