"""A cluster's state in one SQLite file: loaded lazily, written in batches, safe against being killed at any instant.

`cluster.py` opens it when a path is given. The store appends every write; `commit` makes all of them durable in one
transaction, and runs before any outside client gets the answer to a write. Only one process has the file open.

    OSError
    └── PersistenceError     the file cannot be read or written
        └── ClusterBusyError another process has the cluster open
"""

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cluster_core.apiserver.ownership import Ownership, Stored, ownership_of, stored
from cluster_core.store.store import Event, Key

Object = dict[str, Any]
FORMAT = 1
BATCH_LIMIT = 5_000
LOCK_SECONDS = 30.0
_SCHEMA = """
create table if not exists meta (name text primary key, value text not null) without rowid;
create table if not exists objects (
    bucket text not null, namespace text not null, name text not null, data blob not null,
    primary key (bucket, namespace, name)
) without rowid;
"""


class PersistenceError(OSError):
    """The cluster's file cannot be used."""


class ClusterBusyError(PersistenceError):
    """Another process has the cluster open."""


class ClusterFile:
    """One open cluster file."""

    def __init__(self, path: str, *, wait: float = LOCK_SECONDS) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self.path, wait)
        try:
            self._database = _open(self.path)
        except sqlite3.Error as error:
            os.close(self._lock)
            raise PersistenceError(f"cannot open cluster file {self.path}: {error}") from None
        self._batch: dict[Key, Object | None] = {}
        self._meta: dict[str, str] = {}
        self.meta = dict(self._database.execute("select name, value from meta"))
        """Named values as of opening."""
        if self.meta.get("format", str(FORMAT)) != str(FORMAT):
            self.close()
            raise PersistenceError(f"cluster file {self.path} was written by another version of helmpy")

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever committed."""
        return "revision" not in self.meta

    def rows(self) -> Iterator[tuple[str, str, str, bytes]]:
        """(bucket, namespace, name, encoded object) of every object."""
        return iter(self._database.execute("select bucket, namespace, name, data from objects").fetchall())

    def append(self, event: Event) -> None:
        """Take one write of the store into the batch."""
        self._batch[event.key] = None if event.type == "DELETED" else event.object
        self._meta["revision"] = str(event.revision)

    def remember(self, name: str, value: str) -> None:
        """Set a named value with the next commit."""
        self._meta[name] = value

    @property
    def full(self) -> bool:
        """Whether so much is waiting that it should be committed."""
        return len(self._batch) >= BATCH_LIMIT

    def commit(self) -> None:
        """Make everything appended durable; raises PersistenceError and keeps the batch if the disk refuses."""
        if not self._batch and not self._meta:
            return
        gone = [tuple(key) for key, obj in self._batch.items() if obj is None]
        kept = [(*key, encode(obj)) for key, obj in self._batch.items() if obj is not None]
        self._meta.setdefault("format", str(FORMAT))
        try:
            with self._database:
                self._database.execute("begin immediate")
                self._database.executemany("delete from objects where bucket=? and namespace=? and name=?", gone)
                self._database.executemany("insert or replace into objects values (?, ?, ?, ?)", kept)
                self._database.executemany("insert or replace into meta values (?, ?)", self._meta.items())
        except sqlite3.Error as error:
            raise PersistenceError(f"cannot write cluster file {self.path}: {error}") from None
        self._batch.clear()
        self._meta.clear()

    def close(self) -> None:
        """Let go of the file; what was not committed is lost. Closing twice is harmless."""
        if self._lock >= 0:
            self._database.close()
            os.close(self._lock)
            self._lock = -1


def _lock(path: Path, wait: float) -> int:
    """An exclusive lock beside the file, held until closed or until the process ends."""
    try:
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise PersistenceError(f"cannot lock cluster file {path}: {error.strerror}") from None
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
                os.close(handle)
                who = f"process {holder}" if holder else "another process"
                raise ClusterBusyError(f"cluster file {path} is in use by {who}; waited {wait:g} s") from None
            time.sleep(0.02)
            continue
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        return handle


def _open(path: Path) -> sqlite3.Connection:
    new = not path.exists()
    if new:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("pragma locking_mode=exclusive")
    database.execute("pragma journal_mode=wal")
    database.execute("pragma synchronous=full")
    if database.execute("pragma user_version").fetchone()[0] != FORMAT:
        database.executescript(_SCHEMA)
        database.execute(f"pragma user_version={FORMAT}")
    return database


def encode(obj: Object) -> bytes:
    """An object and its field ownership as bytes."""
    from cluster_core.apimachinery.managed_fields.managers import encode as encode_managers

    owners = encode_managers(ownership_of(obj).managers())
    return json.dumps([obj, owners], separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode(data: bytes) -> Stored:
    """The object of `encode`'s bytes; ownership is read when first needed."""
    obj, owners = json.loads(data)
    return stored(obj, Ownership.of_entries(owners))
