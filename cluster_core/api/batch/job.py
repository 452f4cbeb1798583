"""Job: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="batch",
        version="v1",
        kind="Job",
        plural="jobs",
        categories=("all",),
        subresources=("status",),
    ),
)
