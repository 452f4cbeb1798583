"""ReplicationController: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ReplicationController",
        plural="replicationcontrollers",
        short_names=("rc",),
        categories=("all",),
        subresources=(
            "scale",
            "status",
        ),
    ),
)
