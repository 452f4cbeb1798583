"""Start-up is a feature: what hot commands import, counted, and what click knows of them, written down.

Modules are counted instead of milliseconds, which would differ from machine to machine.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from helmpy.chart import scaffold
from helmpy.commands import fast, readings

FOREIGN = frozenset(
    "aiohttp argparse ast asyncio click cryptography dataclasses datetime gzip hashlib importlib.metadata inspect "
    "jinja2 json jsonschema_rs logging orjson pathlib re2 requests rich semver socket ssl subprocess tarfile tempfile urllib "
    "yaml".split()
)
"""Modules that no hot command needs; each costs more than rendering a small chart."""


def imported(arguments: list[str], environment: Mapping[str, str]) -> set[str]:
    """The modules of a process that ran a command line."""
    code = (
        "import runpy, sys\n"
        "try:\n    runpy.run_module('helmpy', run_name='__main__', alter_sys=True)\n"
        "except SystemExit as end:\n    assert not end.code, end.code\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, check=True
    )
    return set(done.stderr.split())


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with a cache of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELM", "PYTHON"))}
    return {**kept, "HELMPY_CACHE_HOME": str(tmp_path / "cache")}


def own(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] in ("helmpy", "cluster_core", "repo_server")}


def test_version(environment: dict[str, str]) -> None:
    """Prints a line; needs next to nothing."""
    modules = imported(["version"], environment)
    assert not modules & (FOREIGN | {"re", "typing"})
    assert len(own(modules)) <= 4


def test_warm_template(environment: dict[str, str], tmp_path: Path) -> None:
    """The second run finds all that the first worked out: nothing is parsed, no regular expression compiled for it."""
    chart = str(scaffold.create("web", tmp_path))
    imported(["template", "r", chart], environment)
    warm = imported(["template", "r", chart], environment)
    assert not warm & FOREIGN
    assert len(own(warm)) <= 80
    unneeded = ("gotemplate.parser", "gotemplate.lexer", "gotemplate.compiler", "yaml.loader", "values.sources", "kube")
    assert not warm & {f"helmpy.{name}" for name in unneeded}
    assert not any(name.startswith("cluster_core") for name in warm)


def test_template_without_cache(environment: dict[str, str], tmp_path: Path) -> None:
    """Without a cache there is still no need of click."""
    chart = str(scaffold.create("web", tmp_path))
    modules = imported(["template", "r", chart], {**environment, "HELMPY_NO_CACHE": "1"})
    assert not modules & FOREIGN


def test_readings_are_current() -> None:
    """The flags of hot commands have not changed since they were written down."""
    current = Path(readings.__file__).read_text() == fast.written()
    assert current, "run `python -m helmpy.commands.fast`, which writes helmpy/commands/readings.py"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["template"], id="too few arguments"),
        pytest.param(["template", "--help"], id="help"),
        pytest.param(["template", "r", ".", "--nosuch"], id="unknown flag"),
        pytest.param(["template", "r", ".", "--timeout", "5m"], id="flag with a type of its own"),
        pytest.param(["template", "r", ".", "--debug=maybe"], id="no boolean"),
    ],
)
def test_unusual_command_lines_are_left_to_click(arguments: list[str]) -> None:
    """The fast path does nothing then."""
    assert fast.run(arguments) is None


def test_completion_is_left_to_click(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell asks through an environment variable."""
    monkeypatch.setenv("_HELMPY_COMPLETE", "bash_complete")
    assert fast.run(["template", "r", "."]) is None


def test_same_errors_either_way(environment: dict[str, str], tmp_path: Path) -> None:
    """Exit code and text do not depend on the way."""
    told = [
        subprocess.run(
            [sys.executable, "-m", "helmpy", *before, "template", "r", "./nosuch"],
            capture_output=True, text=True, env=environment, cwd=tmp_path, check=False,
        )
        for before in ([], ["--debug=false"])
    ]  # fmt: skip
    assert told[0].stderr == told[1].stderr == 'Error: path "./nosuch" not found\n'
    assert told[0].returncode == told[1].returncode == 1
