"""From a line of a rendered file back to the template lines that wrote it, and the values that they read.

`trace` renders one chart again and notes everything; a `SourceMap` answers for one file. Called by whoever explains a
fault in rendered text. Must not be imported on the way of a rendering that goes well.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from helmpy.chart.model import Chart
from helmpy.engine import context as contexts
from helmpy.engine import go_dialect
from helmpy.engine.origins import Origin, Piece, SourceMap, place_in
from helmpy.engine.render import EngineOptions
from helmpy.errors import HelmpyError
from helmpy.gotemplate import nodes
from helmpy.gotemplate.templates import Tree
from helmpy.gotemplate.tracing import Path, Trace, TracedSet, Write

_NO_VALUE = "<no value>"


class _Statement(NamedTuple):
    """A statement of a Go template as a place. `text` is what it wrote."""

    tree: Tree
    node: nodes.Node
    text: str

    @property
    def is_text(self) -> bool:
        return isinstance(self.node, nodes.Text)

    def origin(self, before: int, reads: tuple[Path, ...]) -> Origin:
        at, shown = self.node.at, str(self.node)
        if self.is_text:
            at, shown = at + before, self.text[before:].partition("\n")[0].rstrip()
        return place_in(self.tree.unit.name, self.tree.unit.text, at, shown, reads)


def _go_map(writes: Iterable[Write]) -> SourceMap:
    return SourceMap(
        Piece(
            write.text.replace(_NO_VALUE, ""),
            _Statement(write.tree, write.statement, write.text),
            write.reads,
            tuple(map(_go_map, write.inner)),
        )
        for write in writes
    )


class ValuePaths:
    """Where in the root chart's values a map or list stands, known by its identity."""

    def __init__(self, templates: "dict[str, contexts.Renderable]") -> None:
        self._paths: dict[int, Path] = {}
        self._kept: list[Any] = []
        for path in sorted(templates, key=len):
            scope = tuple(path.split("/templates/")[0].split("/charts/")[1:])
            self._add(templates[path].context["Values"], scope)

    def _add(self, value: Any, path: Path) -> None:
        waiting: list[tuple[Any, Path]] = [(value, path)]
        while waiting:
            value, path = waiting.pop()
            if not isinstance(value, (dict, list)) or id(value) in self._paths:
                continue
            self._paths[id(value)] = path
            self._kept.append(value)  # so that no other object gets its identity
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += ((item, (*path, str(key))) for key, item in entries)

    def find(self, value: Any) -> Path | None:
        """The path of a map or list of the values; None for anything else."""
        return self._paths.get(id(value))


def trace(chart: Chart, render_values: dict[str, Any], options: EngineOptions) -> dict[str, SourceMap]:
    """The maps of every rendered file, by template path; of those rendered before the first failure, if one fails."""
    templates = contexts.renderables(chart, render_values)
    jinja = {path: template for path, template in templates.items() if path.endswith(".j2")}
    go = {path: template for path, template in templates.items() if path not in jinja}
    found = dict(_go_maps(go, options))
    if jinja:
        from helmpy.engine.jinja_dialect.source_map import trace as trace_jinja

        found |= trace_jinja(jinja, options, go)
    return found


def _go_maps(templates: "dict[str, contexts.Renderable]", options: EngineOptions) -> Iterator[tuple[str, SourceMap]]:
    paths = ValuePaths(templates)

    def traced_set(*arguments: Any, **named: Any) -> TracedSet:
        return TracedSet(*arguments, trace=current, **named)

    current = Trace(paths.find)
    writes = current.runs[0].writes
    try:
        for path, _ in go_dialect.files(templates, options, traced_set):
            yield path, _go_map(writes)
            writes.clear()
    except HelmpyError:
        return
