"""Running the command line in process, as a user would, in an empty home."""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

GOLDEN = Path(__file__).parents[2] / "golden" / "render"


class Result(NamedTuple):
    """What a command left behind."""

    exit: int
    stdout: str
    stderr: str


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working directory with an empty home beside it."""
    for name in ("CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"HELM_{name}_HOME", str(tmp_path / "home" / name.lower()))
    for name in ("REPOSITORY_CONFIG", "REPOSITORY_CACHE", "CONTENT_CACHE", "REGISTRY_CONFIG", "DEBUG", "NAMESPACE"):
        monkeypatch.delenv(f"HELM_{name}", raising=False)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def run_cli(home, capfd) -> Callable[..., Result]:
    """Runs `helmpy ARGS`."""

    def run(*args: str) -> Result:
        from helmpy.commands import cli

        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.run(list(args))
        captured = capfd.readouterr()
        return Result(int(left.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def write_tree() -> Callable[[Path, Mapping[str, object]], None]:
    """Writes files by path: texts, or {"b64": …}."""

    def write(top: Path, files: Mapping[str, object]) -> None:
        for name, content in files.items():
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, dict):
                path.write_bytes(base64.b64decode(content["b64"]))
            else:
                path.write_bytes(str(content).encode())

    return write


def golden_rows(name: str) -> list[dict]:
    """The rows of a recorded table."""
    return [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines()]
