"""`template` as an action: errors that come before anything is rendered."""

from pathlib import Path

import pytest

from helmpy.actions import charts, template
from helmpy.actions.chart_source import ChartSource
from helmpy.chart import loader
from helmpy.errors import HelmpyError

CHART = "apiVersion: v2\nname: {}\nversion: 1.0.0\n"


def _chart(folder: Path, listed: bool) -> Path:
    subchart = folder / "charts" / "sub"
    subchart.mkdir(parents=True)
    (subchart / "Chart.yaml").write_text(CHART.format("sub"))
    (folder / "Chart.yaml").write_text(
        CHART.format("web") + ("dependencies: [{name: sub, version: 1.0.0}]\n" if listed else "")
    )
    return folder


@pytest.mark.parametrize(
    ("listed", "text"),
    [
        (True, "chart dependencies processing failed: type mismatch on sub: true"),
        (False, "type mismatch on sub: true"),
    ],
)
def test_values_that_do_not_fit_a_subchart(tmp_path: Path, listed: bool, text: str) -> None:
    """Listed dependencies are looked at before the values are merged, and Helm says so."""
    chart = loader.load(_chart(tmp_path / "web", listed))
    with pytest.raises(HelmpyError) as caught:
        template.template(chart, {"sub": True}, "rel", template.TemplateOptions())
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ((), "---\n# Source: c/templates/a.yaml\na: b: c\n"),
        (("templates/a.yaml",), "---\n# Source: c/templates/a.yaml\na: b: c\n"),
        (("templates/q.yaml",), ""),
    ],
)
def test_debug_shows_what_failed_if_it_was_asked_for(tmp_path: Path, wanted: tuple[str, ...], shown: str) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text(CHART.format("c"))
    (tmp_path / "templates" / "a.yaml").write_text("a: b: c\n")
    options = template.TemplateOptions(debug=True, show_only=wanted)
    done = template.template(loader.load(tmp_path), {}, "rel", options)
    assert done.text.strip() == shown.strip()
    assert "mapping values are not allowed in this context" in str(done.failure)


@pytest.mark.parametrize(("listed", "reason"), [(False, "unsupported chart dependency type"), (True, "apiVersion")])
def test_charts_of_the_next_version_are_refused(tmp_path: Path, listed: bool, reason: str) -> None:
    folder = _chart(tmp_path / "web", listed)
    (folder / "Chart.yaml").write_text((folder / "Chart.yaml").read_text().replace("v2", "v3"))
    with pytest.raises(HelmpyError, match=reason):
        charts.load(str(folder), ChartSource())
