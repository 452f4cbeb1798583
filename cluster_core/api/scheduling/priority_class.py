"""PriorityClass: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="scheduling.k8s.io",
        version="v1",
        kind="PriorityClass",
        plural="priorityclasses",
        short_names=("pc",),
        namespaced=False,
    ),
)
