"""Deployment: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="Deployment",
        plural="deployments",
        short_names=("deploy",),
        categories=("all",),
        subresources=(
            "scale",
            "status",
        ),
    ),
)
