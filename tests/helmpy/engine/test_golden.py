"""The language rows recorded from the real Helm, rendered in process."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helmpy.errors import ChartError, HelmpyError
from helmpy.golang.types import GoError, go_bytes, go_string
from helmpy.gotemplate.templates import TemplateSet
from helmpy.release import manifest

ROWS = Path(__file__).parents[2] / "golden" / "render" / "language.jsonl"
LOG_LINE = re.compile(r"^level=.*\n", re.MULTILINE)
# Added by the command line.
ERROR = "Error: {}\n\nUse --debug flag to render out invalid YAML\n"


def _rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in ROWS.read_text("utf-8").splitlines()]


def _text(row: dict[str, Any], key: str) -> str | None:
    if f"{key}_b64" in row:
        return go_string(base64.b64decode(row[f"{key}_b64"]))
    return row.get(key)


def _tree(row: dict[str, Any]) -> dict[str, Any]:
    files = dict(row.get("files", {}))
    template = _text(row, "template")
    if template is not None:
        files["templates/t.yaml"] = {"b64": base64.b64encode(go_bytes(template)).decode()}
    if "values" in row:
        files["values.yaml"] = row["values"]
    return files


def _outcome(render: Callable[..., dict[str, str]], row: dict[str, Any]) -> str:
    """What the row records: one file's text, the manifests, or stderr."""
    try:
        files = render(_tree(row))
        if "template" in row or "template_b64" in row:
            return files["c/templates/t.yaml"]
        _, manifests = manifest.sort({path: text for path, text in files.items() if not path.endswith("NOTES.txt")})
        return manifest.text_of(manifests).rstrip() + "\n"
    except ChartError as error:
        return f"Error: {error}\n"
    except (HelmpyError, GoError) as error:
        return ERROR.format(error)


@pytest.fixture(params=["interpreted", "compiled"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to run a template."""
    monkeypatch.setattr(TemplateSet, "interprets", request.param == "interpreted")


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("about", sorted({row["about"] for row in _rows()}))
def test_language_rows(about: str, rendered: Callable[..., dict[str, str]]) -> None:
    """Every row about one part of the language gives the bytes that Helm gave."""
    wrong = []
    for row in _rows():
        if row["about"] != about:
            continue
        wanted = next(text for key in ("out", "stdout", "error") if (text := _text(row, key)) is not None)
        got = _outcome(rendered, row)
        if got != LOG_LINE.sub("", wanted):
            wrong.append((row.get("template") or row.get("files"), got, wanted))
    assert wrong == []
