"""CSINode: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="CSINode",
        plural="csinodes",
        namespaced=False,
    ),
)
