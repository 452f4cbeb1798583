"""Node: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Node",
        plural="nodes",
        short_names=("no",),
        namespaced=False,
        subresources=(
            "proxy",
            "status",
        ),
    ),
)
