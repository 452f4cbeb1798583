"""The history of releases over a driver: revisions by name, pruning to a maximum.

Error texts are Helm's. Called by the actions.
"""

from collections.abc import Iterable

from helmpy import log
from helmpy.errors import ReleaseError, ReleaseNotFoundError
from helmpy.release import model
from helmpy.release.drivers import Driver
from helmpy.release.model import Release


class NoDeployedReleasesError(ReleaseError):
    """Nothing of that name is deployed."""

    @classmethod
    def named(cls, name: str) -> "NoDeployedReleasesError":
        """The error for the release `name`."""
        return cls(f'"{name}" has no deployed releases')


def key_of(name: str, version: int) -> str:
    """The record's name: "sh.helm.release.v1.NAME.vREVISION"."""
    return f"sh.helm.release.v1.{name}.v{version}"


class Storage:
    """Releases by name and revision. `max_history` limits the revisions kept per release, 0 means no limit."""

    def __init__(self, driver: Driver, max_history: int = 0) -> None:
        self.driver, self.max_history = driver, max_history

    def get(self, name: str, version: int) -> Release:
        """One revision; raises ReleaseNotFoundError."""
        return self.driver.get(key_of(name, version))

    def create(self, release: Release) -> None:
        """Store a new revision, after pruning old ones; raises ReleaseError when it exists already."""
        if self.max_history > 0:
            self._prune(release.name, self.max_history - 1)
        self.driver.create(key_of(release.name, release.version), release)

    def update(self, release: Release) -> None:
        """Store a revision anew."""
        self.driver.update(key_of(release.name, release.version), release)

    def delete(self, name: str, version: int) -> None:
        """Forget a revision; raises ReleaseNotFoundError."""
        self.driver.delete(key_of(name, version))

    def all(self, selector: str = "") -> list[Release]:
        """Every revision of every release."""
        return self.driver.query({"owner": "helm"}, selector)

    def history(self, name: str) -> list[Release]:
        """All revisions of a release, oldest first; raises ReleaseNotFoundError when there are none."""
        found = self.driver.query({"name": name, "owner": "helm"})
        if not found:
            raise ReleaseNotFoundError("release: not found")
        return sorted(found, key=lambda release: release.version)

    def last(self, name: str) -> Release:
        """The newest revision; raises ReleaseNotFoundError."""
        return self.history(name)[-1]

    def deployed_all(self, name: str) -> list[Release]:
        """Revisions with status deployed, oldest first; normally one."""
        found = self.driver.query({"name": name, "owner": "helm", "status": model.DEPLOYED})
        return sorted(found, key=lambda release: release.version)

    def deployed(self, name: str) -> Release:
        """The deployed revision; raises NoDeployedReleasesError."""
        found = self.deployed_all(name)
        if not found:
            raise NoDeployedReleasesError.named(name)
        return found[-1]

    def _prune(self, name: str, maximum: int) -> None:
        """Delete the oldest revisions beyond `maximum`, but never the deployed one."""
        try:
            history = self.history(name)
        except ReleaseNotFoundError:
            return
        deployed = self.deployed_all(name)
        spared = {deployed[-1].version} if deployed else set()
        surplus = len(history) - maximum
        doomed = [release for release in history if release.version not in spared][: max(surplus, 0)]
        for release in doomed:
            self.delete(name, release.version)
        log.debug("pruned records", count=len(doomed), release=name)


def latest(releases: Iterable[Release]) -> list[Release]:
    """The newest revision of each (namespace, name)."""
    newest: dict[tuple[str, str], Release] = {}
    for release in releases:
        known = newest.get((release.namespace, release.name))
        if known is None or known.version <= release.version:
            newest[release.namespace, release.name] = release
    return list(newest.values())
