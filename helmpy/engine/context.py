"""The context of every template: the top-level one scoped to each chart of the tree.

Called by `render`. A subchart's `.Values` is the table of its name in the parent's values, shared with it.
"""

from helmpy.annotations import Any
from helmpy.chart.model import Chart
from helmpy.engine.files import Files
from helmpy.engine.objects import SharedValues, Values, chart_object
from helmpy.golang.types import GoError, go_string
from helmpy.records import FrozenRecord


class Renderable(FrozenRecord):
    """A template file: its text, the context of its chart, and the path of the chart's templates."""

    text: str
    context: Values
    base_path: str


def renderables(chart: Chart, top: dict[str, Any]) -> dict[str, Renderable]:
    """Every template file of a chart and its subcharts, by full path ("c/charts/sub/templates/x.yaml")."""
    found: dict[str, Renderable] = {}
    _collect(chart, top, found)
    return found


def _collect(chart: Chart, outer: dict[str, Any], found: dict[str, Renderable]) -> Values:
    subcharts: dict[str, Any] = {}
    context = Values(
        Chart=chart_object(chart.metadata, is_root=chart.is_root),
        Files=Files.of(chart.files),
        Release=outer.get("Release"),
        Capabilities=outer.get("Capabilities"),
        Values=_values(chart, outer),
        Subcharts=subcharts,
    )
    for child in chart.dependencies:
        subcharts[child.name] = _collect(child, context, found)
    path = chart.full_path
    library = chart.metadata.type.lower() == "library"
    for file in chart.templates:
        if not library or file.name.rpartition("/")[2].startswith("_"):
            found[f"{path}/{file.name}"] = Renderable(go_string(file.data), context, f"{path}/templates")
    return context


def _values(chart: Chart, outer: dict[str, Any]) -> Values:
    values = outer.get("Values")
    if not isinstance(values, dict):
        return Values()
    typed = values if isinstance(values, Values) else SharedValues(values)
    if chart.is_root:
        return typed
    try:
        return typed.table(chart.name)
    except GoError:
        return Values()
