"""Charts in memory, rendered as `helm template rel c -n ns` would."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from helmpy.chart import loader
from helmpy.chart.model import Chart, File
from helmpy.engine import capabilities, render
from helmpy.engine.render import EngineOptions, ReleaseOptions
from helmpy.golang.types import go_bytes
from helmpy.values import dependencies

DEFAULTS = EngineOptions()
CHART_YAML = 'apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: "1.0"\n'


def make_chart(files: Mapping[str, Any]) -> Chart:
    """A chart from names and texts; {"b64": …} stands for bytes."""
    data = {
        name: base64.b64decode(text["b64"]) if isinstance(text, dict) else go_bytes(text)
        for name, text in {"Chart.yaml": CHART_YAML, **files}.items()
    }
    return loader.load_files([File(name, content) for name, content in data.items()])


def render_files(files: Mapping[str, Any], options: EngineOptions = DEFAULTS) -> dict[str, str]:
    """The rendered files of such a chart."""
    chart = make_chart(files)
    dependencies.process(chart, {})
    values = render.render_values(chart, {}, ReleaseOptions("rel", "ns"), capabilities.default())
    return render.render(chart, values, options)


@pytest.fixture
def rendered() -> Callable[..., dict[str, str]]:
    """render_files as a fixture."""
    return render_files


@pytest.fixture
def show(rendered: Callable[..., dict[str, str]]) -> Callable[..., str]:
    """The output of one template text, with values.yaml and further files if given."""

    def run(template: str, values: str = "", options: EngineOptions = DEFAULTS, **files: Any) -> str:
        tree = {"templates/t.yaml": template, "values.yaml": values, **files}
        return rendered(tree, options)["c/templates/t.yaml"]

    return run


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("HELMPY_NO_CACHE", "1")
