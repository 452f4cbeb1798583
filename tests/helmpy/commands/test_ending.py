"""How commands end: one message, never a traceback, whatever went wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from helmpy.commands import cli, ending, settings
from helmpy.errors import HelmpyError, KubeError


def _raise(error: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


def _wrapped() -> int:
    inner = KubeError("not ready")
    inner.add_note("  pod a: waiting")
    try:
        raise inner
    except KubeError as error:
        raise KubeError(f"INSTALLATION FAILED: {error}") from error


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        (lambda: None, 0, ""),
        (lambda: 3, 3, ""),
        (_raise(HelmpyError("no")), 1, "Error: no\n"),
        (_raise(HelmpyError("bad\x1b[31m\x07name")), 1, "Error: bad[31mname\n"),
        (_wrapped, 1, "Error: INSTALLATION FAILED: not ready\n  pod a: waiting\n"),
        (_raise(KeyboardInterrupt()), 130, "Error: interrupted\n"),
        (_raise(RecursionError("deep")), 1, "Error: the input is nested too deeply\n"),
        (
            _raise(FileNotFoundError(2, "No such file or directory", "x/y")),
            1,
            "Error: x/y: no such file or directory\n",
        ),
        (
            _raise(ConnectionResetError(104, "Connection reset by peer")),
            1,
            "Error: ConnectionResetError: connection reset by peer\n",
        ),
        (_raise(MemoryError()), 1, "Error: not enough memory for this input\n"),
    ],
)
def test_endings(
    command: Callable[[], int | None], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (ending.exit_code(command), capsys.readouterr().err) == (code, message)


def test_a_fault_of_ours_is_one_line_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    settings.use({})
    assert ending.exit_code(_raise(KeyError("s3cret"))) == 1
    text = capsys.readouterr().err
    assert re.fullmatch(r"Error: internal error: KeyError at \S+:\d+ \(run with --debug for the traceback\)\n", text)


def test_debug_shows_where_a_fault_is(capsys: pytest.CaptureFixture[str]) -> None:
    settings.use({"debug": True})
    assert ending.exit_code(_raise(KeyError("name"))) == 1
    settings.use({})
    text = capsys.readouterr().err
    assert "Traceback" in text
    assert text.endswith("Error: internal error: KeyError: 'name'\n")


def test_an_error_that_is_its_own_cause_ends(capsys: pytest.CaptureFixture[str]) -> None:
    error = HelmpyError("loop")
    error.__cause__ = error
    assert ending.exit_code(_raise(error)) == 1
    assert capsys.readouterr().err == "Error: loop\n"


DEEP = {
    "values.yaml": "a: " + "[" * 10_000 + "]" * 10_000 + "\n",
    "flow.yaml": "".join("{a: " for _ in range(10_000)) + "}" * 10_000 + "\n",
    "block.yaml": "a: " + "\n  " + "- " * 12_000 + "b\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_values_are_refused_in_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELMPY_EPHEMERAL", "1")
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: deep\nversion: 0.1.0\n")
    (tmp_path / "deep.yaml").write_text(DEEP[name])
    with pytest.raises(SystemExit) as left:
        cli.run(["install", "x", str(tmp_path), "-f", str(tmp_path / "deep.yaml")])
    assert left.value.code == 1
    text = capsys.readouterr().err
    assert text.startswith("Error: ")
    assert len(text.splitlines()) == 1
    assert len(text) < 500
