import json
import re
from pathlib import Path

import pytest

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "golden" / "render" / "lock_digest.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    "row",
    ROWS,
    ids=lambda row: re.sub(r"\s+", " ", row["files"].get("c/requirements.yaml", row["files"]["c/Chart.yaml"])[-60:]),
)
def test_golden(row, home, run_cli, write_tree):
    write_tree(home, row["files"])
    result = run_cli(*row["command"])
    charts = home / "c" / "charts"
    if "error" in row:
        assert (result.exit, result.stderr) == (1, row["error"].replace("DIR", str(home)))
        assert sorted(path.name for path in charts.glob("*")) == row["charts"]
        return
    assert result == (0, row["stdout"].replace("DIR", str(home)), "")
    assert sorted(path.name for path in charts.iterdir()) == row["charts"]
    lock = (home / "c" / row["lock_name"]).read_text()
    assert re.sub(r"generated: .*", "generated: MASKED", lock) == row["lock"]
    for name in ("build", "list"):
        expected = row[name]
        again = run_cli("dependency", name, "c")
        assert again == (expected["exit"], expected["stdout"].replace("DIR", str(home)), expected["stderr"])
    assert not [path for path in (home / "c").iterdir() if path.name.startswith("tmpcharts")]


CHART = "apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies:\n- {name: d, version: '1', repository: 'file://../d'}\n"
SUB = "apiVersion: v2\nname: d\nversion: 1.0.0\n"


def test_lock_out_of_sync(home, run_cli, write_tree):
    write_tree(home, {"c/Chart.yaml": CHART, "d/Chart.yaml": SUB, "c/Chart.lock": "digest: sha256:x\n"})
    result = run_cli("dep", "build", "c")
    assert result.exit == 1
    assert "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml)" in result.stderr


def test_lock_with_nulls(home, run_cli, write_tree):
    write_tree(home, {"c/Chart.yaml": CHART, "d/Chart.yaml": SUB, "c/Chart.lock": "dependencies: [null]\n"})
    result = run_cli("dep", "build", "c")
    assert result == (1, "", "Error: the lock file must not contain empty or null dependencies\n")


def test_lock_that_is_a_link_is_not_written(home, run_cli, write_tree):
    write_tree(home, {"c/Chart.yaml": CHART, "d/Chart.yaml": SUB, "victim": "keep"})
    (home / "c" / "Chart.lock").symlink_to("../victim")
    assert run_cli("dependency", "update", "c").exit == 1
    (home / "c" / "Chart.lock").unlink()
    (home / "c" / "Chart.lock").symlink_to("victim2")
    assert run_cli("dependency", "update", "c").exit == 1
    assert (home / "victim").read_text() == "keep"


def test_charts_that_is_a_link_is_not_written(home, run_cli, write_tree):
    write_tree(home, {"c/Chart.yaml": CHART, "d/Chart.yaml": SUB, "else/where": ""})
    (home / "c" / "charts").symlink_to("../else")
    result = run_cli("dependency", "update", "c")
    assert result.exit == 1
    assert [path.name for path in (home / "else").iterdir()] == ["where"]


def test_failure_leaves_charts_alone(home, run_cli, write_tree):
    write_tree(home, {"c/Chart.yaml": CHART, "d/Chart.yaml": SUB})
    assert run_cli("dependency", "update", "c").exit == 0
    before = {path.name: path.read_bytes() for path in (home / "c" / "charts").iterdir()}
    text = CHART + "- {name: e, version: '1', repository: 'http://127.0.0.1:9/nothing'}\n"
    (home / "c" / "Chart.yaml").write_text(text)
    assert run_cli("dependency", "update", "c").exit == 1
    assert {path.name: path.read_bytes() for path in (home / "c" / "charts").iterdir()} == before


@pytest.mark.parametrize(
    ("repository", "problem"),
    [
        (
            "stable",
            "no repository definition for stable. Please add them via 'helm repo add'\nNote that repositories must be URLs",
        ),
        ("@mine", "no repository definition for @mine. Please add them via 'helm repo add'\n"),
        ("file://../gone", "directory gone not found"),
    ],
)
def test_repositories_nobody_knows(repository, problem, home, run_cli, write_tree):
    text = f"apiVersion: v2\nname: c\nversion: 0.1.0\ndependencies: [{{name: d, version: '1', repository: '{repository}'}}]\n"
    write_tree(home, {"c/Chart.yaml": text})
    result = run_cli("dependency", "update", "c")
    assert result.exit == 1
    assert result.stderr.startswith(f"Error: {problem}")


def test_no_dependencies(home, run_cli, write_tree):
    write_tree(home, {"c/Chart.yaml": SUB})
    assert run_cli("dependency", "list", "c") == (0, "WARNING: no dependencies at c/charts\n", "")
    assert run_cli("dependency", "update", "c") == (0, "", "")
    assert run_cli("dependency", "update", "gone").stderr == (
        "Error: could not find gone: stat gone: no such file or directory\n"
    )
