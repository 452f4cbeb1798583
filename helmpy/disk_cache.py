"""What one run keeps on disk for the next: marshalled values that only this user can have written.

Called by whoever can compute a value again: compiled templates, flags of commands, parsed files. Files are read only if the
folder and the file belong to the user and are closed to others, and their content carries a digest keyed with the user's own
secret. `HELMPY_NO_CACHE=1` turns it off; `HELMPY_CACHE_HOME` (else `$XDG_CACHE_HOME/helmpy`) says where it is. Trouble with
the disk is never an error: the value is computed again. Must not import anything of helmpy, nor keep what may be secret.
"""

import marshal
import os
from contextlib import contextmanager, suppress
from stat import S_IMODE, S_ISDIR, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    T = TypeVar("T")

MAX_BYTES = 64 << 20
_MAX_MEMOS = 200
_DIGEST = 32  # bytes


class Shelf:
    """One folder of the cache. `purpose` names it and goes into every signature (at most 9 bytes)."""

    __slots__ = ("_purpose", "_secret", "folder")

    def __init__(self, purpose: str, folder: str, secret: bytes) -> None:
        self.folder = folder
        self._purpose = purpose
        self._secret = secret

    @classmethod
    def of(cls, purpose: str) -> "Shelf | None":
        """The folder, made if need be; None if the cache is turned off or the folder cannot be trusted."""
        folder = _folder(purpose)
        if folder is None:
            return None
        try:
            secret = _secret_of(folder)
        except OSError:
            return None
        return cls(purpose, folder, secret) if secret else None

    def read(self, name: str) -> "Any":
        """The value kept under a name; None if there is no sound one."""
        try:
            data = _read_private(os.path.join(self.folder, name))
        except OSError:
            return None
        if data[:_DIGEST] != self._signature(data[_DIGEST:]):
            return None
        return marshal.loads(memoryview(data)[_DIGEST:])

    def write(self, name: str, value: "Any", most: int) -> None:
        """Keep a value of built-in types under a name, and at most so many in all: those written longest ago go."""
        data = marshal.dumps(value)
        if len(data) > MAX_BYTES:
            return
        with suppress(OSError):
            _write_private(os.path.join(self.folder, name), self._signature(data) + data)
            _drop_old(self.folder, most)

    def claim(self) -> None:
        """Wait until no other process has claimed the folder; it is claimed until this process ends."""
        try:
            import fcntl
        except ImportError:
            return
        with suppress(OSError):
            fcntl.flock(os.open(self.folder, os.O_RDONLY), fcntl.LOCK_EX)

    def _signature(self, data: bytes) -> bytes:
        person = b"helmpy " + self._purpose.encode()
        return bytes(blake2b()(data, key=self._secret, digest_size=_DIGEST, person=person).digest())


class _Memo:
    """Values by a digest of the text that they were computed from: all that one chart needs, in one file."""

    def __init__(self, shelf: Shelf, name: str) -> None:
        self._shelf = shelf
        self._name = name
        self._known: dict[bytes, bytes] = shelf.read(name) or {}
        self._used: set[bytes] = set()
        self._new = 0

    def get(self, kind: str, text: bytes, compute: "Callable[[], T]") -> "T":
        """The value, computed if it is not known. It is the caller's own: nobody else sees changes of it."""
        key = bytes(blake2b()(text, digest_size=16, person=kind.encode()).digest())
        self._used.add(key)
        kept = self._known.get(key)
        if kept is not None:
            return marshal.loads(kept)  # type: ignore[no-any-return]
        value = compute()
        with suppress(ValueError):  # nested too deeply to be kept
            self._known[key] = marshal.dumps(value)  # type: ignore[arg-type]
            self._new += 1
        return value

    def save(self) -> None:
        """Write what is new; a few texts that differ in every run are not worth it."""
        if self._new * 16 <= len(self._used):
            return
        if len(self._known) > 4 * len(self._used):
            # What failed to be computed was used, but is not known.
            self._known = {key: self._known[key] for key in self._used if key in self._known}
        self._shelf.write(self._name, self._known, _MAX_MEMOS)


_memo: _Memo | None = None


@contextmanager
def memo(subject: str) -> "Iterator[None]":
    """While it is open, `remembered` finds what it computed for this subject (a chart's path) in earlier runs."""
    global _memo
    shelf = Shelf.of("memos")
    if shelf is None:
        yield
        return
    name = bytes(blake2b()(subject.encode("utf-8", "surrogateescape"), digest_size=16).digest()).hex()
    _memo = opened = _Memo(shelf, name)
    try:
        yield
    finally:
        _memo = None
        opened.save()


def remembered(kind: str, text: bytes, compute: "Callable[[], T]") -> "T":
    """What `compute` makes of a text: built-in types, nothing secret. `kind` (at most 16 bytes) tells computations apart."""
    return compute() if _memo is None else _memo.get(kind, text, compute)


def blake2b() -> "Any":
    """The hash function; hashlib would first load OpenSSL, which costs more than all of this."""
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b


def sources_state(folder: str) -> list[str]:
    """Size and time of every Python source in a folder: what depends on them belongs under another name when they change."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py")]
    return [f"{name}:{status.st_size}:{status.st_mtime_ns}" for name, status in sorted(found, key=lambda item: item[0])]


def _folder(purpose: str) -> str | None:
    environment = os.environ
    if environment.get("HELMPY_NO_CACHE", "") not in ("", "0"):
        return None
    home = environment.get("HELMPY_CACHE_HOME")
    if not home:
        cache = environment.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        home = os.path.join(cache, "helmpy")
    folder = os.path.join(home, purpose)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        status = os.lstat(folder)
    except OSError:
        return None
    private = S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not S_IMODE(status.st_mode) & 0o022
    return folder if private else None


def _secret_of(folder: str) -> bytes:
    """The user's key for signing, made on first use; b"" if it is not sound. Raises OSError."""
    path = os.path.join(folder, "key")
    try:
        secret = _read_private(path)
    except FileNotFoundError:
        _write_private(path, os.urandom(_DIGEST))
        secret = _read_private(path)
    return secret if len(secret) == _DIGEST else b""


def _read_private(path: str) -> bytes:
    """A file's content, if nobody else can have written it. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        sound = S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and not S_IMODE(status.st_mode) & 0o077
        if not sound or status.st_size > MAX_BYTES + _DIGEST:
            raise PermissionError(path)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _write_private(path: str, data: bytes) -> None:
    """Write a file of mode 0600 in one step. Raises OSError."""
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _drop_old(folder: str, most: int) -> None:
    with os.scandir(folder) as entries:
        kept = [(entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in entries if entry.name != "key"]
    for _, path in sorted(kept)[: max(len(kept) - most, 0)]:
        with suppress(OSError):
            os.unlink(path)
