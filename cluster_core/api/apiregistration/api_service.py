"""APIService: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="apiregistration.k8s.io",
        version="v1",
        kind="APIService",
        plural="apiservices",
        categories=("api-extensions",),
        namespaced=False,
        subresources=("status",),
    ),
)
