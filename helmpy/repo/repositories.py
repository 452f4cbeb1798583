"""repositories.yaml: the repositories that the user has added, and the cached index of each.

Called by `repo`, `search`, `pull` and dependency commands. Files hold credentials: mode 0600.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helmpy.chart import archive, decode, timestamps
from helmpy.chart.decode import BOOL, STRING, TIME, GoStruct, ListOf
from helmpy.errors import RepositoryError
from helmpy.golang.types import GoError
from helmpy.repo import getters, index, urls
from helmpy.repo.access import Access
from helmpy.repo.index import Index

_ENTRY = GoStruct(
    "repo.Entry",
    {
        "name": STRING,
        "url": STRING,
        "username": STRING,
        "password": STRING,
        "certFile": STRING,
        "keyFile": STRING,
        "caFile": STRING,
        "insecure_skip_tls_verify": BOOL,
        "pass_credentials_all": BOOL,
    },
    pointer=True,
)
_FILE = GoStruct(
    "repo.File", {"apiVersion": STRING, "generated": TIME, "repositories": ListOf(_ENTRY, "[]*repo.Entry")}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One repository. The fields are those of repositories.yaml."""

    name: str
    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    cert_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    insecure_skip_tls_verify: bool = False
    pass_credentials_all: bool = False

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Entry":
        """From the names in the file."""
        names = {"certFile": "cert_file", "keyFile": "key_file", "caFile": "ca_file"}
        fields = {names.get(name, name): value for name, value in data.items()}
        return cls(**{"name": "", "url": "", **fields})

    def to_dict(self) -> dict[str, Any]:
        """Under the names in the file, all of them."""
        return {
            "name": self.name,
            "url": self.url,
            "username": self.username,
            "password": self.password,
            "certFile": self.cert_file,
            "keyFile": self.key_file,
            "caFile": self.ca_file,
            "insecure_skip_tls_verify": self.insecure_skip_tls_verify,
            "pass_credentials_all": self.pass_credentials_all,
        }

    def access(self, timeout: float | None = None) -> Access:
        """What downloads from this repository may use."""
        access = Access(
            self.url,
            self.username,
            self.password,
            self.cert_file,
            self.key_file,
            self.ca_file,
            self.insecure_skip_tls_verify,
            self.pass_credentials_all,
        )
        return access if timeout is None else Access(**{**_fields(access), "timeout": timeout})


def _fields(access: Access) -> dict[str, Any]:
    return {name: getattr(access, name) for name in Access.__slots__}


@dataclass(slots=True)
class Repositories:
    """The list in repositories.yaml, in its order."""

    entries: list[Entry] = field(default_factory=list)
    generated: str = timestamps.ZERO
    api_version: str = ""

    def get(self, name: str) -> Entry | None:
        """The repository of that name, or None."""
        return next((entry for entry in self.entries if entry.name == name), None)

    def put(self, entry: Entry) -> None:
        """Adds a repository or replaces the one of the same name."""
        names = [known.name for known in self.entries]
        if entry.name in names:
            self.entries[names.index(entry.name)] = entry
        else:
            self.entries.append(entry)

    def remove(self, name: str) -> None:
        """Raises RepositoryError if there is none of that name."""
        if self.get(name) is None:
            raise RepositoryError(f'no repo named "{name}" found')
        self.entries = [entry for entry in self.entries if entry.name != name]

    def write(self, path: Path) -> None:
        """Replaces the file in one step."""
        from helmpy.yaml import emitter

        data = {
            "apiVersion": self.api_version,
            "generated": self.generated,
            "repositories": [entry.to_dict() for entry in self.entries],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        archive.write_atomically(path, emitter.dump(data).encode(), mode=0o600)


def load(path: Path) -> Repositories:
    """Reads repositories.yaml; an absent file holds none. Raises RepositoryError."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Repositories()
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise RepositoryError(f"couldn't load repositories file ({path}): open {path}: {reason}") from None
    try:
        data = decode.load(text, _FILE)
    except GoError as error:
        raise RepositoryError(str(error)) from None
    entries = [Entry.from_dict(entry) for entry in data.get("repositories", []) if entry is not None]
    return Repositories(entries, data.get("generated", timestamps.ZERO), data.get("apiVersion", ""))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock beside repositories.yaml: read, change and write belong together, also for Helm running beside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check_scheme(entry: Entry) -> None:
    """Raises RepositoryError if nothing can fetch from the repository's URL."""
    scheme = urls.parse(entry.url).scheme
    if scheme.lower() not in getters.GETTERS:
        raise RepositoryError(f"could not find protocol handler for: {scheme}")


def index_path(cache: Path, name: str) -> Path:
    """Where the index of a repository is cached."""
    return cache / f"{name}-index.yaml"


def charts_path(cache: Path, name: str) -> Path:
    """Where the chart names of a repository are cached, for shell completion."""
    return cache / f"{name}-charts.txt"


def fetch_index(entry: Entry, timeout: float | None = None) -> tuple[Index, bytes]:
    """Downloads and checks the index of a repository; raises RepositoryError."""
    url = urls.resolve(entry.url, "index.yaml")
    data = getters.get(url, entry.access(timeout), limit=index.MAX_BYTES)
    return index.parse(data, entry.url), data


def update_cache(entry: Entry, cache: Path, timeout: float | None = None) -> Index:
    """Downloads the index of a repository into the cache; what is there stays if anything fails."""
    fresh, data = fetch_index(entry, timeout)
    cache.mkdir(parents=True, exist_ok=True)
    names = "".join(f"{name}\n" for name in sorted(fresh.entries))
    archive.write_atomically(charts_path(cache, entry.name), names.encode())
    archive.write_atomically(index_path(cache, entry.name), data)
    return fresh


def drop_cache(cache: Path, name: str) -> None:
    """Forgets the cached index of a repository."""
    charts_path(cache, name).unlink(missing_ok=True)
    index_path(cache, name).unlink(missing_ok=True)
