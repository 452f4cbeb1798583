"""Compiled templates on disk: used when sound, never trusted otherwise."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helmpy.engine import cache
from helmpy.gotemplate.compiler import FunctionTable
from helmpy.gotemplate.templates import Unit

Show = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, turned on."""
    monkeypatch.delenv("HELMPY_NO_CACHE", raising=False)
    monkeypatch.setenv("HELMPY_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cache, "_memory", {})
    return tmp_path / "home" / "templates"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the texts that were parsed."""
    names: list[str] = []
    parse = Unit.parsed

    def counted(name: str, text: str, functions: FunctionTable) -> Unit:
        names.append(name)
        return parse(name, text, functions)

    monkeypatch.setattr(Unit, "parsed", counted)
    return names


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the process had ended."""
    monkeypatch.setattr(cache, "_memory", {})


def test_second_process_parses_nothing(
    folder: Path, parsed: list[str], show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle holds all that a render needs; its files are the user's alone."""
    assert show("{{ 1 }}") == "1"
    assert parsed == ["c/templates/t.yaml"]
    _forget(monkeypatch)
    assert show("{{ 1 }}") == "1"
    assert parsed == ["c/templates/t.yaml"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_was_compiled_is_kept(
    folder: Path, parsed: list[str], show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ran often, or what only the compiler can run, is kept as code."""
    text = '{{ define "a" }}{{ ($x := 1) }}{{ end }}{{ range until 60 }}{{ template "b" }}{{ end }}{{ define "b" }}B{{ end }}'
    for _ in range(3):
        _forget(monkeypatch)
        assert show(text) == "B" * 60
    assert parsed == ["c/templates/t.yaml"]


def _bundle(folder: Path) -> Path:
    return next(path for path in folder.iterdir() if path.name != "key")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), id="changed"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.chmod(0o644), id="open"),
        pytest.param(lambda path: path.parent.joinpath("key").write_bytes(b"k" * 32), id="other key"),
        pytest.param(lambda path: (path.rename(path.parent / "x"), path.symlink_to("x")), id="link"),
    ],
)
def test_unsound_bundles_are_not_read(
    spoil: Callable[[Path], object], folder: Path, parsed: list[str], show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tampering only costs the time to parse again."""
    show("{{ 1 }}")
    spoil(_bundle(folder))
    _forget(monkeypatch)
    assert show("{{ 1 }}") == "1"
    assert len(parsed) == 2


def test_open_folder_is_not_used(folder: Path, show: Show) -> None:
    """A folder that others can write to is left alone."""
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert show("{{ 1 }}") == "1"
    assert list(folder.iterdir()) == []


def test_turned_off(folder: Path, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """HELMPY_NO_CACHE=1, and a folder that cannot be made."""
    monkeypatch.setenv("HELMPY_NO_CACHE", "1")
    assert show("{{ 1 }}") == "1"
    assert not folder.exists()
    monkeypatch.delenv("HELMPY_NO_CACHE")
    monkeypatch.setenv("HELMPY_CACHE_HOME", "/dev/null/x")
    assert show("{{ 2 }}") == "2"


def test_number_of_bundles_is_bounded(folder: Path, show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old bundles give way."""
    monkeypatch.setattr(cache, "_MAX_BUNDLES", 3)
    for number in range(6):
        show(f"{{{{ {number} }}}}")
    assert len(list(folder.iterdir())) == 4


def test_tpl_texts_stay_off_the_disk(folder: Path, show: Show) -> None:
    """They come from values, which may hold secrets."""
    show("{{ tpl .Values.t . }}", values='t: "hidden {{ 1 }}"')
    assert not any(b"hidden" in path.read_bytes() for path in folder.iterdir())
