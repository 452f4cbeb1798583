"""ReplicaSet: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="ReplicaSet",
        plural="replicasets",
        short_names=("rs",),
        categories=("all",),
        subresources=(
            "scale",
            "status",
        ),
    ),
)
