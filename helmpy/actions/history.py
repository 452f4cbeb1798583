"""The history of a release, as `history` shows it."""

from typing import Any

from helmpy.actions import names
from helmpy.actions.configuration import Configuration
from helmpy.release import times
from helmpy.release.model import Release


def history(configuration: Configuration, name: str, maximum: int = 256) -> list[Release]:
    """The newest `maximum` revisions, oldest first. Raises ReleaseError."""
    names.check(name, f"release name is invalid: {name}")
    found = configuration.releases.history(name)
    return found[max(len(found) - maximum, 0) :]


def summary(release: Release) -> dict[str, Any]:
    """One revision as `-o json` prints it."""
    fields: dict[str, Any] = {"revision": release.version}
    if not times.is_zero(release.info.last_deployed):
        fields["updated"] = release.info.last_deployed
    fields |= {"status": release.info.status, "chart": release.chart_name, "app_version": release.app_version}
    if release.info.rollback_revision:
        fields["rollback_revision"] = release.info.rollback_revision
    return {**fields, "description": release.info.description}
