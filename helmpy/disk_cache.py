"""What one run keeps on disk for the next: marshalled values that only this user can have written.

Called by whoever can compute a value again: compiled templates, flags of commands, parsed files. Files are read only if the
folder and the file belong to the user and are closed to others, and their content carries a digest keyed with the user's own
secret. `HELMPY_NO_CACHE=1` turns it off; `HELMPY_CACHE_HOME` (else `$XDG_CACHE_HOME/helmpy`) says where it is. Trouble with
the disk is never an error: the value is computed again. Must not import anything of helmpy, nor keep what may be secret.
"""

import marshal
import os
from contextlib import suppress
from stat import S_IMODE, S_ISDIR, S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_BYTES = 64 << 20
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

    def _signature(self, data: bytes) -> bytes:
        person = b"helmpy " + self._purpose.encode()
        return bytes(blake2b()(data, key=self._secret, digest_size=_DIGEST, person=person).digest())


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
