"""StatefulSet: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="StatefulSet",
        plural="statefulsets",
        short_names=("sts",),
        categories=("all",),
        subresources=(
            "scale",
            "status",
        ),
    ),
)
