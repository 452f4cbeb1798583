import pytest

from helmpy.chart import loader, scaffold
from helmpy.errors import ChartError


def test_the_starter_is_a_chart(tmp_path):
    path = scaffold.create("my-app", tmp_path)
    chart = loader.load(path)
    assert chart.name == "my-app"
    assert {"replicaCount", "image", "service", "ingress", "httpRoute", "autoscaling"} <= set(chart.values)
    assert not any(b"STARTER" in file.data for file in chart.raw)
    assert (path / "charts").is_dir()


def test_files_in_the_way_are_overwritten_with_a_warning(tmp_path):
    scaffold.create("a", tmp_path)
    (tmp_path / "a" / "own.txt").write_text("kept")
    warnings: list[str] = []
    scaffold.create("a", tmp_path, warnings.append)
    assert len(warnings) == 12
    assert warnings[0] == f'WARNING: File "{tmp_path}/a/Chart.yaml" already exists. Overwriting.\n'
    assert (tmp_path / "a" / "own.txt").read_text() == "kept"


@pytest.mark.parametrize("name", ["", "a/b", "a b", "é", "a" * 251, "..", "."])
def test_bad_names(tmp_path, name):
    with pytest.raises(ChartError, match="chart name"):
        scaffold.create(name, tmp_path)


def test_bad_places(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ChartError, match="no such file"):
        scaffold.create("a", tmp_path / "no")
    with pytest.raises(ChartError, match="no such directory"):
        scaffold.create("a", tmp_path / "file")
    with pytest.raises(ChartError, match="already exists and is not a directory"):
        scaffold.create("file", tmp_path)


def test_links_are_not_written_through(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("keep")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "values.yaml").symlink_to(victim)
    with pytest.raises(ChartError, match="symbolic link"):
        scaffold.create("a", tmp_path)
    assert victim.read_text() == "keep"


def test_starters_of_the_user(tmp_path, chart_dir):
    starter = chart_dir(
        {"values.yaml": "name: <CHARTNAME> # c\n", "templates/a.yaml": "n: <CHARTNAME>", "x.txt": "<CHARTNAME>"}
    )
    path = scaffold.create_from("new", tmp_path, starter)
    assert (path / "templates" / "a.yaml").read_text() == "n: new"
    assert (path / "values.yaml").read_text() == "name: new # c\n"
    assert (path / "x.txt").read_text() == "<CHARTNAME>"
    assert loader.load(path).metadata.app_version == "0.1.0"
    with pytest.raises(ChartError, match="could not load"):
        scaffold.create_from("new2", tmp_path, tmp_path / "missing")
