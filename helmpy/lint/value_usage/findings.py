"""Values that no template reads, and values that templates read although nobody sets them.

Called by `linter` with `--check-values`. Says nothing where templates cannot be parsed: other rules do.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from helmpy.chart import loader
from helmpy.chart.model import Chart
from helmpy.engine.context import Renderable, renderables
from helmpy.engine.functions import TABLE
from helmpy.errors import HelmpyError
from helmpy.golang import json
from helmpy.golang.types import GoError, go_string
from helmpy.gotemplate.templates import Unit
from helmpy.lint.report import Findings, Severity
from helmpy.lint.value_usage.atoms import ANY, Context, Path
from helmpy.lint.value_usage.reads import Reads
from helmpy.lint.value_usage.walk import GiveUpError, Walk
from helmpy.values import dependencies, merge, provenance, spelling

if TYPE_CHECKING:
    from helmpy.lint.options import LintOptions

_VALUES = "values.yaml"


@dataclass(frozen=True, slots=True)
class _Subject:
    """A chart ready to render, its own values, the user's, and both together."""

    chart: Chart
    own: dict[str, Any]
    given: dict[str, Any]
    merged: dict[str, Any]
    pruned: frozenset[str]


def check(findings: Findings, directory: FilePath, values: dict[str, Any], options: "LintOptions") -> None:
    """Look at all templates of a chart with the user's values."""
    try:
        subject = _subject(directory, values)
        if subject.chart.is_library:
            return
        reads = _reads(subject)
    except (HelmpyError, GoError, GiveUpError, RecursionError):
        return
    for place, text in _undefined(subject, reads):
        findings.check(Severity.WARNING, place, text)
    setters = provenance.setters(subject.chart, options.sources, options.read)
    for path in _unread(subject.given, (), reads, subject):
        source = setters.last(path) if setters is not None else ""
        findings.check(Severity.WARNING, source or "values", _unread_text(path, reads, {}))
    for path in _unread(subject.own, (), reads, subject):
        if not _is_set(subject.given, path):
            findings.check(Severity.INFO, _VALUES, _unread_text(path, reads, subject.merged))


def _subject(directory: FilePath, values: dict[str, Any]) -> _Subject:
    chart = loader.load(directory)
    own = merge.copy(chart.values)
    before = {chart.name for chart in chart.dependencies} | {
        dependency.alias or dependency.name for dependency in chart.metadata.dependencies
    }
    dependencies.process(chart, values)
    pruned = before - {subchart.name for subchart in chart.dependencies}
    return _Subject(chart, own, values, merge.coalesce(chart, values), frozenset(pruned))


# --- what is read ------------------------------------------------------------------------------------------------------


def _reads(subject: _Subject) -> Reads:
    templates = renderables(subject.chart, {"Values": subject.merged})
    charts = dict(_charts(subject.chart, ()))
    walk = Walk(TABLE, charts)
    go = {path: template for path, template in templates.items() if not path.endswith(".j2")}
    units = {path: Unit.parsed(path, go[path].text, TABLE) for path in _definition_order(go)}
    for unit in units.values():
        walk.add(unit)
    for path, unit in units.items():
        if not path.rpartition("/")[2].startswith("_"):
            walk.run(unit.trees[path], frozenset({Context(_scope(path))}))
    for scope, chart in charts.items():
        for text in (*_texts(subject.merged), *(go_string(file.data) for file in chart.files)):
            walk.text(text, frozenset({Context(scope)}))
        _read_by_helm(chart, scope, walk.reads)
    for path, template in templates.items():
        if path.endswith(".j2"):
            _read_by_jinja(template, _scope(path), walk.reads)
    return walk.reads


def _definition_order(templates: dict[str, Renderable]) -> list[str]:
    from helmpy.engine.go_dialect import render_order

    return render_order(templates)


def _charts(chart: Chart, scope: Path) -> Iterator[tuple[Path, Chart]]:
    yield scope, chart
    for subchart in chart.dependencies:
        yield from _charts(subchart, (*scope, subchart.name))


def _scope(path: str) -> Path:
    return tuple(path.split("/templates/")[0].split("/charts/")[1:])


