"""Texts of a chart: its definition, default values, README and CRDs."""

from helmpy.chart import loader
from helmpy.chart.model import Chart
from helmpy.golang.types import go_string

ALL, CHART, VALUES, README, CRDS = "all", "chart", "values", "readme", "crds"
_READMES = ("readme.md", "readme.txt", "readme")


def show(path: str, part: str) -> str:
    """One part of the chart at `path`, or all of them separated by `---`. Raises ChartError."""
    chart = loader.load(path, any_version=True)
    everything = part == ALL
    rule = "---\n" if everything else ""
    texts = [_definition(chart)] if part in (ALL, CHART) else []
    if part in (ALL, VALUES):
        texts.append(rule + _values(chart) if chart.raw_file("values.yaml") else "")
    if part in (ALL, README) and (readme := _readme(chart)) is not None:
        texts.append(f"{rule}{readme}\n")
    if part in (ALL, CRDS):
        texts += [_crd(crd.data) for crd in chart.crds]
    return "".join(texts)


def _definition(chart: Chart) -> str:
    from helmpy.yaml import emitter

    return emitter.dump(chart.metadata.to_dict()) + "\n"


def _values(chart: Chart) -> str:
    file = chart.raw_file("values.yaml")
    return go_string(file.data) + "\n" if file else ""


def _readme(chart: Chart) -> str | None:
    return next((go_string(file.data) for file in chart.files if file.name.lower() in _READMES), None)


def _crd(data: bytes) -> str:
    return ("" if data.startswith(b"---") else "---\n") + go_string(data) + "\n"
