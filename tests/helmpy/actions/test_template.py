"""`template` as an action: errors that come before anything is rendered."""

from pathlib import Path

import pytest

from helmpy.actions import charts, template
from helmpy.actions.chart_source import ChartSource
from helmpy.chart import loader
from helmpy.errors import HelmpyError

TWO = "kind: A\n---\nkind: Hook\nmetadata: {annotations: {helm.sh/hook: test}}\n"
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


@pytest.mark.parametrize(
    ("output", "in_own", "files"),
    [
        ("out", False, {"out/c/crds/x.yaml", "out/c/templates/a.yaml"}),
        ("out", True, {"out/c/crds/x.yaml", "out/rel/c/templates/a.yaml"}),
        ("", True, set()),
    ],
)
def test_files_below_the_releases_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, in_own: bool, files: set[str]
) -> None:
    """`--release-name` moves documents, but not CRDs, and means nothing without `--output-dir`."""
    monkeypatch.chdir(tmp_path)
    chart = {"Chart.yaml": CHART.format("c"), "crds/x.yaml": "kind: X\n", "templates/a.yaml": TWO}
    for name, text in chart.items():
        (tmp_path / "c" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "c" / name).write_text(text)
    rendered = template.RenderOptions(include_crds=True)
    options = template.TemplateOptions(output_dir=output, release_name_in_path=in_own, rendering=rendered)
    done = template.template(loader.load("c"), {}, "rel", options)
    assert {str(path) for path in Path("out").rglob("*.yaml")} == files
    assert ("kind: Hook" in done.text) is (not output)


def test_a_post_renderer_that_fails_is_a_rendering_that_fails(tmp_path: Path) -> None:
    def renderer(_text: str) -> str:
        raise HelmpyError("no")

    (tmp_path / "Chart.yaml").write_text(CHART.format("c"))
    options = template.TemplateOptions(rendering=template.RenderOptions(post_renderer=renderer))
    with pytest.raises(HelmpyError) as caught:
        template.template(loader.load(tmp_path), {}, "rel", options)
    hint = "Use --debug flag to render out invalid YAML"
    assert str(caught.value) == f"error while running post render on files: no\n\n{hint}"