def _texts(value: Any) -> Iterator[str]:
    """Every text in values: `tpl` may be given any of them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _read_by_helm(chart: Chart, scope: Path, reads: Reads) -> None:
    """Conditions, tags and import-values."""
    for dependency in chart.metadata.dependencies:
        for condition in dependency.condition.split(","):
            reads.touched.add((*scope, *condition.strip().split(".")))
        reads.touched |= {(*scope, "tags", tag) for tag in dependency.tags}
        for entry in dependency.import_values:
            if isinstance(entry, dict):
                reads.whole.add((*scope, dependency.name, *str(entry.get("child")).split(".")))


def _read_by_jinja(template: Renderable, scope: Path, reads: Reads) -> None:
    """Any chain of names behind `Values`, printed or not; `Values` by itself is all of them."""
    for chain in re.findall(r"\bValues((?:\.\w+|\[['\"][^'\"]+['\"]\])*)", template.text):
        names = re.findall(r"\.(\w+)|\[['\"]([^'\"]+)", chain)
        path = [name or key for name, key in names]
        if path and path[-1] in ("get", "items", "keys", "values"):
            path.pop()
        reads.whole.add((*scope, *path))


# --- what is not read --------------------------------------------------------------------------------------------------


def _unread(value: Any, path: Path, reads: Reads, subject: _Subject) -> list[Path]:
    """The values that nobody reads; a table all of whose values nobody reads stands for them."""
    if path and (_is_exempt(path, subject) or (_is_leaf(value) and reads.covers(path))):
        return []
    if _is_leaf(value):
        return [path] if path else []
    found = [(key, _unread(item, (*path, key), reads, subject)) for key, item in value.items()]
    if path and path not in reads.touched and all(below == [(*path, key)] for key, below in found):
        return [path]
    return [one for _, below in found for one in below]


def _is_leaf(value: Any) -> bool:
    return not isinstance(value, dict) or not value


def _is_exempt(path: Path, subject: _Subject) -> bool:
    """Values of subcharts that are off, globals (any chart around may mean them), and names that hold YAML anchors."""
    return path[0] in subject.pruned or "global" in path or path[0].startswith(("x-", "_", ".")) or path[0] == "tags"


def _unread_text(path: Path, reads: Reads, meant: dict[str, Any]) -> str:
    """The complaint; the hint is at a name that templates do read, other than those in `meant`."""
    end = len(path)
    asked = {
        read[end - 1]
        for read in (*reads.touched, *reads.whole)
        if len(read) >= end and read[: end - 1] == path[:-1] and not _is_set(meant, read[:end])
    }
    near = spelling.closest(path[-1], asked - {ANY})
    hint = f'; did you mean "{".".join((*path[:-1], near))}"?' if near else ""
    return f'no template reads "{".".join(path)}"{hint}'


# --- what is read and not there ----------------------------------------------------------------------------------------


def _undefined(subject: _Subject, reads: Reads) -> Iterator[tuple[str, str]]:
    """(template, complaint) for each value that the chart's own templates print although it is never there."""
    own_templates = f"{subject.chart.name}/templates/"
    known = _Known(subject)
    complained = set()
    for path, place in sorted(reads.places.items(), key=lambda item: _place_key(item[1])):
        missing = known.missing(path)
        if missing is None or missing in complained or not place.startswith(own_templates):
            continue
        if any(reads.is_asked_for(path[:end]) for end in range(len(missing), len(path) + 1)):
            continue
        complained.add(missing)
        near = spelling.closest(missing[-1], known.names(missing[:-1]))
        hint = f"; did you mean .Values.{'.'.join((*missing[:-1], near))}?" if near else ""
        file, line, _ = place.removeprefix(f"{subject.chart.name}/").rsplit(":", 2)
        yield file, f"line {line} reads .Values.{'.'.join(missing)}, which nothing sets{hint}"


def _place_key(place: str) -> tuple[str, int, int]:
    file, line, column = place.rsplit(":", 2)
    return file, int(line), int(column)


class _Known:
    """What values there can be: those that are set, those that the schema names, those that values.yaml comments out."""

    def __init__(self, subject: _Subject) -> None:
        self._values, self._own = subject.merged, subject.own
        file = subject.chart.raw_file(_VALUES)
        text = go_string(file.data) if file is not None else ""
        self._commented = set(re.findall(r"^[ \t]*#.*?([\w-]+)[\"']?:", text, re.MULTILINE))
        self._schema = _parsed(subject.chart.schema)

    def names(self, path: Path) -> Iterable[str]:
        """The names that are set in a table."""
        table = _look_up(self._values, path)
        return table.keys() if isinstance(table, dict) else ()

    def missing(self, path: Path) -> Path | None:
        """The first part of a path that cannot be there; None where it may be."""
        if ANY in path or path[:1] == ("global",):
            return None
        table: Any = self._values
        for end, name in enumerate(path):
            here = path[: end + 1]
            if not isinstance(table, dict) or (end and not table) or self._is_null(here):
                return None
            if name not in table:
                return None if name in self._commented or self._in_schema(here) else here
            table = table[name]
        return None

    def _is_null(self, path: Path) -> bool:
        """Whether values.yaml has the name without a value: coalescing drops it, but the chart knows of it."""
        return _is_set(self._own, path) and _look_up(self._own, path) is None

    def _in_schema(self, path: Path) -> bool:
        schema = self._schema
        for name in path:
            if not isinstance(schema, dict):
                return False
            if any(key in schema for key in ("$ref", "allOf", "anyOf", "oneOf", "patternProperties")):
                return True
            properties = schema.get("properties")
            schema = properties.get(name) if isinstance(properties, dict) else None
        return schema is not None


def _parsed(schema: bytes | None) -> Any:
    try:
        return json.loads(go_string(schema)) if schema is not None else None
    except GoError:
        return None


def _look_up(value: Any, path: Path) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _is_set(values: Any, path: Path) -> bool:
    table = _look_up(values, path[:-1])
    return isinstance(table, dict) and path[-1] in table
