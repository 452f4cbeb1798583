"""`helmpy template` with its flags as recorded from the real Helm, and notes byte for byte."""

import json
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[2] / "golden" / "render" / "manifests.jsonl"
ROWS = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]
CHART = {"Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\n"}


def _files(stdout: str) -> list[str]:
    """The printed files in any order: Helm shows those of a failing run as its map happens to yield them."""
    return sorted(piece.strip("\n") for piece in ("\n" + stdout).split("\n---\n"))


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("HELMPY_NO_CACHE", "1")


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("about", sorted({row["about"] for row in ROWS}))
def test_rows(about, home, run_cli, write_tree):
    """Output, messages and exit status of every recorded run."""
    wrong = []
    for number, row in enumerate(row for row in ROWS if row["about"] == about):
        work = home / str(number)
        write_tree(work, {**{f"c/{name}": text for name, text in row["chart"].items()}, **row.get("files", {})})
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(work)
            result = run_cli(*row["command"])
        shown = result._replace(stderr=result.stderr.replace(str(work), "DIR"))
        wanted = (row.get("exit", 0), row.get("stdout", ""), row.get("error", row.get("stderr", "")))
        if "--debug" in row["command"] and "error" in row:
            same = (shown.exit, _files(shown.stdout), shown.stderr) == (wanted[0], _files(wanted[1]), wanted[2])
        else:
            same = shown == wanted
        if not same:
            wrong.append((row["command"], tuple(shown), wanted))
    assert wrong == []


def test_notes_are_printed_as_rendered(home, run_cli, write_tree):
    """Nothing is taken from what a chart rendered when it goes to a file or a pipe."""
    write_tree(home / "c", {**CHART, "templates/NOTES.txt": '{{ "a\\r\\n\\x1b[1m\\x7f\\x1f" }}\x1c\n'})
    assert run_cli("install", "rel", "c", "--dry-run=client").stdout.endswith("\nNOTES:\na\r\n\x1b[1m\x7f\x1f\x1c\n")
