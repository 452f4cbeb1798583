"""Where a value comes from: every source that says something about a path, the strongest last.

Called by `helmpy values explain`. Must not decide what wins: `merge` does, and the tests hold both together.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from helmpy.chart.model import Chart
from helmpy.errors import HelmpyError
from helmpy.values import dependencies, paths, sources
from helmpy.values.merge import GLOBAL
from helmpy.yaml import loader

Parts = tuple[str, ...]


def explain(
    chart: Chart, given: sources.ValueSources, path: str, *, read: sources.Read = sources.read_file
) -> list[tuple[str, Any]]:
    """(source, value) of every source that sets `path`, from the lowest to the highest.

    `path` ("sub.image.tag") is as the root chart sees it. A source is "c/charts/sub/values.yaml", "-f prod.yaml" or
    "--set a=1". Mappings merge, all else replaces what is before it. The dependencies of `chart` must have been
    processed. Raises ValuesError for flags that cannot be read.
    """
    return Setters(chart, given, read=read).of(tuple(path.split(".")))


class Setters:
    """Who sets what in a chart and its values; reads the values files once. `explain` says what the arguments mean."""

    def __init__(self, chart: Chart, given: sources.ValueSources, *, read: sources.Read = sources.read_file) -> None:
        self._chart = chart
        self._user = list(_user_layers(given, read))

    def of(self, path: Parts) -> list[tuple[str, Any]]:
        """(source, value) of every source that sets a path, from the lowest to the highest."""
        found = []
        for parts in _readings(self._chart, path):
            layers = [*_chart_layers(self._chart, parts), *((source, values, parts) for source, values in self._user)]
            for source, values, rest in layers:
                is_set, value = look_up(values, rest)
                if is_set:
                    found.append((source, value))
        return found

    def last(self, path: Parts) -> str:
        """Who set a path last, or what is around it (items of lists are set with their list); empty if nobody did.

        For messages: the argument of a flag is left out if it names something secret.
        """
        while path:
            found = self.of(path)
            if found:
                source = found[-1][0]
                return without_value(source) if source.startswith("--") and is_secret(source) else source
            path = path[:-1]
        return ""


def is_secret(name: str) -> bool:
    """Whether a name says that what it stands for must not be shown."""
    import re

    return re.search("passw|secret|token|credential|private|api_?key", name, re.IGNORECASE) is not None


def without_value(source: str) -> str:
    """A source of which only the flag may be shown."""
    return f"{source.split(' ')[0]} (hidden)" if source.startswith("--") else source


def setters(chart: Chart, given: sources.ValueSources, read: sources.Read) -> Setters | None:
    """Who sets what, for messages; None when the values cannot be read a second time (standard input)."""
    if "-" in (name.strip() for name in given.values):
        return None
    try:
        return Setters(chart, given, read=read)
    except (HelmpyError, OSError):
        return None


def refined(values: Any, path: Parts, field: Sequence[str | int]) -> Parts:
    """The value below `path` that became `field` of an object, if its name tells: `resources` and
    `spec.containers[0].resources.limits.cpu` give `resources.limits.cpu`.
    """
    is_set, value = look_up(values, path)
    if not is_set or not isinstance(value, (dict, list)):
        return path
    for start in range(len(field)):
        rest = tuple(map(str, field[start:]))
        if look_up(value, rest)[0]:
            return (*path, *rest)
    return path


def _readings(chart: Chart, parts: Parts) -> Iterator[Parts]:
    """The path, and for a global of a subchart the same global of each chart above it, which wins."""
    yield parts
    at = _depth_of_charts(chart, parts)
    if parts[at : at + 1] == (GLOBAL,):
        for above in range(at - 1, -1, -1):
            yield parts[:above] + parts[at:]


def _depth_of_charts(chart: Chart, parts: Parts) -> int:
    """How many parts of the path name subcharts."""
    for depth, name in enumerate(parts):
        below = next((subchart for subchart in chart.dependencies if subchart.name == name), None)
        if below is None:
            return depth
        chart = below
    return len(parts)


def _chart_layers(chart: Chart, parts: Parts) -> list[tuple[str, dict[str, Any], Parts]]:
    """values.yaml of the charts that the path goes through, the deepest first, each with what is left of the path."""
    layers = [(source, values, parts) for source, values in (*_imports(chart), *_own(chart))]
    for subchart in chart.dependencies:
        if parts and subchart.name == parts[0]:
            layers = _chart_layers(subchart, parts[1:]) + layers
    return layers


def _own(chart: Chart) -> Iterator[tuple[str, dict[str, Any]]]:
    """values.yaml as it was read: processing dependencies writes more into `chart.values`."""
    file = chart.raw_file("values.yaml")
    values = loader.load_values(file.data) if file is not None else {} if chart.raw else chart.values
    yield f"{chart.full_path}/values.yaml", values


def _imports(chart: Chart) -> Iterator[tuple[str, dict[str, Any]]]:
    """What `import-values` brings from the subcharts."""
    subcharts = {subchart.name: subchart for subchart in chart.dependencies}
    for dependency in chart.metadata.dependencies:
        subchart = subcharts.get(dependency.name)
        if subchart is None:
            continue
        for entry in dependency.import_values:
            try:
                table = paths.table(subchart.values, entry["child"])
            except paths.NoValueError:
                continue
            yield f"import-values {subchart.full_path}: {entry['child']}", dependencies.placed(entry["parent"], table)


def _user_layers(given: sources.ValueSources, read: sources.Read) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each flag says by itself."""
    for kind, argument in sources.ordered(given):
        values: dict[str, Any] = {}
        sources.apply(kind, argument, values, read)
        yield f"-f {argument}" if kind == "values" else f"--{kind} {argument}", values


def look_up(values: Any, parts: Parts) -> tuple[bool, Any]:
    """Whether the path is set, and to what; a null on the way counts as a value of all below it.

    Items of lists go by their number.
    """
    for part in parts:
        if values is None:
            return True, None
        if isinstance(values, list) and part.isdecimal() and int(part) < len(values):
            values = values[int(part)]
            continue
        if not isinstance(values, dict) or part not in values:
            return False, None
        values = values[part]
    return True, values
