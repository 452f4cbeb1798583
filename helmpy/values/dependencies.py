"""Which subcharts take part, under which names, and what values they lend to their parent.

Called by every action that renders, before values are coalesced. Changes the chart it is given: charts are loaded anew
for each command. Must not read files.
"""

from collections.abc import Callable

from helmpy.annotations import Any
from helmpy.chart import versions
from helmpy.chart.metadata import Dependency, Metadata
from helmpy.chart.model import Chart
from helmpy.golang import fmt
from helmpy.records import replace
from helmpy.values import merge, paths

Log = Callable[[str], None]


def _silent(_message: str) -> None:
    pass


def process(chart: Chart, user_values: dict[str, Any], *, log: Log = _silent) -> None:
    """Applies conditions, tags, aliases and import-values of a chart and its subcharts, in place.

    `log` gets what Helm logs, as `level=WARN msg="…"` lines. Raises ValuesError.
    """
    _Processor(log).enable(chart, user_values, "")
    _Processor(log).import_values(chart)


def is_compatible(constraint: str, version: str) -> bool:
    """Whether a version lies in a range; False where either cannot be read."""
    try:
        return versions.Constraint(constraint).check(versions.Version.parse(version))
    except versions.VersionError:
        return False


class _Processor:
    def __init__(self, log: Log) -> None:
        self._log = log

    def enable(self, chart: Chart, values: dict[str, Any], path: str) -> None:
        """Alias and prune the subcharts of `chart`, whose values lie at `path` (ending in a dot, or empty)."""
        wanted = chart.metadata.dependencies
        if not wanted and not chart.metadata.lists_dependencies:
            return
        _set_subcharts(chart, _unlisted(chart) + _listed(chart))
        for dependency in wanted:
            dependency.name = dependency.alias or dependency.name
            dependency.enabled = True
        values = merge.coalesce(chart, values, warn=self._info)
        self._apply_tags(wanted, values)
        self._apply_conditions(wanted, values, path)
        disabled = {dependency.name for dependency in wanted if not dependency.enabled}
        kept = [subchart for subchart in chart.dependencies if subchart.name not in disabled]
        for subchart in kept:
            self.enable(subchart, values, f"{path}{subchart.name}.")
        chart.metadata.dependencies = [one for one in wanted if one.name not in disabled]
        _set_subcharts(chart, kept)

    def _apply_tags(self, wanted: list[Dependency], values: dict[str, Any]) -> None:
        tags = values.get("tags")
        if not isinstance(tags, dict):
            return
        for dependency in wanted:
            given = {name: tags[name] for name in dependency.tags if name in tags}
            for name, value in given.items():
                if not isinstance(value, bool):
                    self._warn("returned non-bool value", tag=name, chart=dependency.name)
            states = [value for value in given.values() if isinstance(value, bool)]
            dependency.enabled = any(states) or not states

    def _apply_conditions(self, wanted: list[Dependency], values: dict[str, Any], path: str) -> None:
        for dependency in wanted:
            for condition in filter(None, dependency.condition.strip().split(",")):
                try:
                    value = paths.value(values, path + condition)
                except paths.NoValueError:
                    continue
                if isinstance(value, bool):
                    dependency.enabled = value
                    break
                self._warn("returned non-bool value", path=condition, chart=dependency.name)

    def import_values(self, chart: Chart) -> None:
        """Copy what `import-values` names from the subcharts' values into the parent's, deepest first."""
        for subchart in chart.dependencies:
            self.import_values(subchart)
        if not chart.metadata.dependencies:
            return
        values = merge.merge_values(chart, {}, warn=self._info)
        imported: dict[str, Any] = {}
        for dependency in chart.metadata.dependencies:
            dependency.import_values = [
                self._import_one(dependency.name, entry, values, imported)
                for entry in dependency.import_values
                if isinstance(entry, (str, dict))
            ]
        chart.values = merge.merge_tables(merge.copy(values), imported, warn=self._info)

    def _import_one(self, name: str, entry: Any, values: dict[str, Any], imported: dict[str, Any]) -> dict[str, str]:
        """Add one import to `imported`; returns the entry with both of its paths."""
        if isinstance(entry, str):
            child, parent = f"exports.{entry}", "."
            complaint = {}
        else:
            child, parent = (fmt.value_text(entry.get(end)) for end in ("child", "parent"))
            complaint = {"chart": name}
        try:
            found = paths.table(values, f"{name}.{child}")
        except paths.NoValueError as error:
            missing = "ImportValues missing table from chart" if complaint else "ImportValues missing table"
            self._warn(missing, **complaint, error=str(error))
        else:
            merge.merge_tables(imported, placed(parent, found), warn=self._info)
        return {"child": child, "parent": parent}

    def _warn(self, message: str, **attributes: str) -> None:
        shown = "".join(f" {key}={_attribute(value)}" for key, value in attributes.items())
        self._log(f'level=WARN msg="{message}"{shown}')

    def _info(self, message: str) -> None:
        self._log(f"level=INFO msg={_attribute(message)}")


def _attribute(value: str) -> str:
    """A log attribute as slog's text handler writes it: quoted where it must be."""
    plain = value and value.isprintable() and not any(sign in value for sign in ' "=')
    return value if plain else fmt.sprintf("%q", value)


def placed(path: str, table: dict[str, Any]) -> dict[str, Any]:
    """The mapping that holds `table` at a dotted path; "." is the top."""
    if path == ".":
        return table
    for name in reversed(path.split(".")):
        table = {name: table}
    return table


def _unlisted(chart: Chart) -> list[Chart]:
    """Subcharts that Chart.yaml does not name, or names with a range that they are outside of."""
    wanted = chart.metadata.dependencies
    return [
        subchart
        for subchart in chart.dependencies
        if not any(
            one.name == subchart.name and is_compatible(one.version, subchart.metadata.version) for one in wanted
        )
    ]


def _listed(chart: Chart) -> list[Chart]:
    """For each dependency of Chart.yaml its subchart, under its alias."""
    found = (_aliased(chart.dependencies, one) for one in chart.metadata.dependencies)
    return [subchart for subchart in found if subchart is not None]


def _aliased(subcharts: list[Chart], dependency: Dependency) -> Chart | None:
    for subchart in subcharts:
        if subchart.name == dependency.name and is_compatible(dependency.version, subchart.metadata.version):
            twin = replace(subchart, metadata=_copied(subchart.metadata), dependencies=[])
            twin.add(*(replace(one) for one in subchart.dependencies))
            twin.metadata.name = dependency.alias or twin.metadata.name
            return twin
    return None


def _copied(metadata: Metadata) -> Metadata:
    return replace(metadata, dependencies=[replace(one) for one in metadata.dependencies])


def _set_subcharts(chart: Chart, subcharts: list[Chart]) -> None:
    chart.dependencies = []
    chart.add(*subcharts)
