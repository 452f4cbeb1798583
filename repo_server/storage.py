"""Where packages lie: a folder, or an object store by URL (`s3://bucket/charts`, whatever fsspec knows).

What is there under its final name is complete: packages appear and vanish in one step. Called by the routes, in threads.
Must not know of HTTP.
"""

import contextlib
import errno
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

_TEMPORARY = ".upload-"
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,250}\.tgz")


class AlreadyExistsError(Exception):
    """A file of that name is there and must not be replaced."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A package: its path relative to the folder (at most one level deep), size in bytes, time of change (nanoseconds since
    1970), and whatever else changes when its content does."""

    name: str
    size: int
    modified_ns: int
    identity: str


class Storage(Protocol):
    """What the server needs of a place for packages."""

    def clean(self) -> None:
        """Takes away what killed uploads left behind."""

    def files(self) -> list[StoredFile]:
        """The packages, in the order of their names."""

    def read(self, name: str) -> bytes | None:
        """A package or provenance file; None if it is not there."""

    def local_path(self, name: str) -> Path | None:
        """The same as a file on disk, if it is one."""

    def publish(self, name: str, data: bytes, overwrite: bool = False) -> None:
        """Makes a complete file appear under a name, durably; raises AlreadyExistsError, or ValueError for an odd name."""

    def delete(self, name: str) -> bool:
        """Takes a package away, and its .prov; False if it is not there."""


def open_storage(place: str | Path) -> Storage:
    """The storage for a path or URL."""
    is_url = isinstance(place, str) and "://" in place
    return ObjectStorage(str(place)) if is_url else FolderStorage(Path(place))


class FolderStorage:
    """One folder. Packages may also lie one level deeper, as `helm repo index` allows; uploads do not go there."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def clean(self) -> None:
        for path in self._directory.glob(f"{_TEMPORARY}*"):
            path.unlink(missing_ok=True)

    def files(self) -> list[StoredFile]:
        return sorted(self._scan("", deeper=True), key=lambda file: file.name)

    def read(self, name: str) -> bytes | None:
        path = self.local_path(name)
        return None if path is None else path.read_bytes()

    def local_path(self, name: str) -> Path | None:
        path = self._directory / name
        return path if path.is_file() and not path.is_symlink() else None

    def publish(self, name: str, data: bytes, overwrite: bool = False) -> None:
        check_name(name.removesuffix(".prov"))
        with self._written(data) as temporary, self._lock:
            target = self._directory / name
            if overwrite:
                os.replace(temporary, target)
            else:
                _place(temporary, target)
        self._sync()

    def delete(self, name: str) -> bool:
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
                    yield StoredFile(name, info.st_size, info.st_mtime_ns, str(info.st_ino))

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


class ObjectStorage:
    """An object store through fsspec. Its uploads are complete or absent by nature; that a version is not there yet is
    checked under a lock of this server, so only one server may write to a place."""

    def __init__(self, url: str) -> None:
        import fsspec

        self._files, self._root = fsspec.core.url_to_fs(url)
        self._lock = threading.Lock()

    def clean(self) -> None:
        """Nothing: half an upload never shows."""

    def files(self) -> list[StoredFile]:
        return sorted(self._scan(self._root, "", deeper=True), key=lambda file: file.name)

    def read(self, name: str) -> bytes | None:
        try:
            return bytes(self._files.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def local_path(self, name: str) -> Path | None:
        return None

    def publish(self, name: str, data: bytes, overwrite: bool = False) -> None:
        check_name(name.removesuffix(".prov"))
        target = f"{self._root}/{name}"
        with self._lock:
            if not overwrite and self._files.exists(target):
                raise AlreadyExistsError(name)
            self._files.pipe_file(target, data)

    def delete(self, name: str) -> bool:
        check_name(name)
        target = f"{self._root}/{name}"
        with self._lock:
            if not self._files.exists(target):
                return False
            self._files.rm_file(target)
            with contextlib.suppress(FileNotFoundError):
                self._files.rm_file(f"{target}.prov")
        return True

    def _scan(self, folder: str, prefix: str, deeper: bool) -> Iterator[StoredFile]:
        self._files.invalidate_cache()
        try:
            entries: list[dict[str, Any]] = self._files.ls(folder, detail=True)
        except FileNotFoundError:
            return
        for entry in entries:
            name = entry["name"].rstrip("/").rpartition("/")[2]
            if entry["type"] == "directory" and deeper:
                yield from self._scan(entry["name"], f"{name}/", deeper=False)
            elif entry["type"] == "file" and name.endswith(".tgz") and not name.startswith("."):
                identity = str(entry.get("ETag") or entry.get("etag") or entry.get("md5Hash") or "")
                yield StoredFile(prefix + name, int(entry["size"] or 0), _modified(entry), identity)


def _modified(entry: dict[str, Any]) -> int:
    """When an object changed, in nanoseconds since 1970; stores use different names and types for it."""
    for key in ("LastModified", "mtime", "updated", "last_modified", "created"):
        value = entry.get(key)
        if isinstance(value, datetime):
            return int(value.timestamp() * 1e9)
        if isinstance(value, (int, float)):
            return int(value * 1e9)
    return 0


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
