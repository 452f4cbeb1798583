"""The folder of packages. What is in it under its final name is complete: files appear and vanish in one step.

Called by the routes, in threads. Must not know of HTTP.
"""

import contextlib
import errno
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TEMPORARY = ".upload-"
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,250}\.tgz")


class AlreadyExistsError(Exception):
    """A file of that name is there and must not be replaced."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A package: its path relative to the folder (at most one level deep), size in bytes, and time of change."""

    name: str
    size: int
    modified_ns: int
    inode: int


class Storage:
    """One folder. Packages may also lie one level deeper, as `helm repo index` allows; uploads do not go there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def clean(self) -> None:
        """Takes away what killed uploads left behind."""
        for path in self._directory.glob(f"{_TEMPORARY}*"):
            path.unlink(missing_ok=True)

    def files(self) -> list[StoredFile]:
        """The packages, in the order of their names."""
        return sorted(self._scan("", deeper=True), key=lambda file: file.name)

    def path(self, name: str) -> Path:
        """Where a package that `files` lists lies."""
        return self._directory / name

    def publish(self, name: str, data: bytes, overwrite: bool = False) -> None:
        """Makes a complete file appear under a name, durably; raises AlreadyExistsError, or ValueError for an odd name."""
        check_name(name.removesuffix(".prov"))
        with self._written(data) as temporary, self._lock:
            target = self._directory / name
            if overwrite:
                os.replace(temporary, target)
            else:
                _place(temporary, target)
        self._sync()

    def delete(self, name: str) -> bool:
        """Takes a package away, and its .prov; False if it is not there."""
        check_name(name)
        with self._lock:
            try:
                (self._directory / name).unlink()
            except FileNotFoundError:
                return False
            (self._directory / f"{name}.prov").unlink(missing_ok=True)
        self._sync()
        return True

    def _scan(self, folder: str, deeper: bool) -> Iterator[StoredFile]:
        with contextlib.suppress(FileNotFoundError), os.scandir(self._directory / folder) as entries:
            for entry in entries:
                name = f"{folder}/{entry.name}" if folder else entry.name
                if entry.name.startswith(".") or entry.is_symlink():
                    continue
                if deeper and entry.is_dir():
                    yield from self._scan(name, deeper=False)
                elif entry.name.endswith(".tgz") and entry.is_file(follow_symlinks=False):
                    info = entry.stat(follow_symlinks=False)
                    yield StoredFile(name, info.st_size, info.st_mtime_ns, info.st_ino)

    @contextlib.contextmanager
    def _written(self, data: bytes) -> Iterator[str]:
        """A temporary file with the data, on disk; gone afterwards unless it got its name."""
        handle, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=self._directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                os.fsync(file.fileno())
            yield temporary
        finally:
            Path(temporary).unlink(missing_ok=True)

    def _sync(self) -> None:
        handle = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def check_name(name: str) -> None:
    """Raises ValueError unless this is a plain file name of a package."""
    if not _PACKAGE.fullmatch(name) or ".." in name:
        raise ValueError(f"{name!r} is no name for a package")


def _place(temporary: str, target: Path) -> None:
    """Gives a file its name only if nobody has it: a hard link is refused by the system if the name is taken."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise AlreadyExistsError(target.name) from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        # A file system without hard links: the lock keeps other uploads of this server away.
        if os.path.lexists(target):
            raise AlreadyExistsError(target.name) from None
        os.replace(temporary, target)
