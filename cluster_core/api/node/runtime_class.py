"""RuntimeClass: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="node.k8s.io",
        version="v1",
        kind="RuntimeClass",
        plural="runtimeclasses",
        namespaced=False,
    ),
)
