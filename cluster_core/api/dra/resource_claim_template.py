"""ResourceClaimTemplate: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="resource.k8s.io",
        version="v1",
        kind="ResourceClaimTemplate",
        plural="resourceclaimtemplates",
    ),
)
