"""Records in this process only, for tests and client-side dry runs."""

from collections.abc import Mapping

from helmpy.errors import ReleaseNotFoundError
from helmpy.release import codec
from helmpy.release.drivers import release_exists
from helmpy.release.model import SYSTEM_LABELS, Release


class Memory:
    """A dict of encoded records; what is read is a copy, as with the other drivers."""

    name = "Memory"

    def __init__(self) -> None:
        self._records: dict[str, tuple[dict[str, str], str]] = {}

    def get(self, key: str) -> Release:
        """The record under `key`; raises ReleaseNotFoundError."""
        if key not in self._records:
            raise ReleaseNotFoundError("release: not found")
        release = self._decode(key)
        release.labels = {name: value for name, value in release.labels.items() if name not in SYSTEM_LABELS}
        return release

    def _decode(self, key: str) -> Release:
        labels, text = self._records[key]
        release = codec.decode(text)
        release.labels = dict(labels)
        return release

    def query(self, labels: Mapping[str, str], selector: str = "") -> list[Release]:
        """Records with these labels."""
        return [self._decode(key) for key, (own, _) in self._records.items() if labels.items() <= own.items()]

    def create(self, key: str, release: Release) -> None:
        """Store a new record; raises ReleaseError when `key` exists."""
        if key in self._records:
            raise release_exists()
        self.update(key, release)

    def update(self, key: str, release: Release) -> None:
        """Store a record anew."""
        labels = {**release.labels, "name": release.name, "owner": "helm", "status": release.info.status}
        self._records[key] = (labels | {"version": str(release.version)}, codec.encode(release))

    def delete(self, key: str) -> None:
        """Remove a record; raises ReleaseNotFoundError."""
        if self._records.pop(key, None) is None:
            raise ReleaseNotFoundError("release: not found")
