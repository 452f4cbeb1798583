"""Compiled templates, kept in memory and on disk from one run to the next.

Called by `go_dialect`. On disk a chart's templates make one bundle, named by a digest of their texts and of whatever
compiled them. Bundles are marshalled code, so they are read only if this user wrote them: the folder and the file must
belong to the user and be closed to others, and the content must carry a digest keyed with the user's own secret. Texts
given to `tpl` never reach the disk, since values may hold secrets. `HELMPY_NO_CACHE=1` turns the disk off;
`HELMPY_CACHE_HOME` (else `$XDG_CACHE_HOME/helmpy`) says where it is. Trouble with the disk is never an error: the
templates are compiled again.
"""

import marshal
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from stat import S_IMODE, S_ISDIR, S_ISREG
from typing import Any

from helmpy.engine.functions import TABLE
from helmpy.gotemplate.templates import Unit

_MAX_UNITS = 4096
_MAX_BUNDLE = 64 << 20  # bytes
_MAX_BUNDLES = 200
_DIGEST = 32  # bytes

_memory: dict[tuple[str, str], Unit] = {}


class Units:
    """The units of one chart's texts, parsed at most once."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        self.texts = dict(texts)
        self.found: dict[str, Unit] = {}
        self.bundle: _Bundle | None = None
        if any(text not in _memory for text in texts):
            self.bundle = _Bundle.of(texts)
            stored = self.bundle.read() if self.bundle else {}
            for name, trees in stored.items():
                self.found[name] = Unit.restored(name, self.texts[name], TABLE, trees)

    def get(self, name: str) -> Unit:
        """The unit of a text. Raises ParseError."""
        key = (name, self.texts[name])
        unit = _memory.get(key)
        if unit is None:
            unit = self.found.get(name) or Unit.parsed(*key, TABLE)
            _remember(key, unit)
        self.found[name] = unit
        return unit

    def save(self) -> None:
        """Write the bundle if anything was parsed or compiled since it was read."""
        units = self.found.values()
        if self.bundle is None or not any(unit.changed for unit in units):
            return
        content = {
            unit.name: [(tree.name, tree.empty, tree.compiled) for tree in unit.trees.values()] for unit in units
        }
        self.bundle.write(content)
        for unit in units:
            unit.changed = False


def _remember(key: tuple[str, str], unit: Unit) -> None:
    if len(_memory) >= _MAX_UNITS:
        _memory.clear()
    _memory[key] = unit


@contextmanager
def units(texts: Sequence[tuple[str, str]]) -> Iterator[Units]:
    """The units of a chart's (name, text) pairs; what was compiled meanwhile is kept afterwards."""
    known = Units(texts)
    try:
        yield known
    finally:
        known.save()


def tpl_unit(name: str, text: str) -> Unit:
    """The unit of a text given to `tpl`: charts pass the same few over and over. Raises ParseError."""
    key = (name, text)
    unit = _memory.get(key)
    if unit is None:
        unit = Unit.parsed(name, text, TABLE)
        _remember(key, unit)
    return unit


# --- disk ------------------------------------------------------------------------------------------------------------


class _Bundle:
    """One file in the cache folder."""

    def __init__(self, folder: str, secret: bytes, name: str) -> None:
        self.folder = folder
        self.secret = secret
        self.path = os.path.join(folder, name)

    @classmethod
    def of(cls, texts: Sequence[tuple[str, str]]) -> "_Bundle | None":
        """The bundle of these texts; None without a folder that can be trusted."""
        folder = _folder()
        if folder is None:
            return None
        try:
            secret = _secret(folder)
        except OSError:
            return None
        return cls(folder, secret, _name(texts)) if secret else None

    def read(self) -> dict[str, Any]:
        """Names to (name, empty, code) triples; {} if there is no sound file."""
        try:
            data = _read_private(self.path)
        except OSError:
            return {}
        if data[:_DIGEST] != self._signature(data[_DIGEST:]):
            return {}
        content = marshal.loads(memoryview(data)[_DIGEST:])
        return content if isinstance(content, dict) else {}

    def write(self, content: dict[str, Any]) -> None:
        """Put the file in place at once, and others out if there are too many."""
        data = marshal.dumps(content)
        if len(data) > _MAX_BUNDLE:
            return
        with suppress(OSError):
            _write_private(self.path, self._signature(data) + data)
            _drop_old(self.folder)

    def _signature(self, data: bytes) -> bytes:
        return bytes(_blake2b()(data, key=self.secret, digest_size=_DIGEST, person=b"helmpy template").digest())


def _folder() -> str | None:
    """The cache folder, made if need be; None if it is turned off or open to others."""
    environment = os.environ
    if environment.get("HELMPY_NO_CACHE", "") not in ("", "0"):
        return None
    home = environment.get("HELMPY_CACHE_HOME")
    if not home:
        cache = environment.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
        home = os.path.join(cache, "helmpy")
    folder = os.path.join(home, "templates")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        status = os.lstat(folder)
    except OSError:
        return None
    private = S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not S_IMODE(status.st_mode) & 0o022
    return folder if private else None


def _secret(folder: str) -> bytes:
    """The user's key for signing bundles, made on first use; b"" if it is not sound."""
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
        if not sound or status.st_size > _MAX_BUNDLE + _DIGEST:
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


def _drop_old(folder: str) -> None:
    """Remove the bundles that were written longest ago."""
    with os.scandir(folder) as entries:
        bundles = [(entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in entries if entry.name != "key"]
    for _, path in sorted(bundles)[: max(len(bundles) - _MAX_BUNDLES, 0)]:
        with suppress(OSError):
            os.unlink(path)


def _blake2b() -> Any:
    """The hash function; hashlib would first load OpenSSL, which costs more than all of this."""
    try:
        from _blake2 import blake2b
    except ImportError:
        from hashlib import blake2b
    return blake2b


def _name(texts: Sequence[tuple[str, str]]) -> str:
    """A digest of the texts and of what turns them into code."""
    digest = _blake2b()(_compiler_state(), digest_size=20)
    for name, text in texts:
        for part in (name, text):
            data = part.encode("utf-8", "surrogateescape")
            digest.update(len(data).to_bytes(8, "little"))
            digest.update(data)
    return str(digest.hexdigest())


def _compiler_state() -> bytes:
    """Python's version, and the size and time of every source that shapes the code."""
    from helmpy import __version__, functions, gotemplate

    state = [__version__, sys.version, sys.implementation.cache_tag or ""]
    for package in (gotemplate, functions):
        with os.scandir(package.__path__[0]) as entries:
            sources = sorted(entry.name for entry in entries if entry.name.endswith(".py"))
        for name in sources:
            status = os.stat(os.path.join(package.__path__[0], name))
            state.append(f"{name}:{status.st_size}:{status.st_mtime_ns}")
    return "\n".join(state).encode()
