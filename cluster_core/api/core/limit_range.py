"""LimitRange: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="LimitRange",
        plural="limitranges",
        short_names=("limits",),
    ),
)
