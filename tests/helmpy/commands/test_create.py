import json
from pathlib import Path

import pytest

ROWS = json.loads((Path(__file__).parents[2] / "golden" / "render" / "create.json").read_text())


@pytest.mark.parametrize("name", ROWS, ids=lambda name: name[:20])
def test_golden(name, home, run_cli):
    row = ROWS[name]
    result = run_cli("create", name)
    assert result == (row["exit"], row["stdout"], row["stderr"].replace("DIR", str(home)))
    made = sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())
    assert made == sorted(row["files"])


def test_path_and_starter(home, run_cli, monkeypatch, tmp_path):
    (home / "sub").mkdir()
    assert run_cli("create", "sub/app").exit == 0
    assert (home / "sub" / "app" / "Chart.yaml").exists()
    starters = tmp_path / "home" / "data" / "starters"
    starters.mkdir(parents=True)
    (home / "sub" / "app").rename(starters / "mine")
    assert run_cli("create", "app2", "-p", "mine").exit == 0
    assert "name: app2" in (home / "app2" / "Chart.yaml").read_text()
