"""What one run keeps for the next: found again when sound, computed again otherwise."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helmpy import disk_cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, turned on."""
    monkeypatch.delenv("HELMPY_NO_CACHE", raising=False)
    monkeypatch.setenv("HELMPY_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "memos"


class Counted:
    """A computation that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> dict[str, list[int]]:
        self.calls += 1
        return {"a": [1]}


def remembered(compute: Callable[[], object], subject: str = "s", kind: str = "k", text: bytes = b"t") -> object:
    """One value as a run would ask for it."""
    with disk_cache.memo(subject):
        return disk_cache.remembered(kind, text, compute)


def test_values_are_remembered(folder: Path) -> None:
    """Across runs, by kind and text; other subjects, kinds and texts are computed."""
    compute = Counted()
    assert remembered(compute) == remembered(compute) == {"a": [1]}
    assert compute.calls == 1
    remembered(compute, subject="other")
    remembered(compute, kind="other")
    remembered(compute, text=b"other")
    assert compute.calls == 4
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_nobody_sees_changes(folder: Path) -> None:
    """Each caller gets a value of its own."""
    compute = Counted()
    remembered(compute)
    with disk_cache.memo("s"):
        disk_cache.remembered("k", b"t", compute)["a"].append(2)
        assert disk_cache.remembered("k", b"t", compute) == {"a": [1]}
    assert compute.calls == 1


def test_nothing_is_kept_without_a_memo(folder: Path) -> None:
    """Library calls leave no trace."""
    compute = Counted()
    for _ in range(2):
        disk_cache.remembered("k", b"t", compute)
    assert compute.calls == 2
    assert not folder.exists()


def test_failures_are_not_kept(folder: Path) -> None:
    """An error is raised each time."""

    def fail() -> None:
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            remembered(fail)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), id="changed"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.chmod(0o644), id="open"),
        pytest.param(lambda path: path.parent.chmod(0o777), id="open folder"),
        pytest.param(lambda path: path.parent.joinpath("key").write_bytes(b"k" * 32), id="other key"),
        pytest.param(lambda path: (path.rename(path.parent / "x"), path.symlink_to("x")), id="link"),
    ],
)
def test_unsound_files_are_not_read(spoil: Callable[[Path], object], folder: Path) -> None:
    """Tampering only costs the time to compute again."""
    compute = Counted()
    remembered(compute)
    spoil(next(path for path in folder.iterdir() if path.name != "key"))
    assert remembered(compute) == {"a": [1]}
    assert compute.calls == 2


def test_values_nested_too_deeply_are_left_out(folder: Path) -> None:
    """They are computed each time."""
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert remembered(lambda: deep) is deep
    assert remembered(lambda: 1) == 1


def test_what_is_no_longer_used_goes(folder: Path) -> None:
    """A memo holds a few times what one run needs."""
    for number in range(10):
        remembered(lambda: "x" * 1000, text=str(number).encode())
    size = max(path.stat().st_size for path in folder.iterdir())
    assert size < 6000


def test_what_could_not_be_computed_is_not_kept(folder: Path) -> None:
    """A run that ends in an error still saves the rest, and drops what it did not use."""
    with disk_cache.memo("s"):
        for number in range(10):
            disk_cache.remembered("k", str(number).encode(), lambda: 1)
    with disk_cache.memo("s"):
        disk_cache.remembered("k", b"new", lambda: 2)
        with pytest.raises(ZeroDivisionError):
            disk_cache.remembered("k", b"bad", lambda: 1 // 0)
    compute = Counted()
    assert remembered(compute, text=b"new") == 2
    assert compute.calls == 0


def test_shelves_are_bounded(folder: Path) -> None:
    """Old files give way."""
    shelf = disk_cache.Shelf.of("memos")
    assert shelf is not None
    for number in range(6):
        shelf.write(str(number), number, most=3)
    assert len(list(folder.iterdir())) == 4
    assert shelf.read("5") == 5
