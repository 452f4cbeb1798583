"""A release as a Go template sees it (`get all --template '{{.Release.Info.Status}}'`): Go's field names."""

from typing import Any

from helmpy.release.model import Release


def view(release: Release) -> dict[str, Any]:
    """The release with Go's field names; times are texts."""
    info, metadata = release.info, release.metadata
    return {
        "Name": release.name,
        "Namespace": release.namespace,
        "Version": release.version,
        "Manifest": release.manifest,
        "Config": release.config or {},
        "Labels": release.labels,
        "ApplyMethod": release.apply_method,
        "Info": {
            "FirstDeployed": info.first_deployed,
            "LastDeployed": info.last_deployed,
            "Deleted": info.deleted,
            "Description": info.description,
            "Status": info.status,
            "RollbackRevision": info.rollback_revision,
            "Notes": info.notes,
        },
        "Chart": {"Metadata": {key[:1].upper() + key[1:]: value for key, value in metadata.items()}},
        "Hooks": [
            {
                "Name": h.name,
                "Kind": h.kind,
                "Path": h.path,
                "Manifest": h.manifest,
                "Events": h.events,
                "Weight": h.weight,
            }
            for h in release.hooks
        ],
    }
