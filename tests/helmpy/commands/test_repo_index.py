import json
import re
from pathlib import Path

import pytest

from helmpy.chart import archive, loader

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "golden" / "render" / "index.jsonl").read_text("utf-8").splitlines()
]


def masked(text):
    text = re.sub(r'(created|generated): "(?!2020-01-01T00:00:00Z|2019-01-01T00:00:00Z)[^"]*"', r'\1: "TIME"', text)
    return re.sub(r"digest: [0-9a-f]{64}", "digest: DIGEST", text)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row["command"][1:]))
def test_golden(row, home, run_cli, write_tree):
    (home / "repo").mkdir()
    for number, package in enumerate(row["packages"]):
        write_tree(home / f"src{number}", {"Chart.yaml": package["Chart.yaml"]})
        archive.save(loader.load(home / f"src{number}"), home / package["folder"])
    if "old.yaml" in row:
        (home / "old.yaml").write_text(row["old.yaml"])
    result = run_cli(*row["command"])
    if "error" in row:
        assert (result.exit, result.stderr) == (1, row["error"].replace("DIR", str(home)))
        return
    assert result == (0, "", "")
    assert masked((home / "repo" / "index.yaml").read_text()) == masked(row["index"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "apiVersion: v1\nentries:\n  a:\n  - {name: a, version: 1.0.0, urls: [x], name: b}\n  a:\n  - {name: a}\n",
            'error converting YAML to JSON: yaml: unmarshal errors:\n  line 4: key "name" already set in map\n  line 6: key "a" already set in map',
        ),
        (
            "apiVersion: v1\nfoo: 1\nentries: {}\n",
            'error unmarshaling JSON: while decoding JSON: json: unknown field "foo"',
        ),
        ("entries: {}\n", "no API version specified"),
        ("", "empty index.yaml file"),
        (
            "[]",
            "json: cannot unmarshal array into Go value of type repo.IndexFile",
        ),
    ],
)
def test_bad_index(text, problem, home, run_cli):
    (home / "repo").mkdir()
    (home / "old.yaml").write_text(text)
    result = run_cli("repo", "index", "repo", "--merge", "old.yaml")
    assert result == (1, "", f"Error: merge failed: error loading old.yaml: {problem}\n")


def test_json(home, run_cli):
    run_cli("create", "a")
    run_cli("package", "a", "-d", "repo")
    assert run_cli("repo", "index", "repo", "--json").exit == 0
    index = json.loads((home / "repo" / "index.yaml").read_text())
    assert [entry["version"] for entry in index["entries"]["a"]] == ["0.1.0"]
