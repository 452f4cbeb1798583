"""Endpoints: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Endpoints",
        plural="endpoints",
        short_names=("ep",),
    ),
)
