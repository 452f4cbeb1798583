"""Every function row recorded from the real Helm, rendered in process."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helmpy.chart import loader
from helmpy.chart.model import File
from helmpy.engine import capabilities, render
from helmpy.engine.render import ReleaseOptions
from helmpy.errors import HelmpyError
from helmpy.golang.types import go_bytes, go_string

GOLDEN = Path(__file__).parents[2] / "golden" / "render"
CHART_YAML = 'apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: "1.0"\n'
# Added by the command line.
ERROR = "Error: {}\n\nUse --debug flag to render out invalid YAML\n"


def _rows(table: str) -> Iterator[dict[str, Any]]:
    with (GOLDEN / f"{table}.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _bytes(row: dict[str, Any], *keys: str) -> bytes | None:
    for key in keys:
        if f"{key}_b64" in row:
            return base64.b64decode(row[f"{key}_b64"])
        if key in row:
            return go_bytes(row[key])
    return None


def _content(text: Any) -> bytes:
    return base64.b64decode(text["b64"]) if isinstance(text, dict) else go_bytes(text)


def _outcome(row: dict[str, Any]) -> str:
    files = {"Chart.yaml": CHART_YAML, "values.yaml": row.get("values", ""), **row.get("files", {})}
    tree = [File(name, _content(text)) for name, text in files.items()]
    tree.append(File("templates/t.yaml", _bytes(row, "expr", "template") or b""))
    chart = loader.load_files(tree)
    try:
        values = render.render_values(chart, {}, ReleaseOptions("rel", "ns"), capabilities.default())
        return render.render(chart, values)["c/templates/t.yaml"]
    except HelmpyError as error:
        return ERROR.format(error)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("HELMPY_NO_CACHE", "1")


@pytest.mark.parametrize("table", ["functions", "dates", "regex", "semver", "more"])
def test_rows(table: str) -> None:
    """Each row gives the bytes or the error text that Helm gave."""
    wrong = []
    for row in _rows(table):
        wanted = go_string(_bytes(row, "out", "result", "error") or b"")
        got = _outcome(row)
        if got != wanted:
            wrong.append((_bytes(row, "expr", "template"), got, wanted))
    assert not wrong, f"{len(wrong)} rows differ, the first ones: {wrong[:5]}"
