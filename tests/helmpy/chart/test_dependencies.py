import pytest

from helmpy.chart import dependencies, loader
from helmpy.chart.metadata import Dependency
from helmpy.errors import ChartError

SUB = "apiVersion: v2\nname: sub\nversion: 1.2.3\n"


def test_missing_charts_are_named(chart_dir):
    text = "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies: [{name: a}, {name: sub, version: '9'}, {name: b}]\n"
    chart = loader.load(chart_dir({"Chart.yaml": text, "charts/sub/Chart.yaml": SUB}))
    with pytest.raises(ChartError) as caught:
        dependencies.check_complete(chart)
    assert str(caught.value) == "found in Chart.yaml, but missing in charts/ directory: a, b"


def test_digest_hashes_go_json():
    asked = [Dependency("d1", ">=0.1.0", "file://../d1")]
    locked = [Dependency("d1", "0.1.0", "file://../d1")]
    assert dependencies.lock_digest(asked, locked) == (
        "sha256:e16d8754052ddfd002a446601bf7a2b18076d48c0c773937e17bc000fcdfefec"
    )


@pytest.mark.parametrize(
    ("files", "version", "status"),
    [
        ({}, "1", "missing"),
        ({"charts/sub/Chart.yaml": SUB}, "1.2.3", "unpacked"),
        ({"charts/sub/Chart.yaml": SUB}, "^1", "unpacked"),
        ({"charts/sub/Chart.yaml": SUB}, "2", "wrong version"),
        ({"charts/sub/Chart.yaml": SUB}, "?", "invalid version"),
    ],
)
def test_status(chart_dir, files, version, status):
    path = chart_dir(files)
    assert dependencies.status(path, Dependency("sub", version), loader.load(path)) == status


def test_status_of_archives(chart_dir, tmp_path):
    path = chart_dir({})
    chart = loader.load(path)
    (path / "charts").mkdir()
    dependency = Dependency("sub", "1.2.3")
    (path / "charts" / "sub-1.2.3.tgz").write_text("junk")
    assert dependencies.status(path, dependency, chart) == "corrupt"
    (path / "charts" / "sub-1.2.4.tgz").write_text("junk")
    assert dependencies.status(path, dependency, chart) == "too many matches"
