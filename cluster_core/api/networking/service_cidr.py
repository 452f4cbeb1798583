"""ServiceCIDR: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="ServiceCIDR",
        plural="servicecidrs",
        namespaced=False,
        subresources=("status",),
    ),
)
