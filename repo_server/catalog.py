"""The index of what the folder holds right now.

Every question looks at the folder; packages are read again only if they changed. Called by the routes, in threads. Must not
change the folder.
"""

import hashlib
import threading
from dataclasses import dataclass, field

from helmpy.chart import loader, timestamps
from helmpy.chart.metadata import Metadata
from helmpy.errors import ChartError
from helmpy.repo import urls
from helmpy.repo.index import ChartVersion, Index
from repo_server.storage import Storage, StoredFile


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of the folder: its index, index.yaml as bytes, and packages by path with their digests (hex)."""

    index: Index
    text: bytes
    etag: str
    digests: dict[str, str] = field(repr=False)


class Catalog:
    """Snapshots of a storage. `base_url` is put before file names; empty for relative URLs."""

    def __init__(self, storage: Storage, base_url: str = "") -> None:
        self._storage = storage
        self._base_url = base_url
        self._lock = threading.Lock()
        self._known: dict[StoredFile, tuple[Metadata, str] | None] = {}
        self._files: list[StoredFile] | None = None
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The current state."""
        with self._lock:
            files = self._storage.files()
            if self._snapshot is None or files != self._files:
                self._known = {file: self._known[file] if file in self._known else self._read(file) for file in files}
                self._files, self._snapshot = files, self._build(files)
            return self._snapshot

    def _read(self, file: StoredFile) -> tuple[Metadata, str] | None:
        """Metadata and digest of a package; None for a file that is no chart."""
        try:
            data = self._storage.read(file.name)
            if data is None:
                return None
            return loader.load_archive(data).metadata, hashlib.sha256(data).hexdigest()
        except (OSError, ChartError):
            return None

    def _build(self, files: list[StoredFile]) -> Snapshot:
        latest = max((file.modified_ns for file in files), default=0)
        index = Index(generated=timestamps.from_seconds(latest / 1e9))
        digests = {}
        for file in files:
            known = self._known[file]
            if known is None:
                continue
            metadata, digest = known
            digests[file.name] = digest
            url = urls.join(self._base_url, file.name) if self._base_url else file.name
            created = timestamps.from_seconds(file.modified_ns / 1e9)
            index.entries.setdefault(metadata.name, []).append(ChartVersion(metadata, [url], created, digest))
        index.sort()
        text = index.dump().encode("utf-8", "surrogateescape")
        return Snapshot(index, text, hashlib.sha256(text).hexdigest(), digests)
