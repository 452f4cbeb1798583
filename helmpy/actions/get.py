"""Reading stored releases: one revision, its values, its metadata."""

from typing import Any

from helmpy.actions import names
from helmpy.actions.configuration import Configuration
from helmpy.actions.stored_chart import restored
from helmpy.release import times
from helmpy.release.model import Release


def release(configuration: Configuration, name: str, revision: int = 0) -> Release:
    """One revision of a release, the last for 0 or less. Raises ReleaseError."""
    names.check(name, f"releaseContent: Release name is invalid: {name}")
    return configuration.releases.get(name, revision) if revision > 0 else configuration.releases.last(name)


def computed_values(found: Release) -> dict[str, Any]:
    """The values that the release's templates saw, as far as the stored chart tells."""
    from helmpy.values import merge

    return merge.coalesce(restored(found.chart), found.config or {})


def metadata(found: Release) -> dict[str, Any]:
    """What `get metadata` shows, in its order; empty optional fields are left out."""
    chart = found.metadata
    fields: dict[str, Any] = {
        "name": found.name,
        "chart": chart.get("name", ""),
        "version": chart.get("version", ""),
        "appVersion": chart.get("appVersion", ""),
    }
    optional = {
        "annotations": chart.get("annotations"),
        "labels": dict(sorted(found.labels.items())),
        "dependencies": chart.get("dependencies"),
    }
    fields.update({key: value for key, value in optional.items() if value})
    fields |= {
        "namespace": found.namespace,
        "revision": found.version,
        "status": found.info.status,
        "deployedAt": times.without_fraction(found.info.last_deployed),
    }
    if found.apply_method:
        fields["applyMethod"] = found.apply_method
    return fields
