"""DaemonSet: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="DaemonSet",
        plural="daemonsets",
        short_names=("ds",),
        categories=("all",),
        subresources=("status",),
    ),
)
