"""EndpointSlice: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="discovery.k8s.io",
        version="v1",
        kind="EndpointSlice",
        plural="endpointslices",
    ),
)
