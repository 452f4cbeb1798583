"""CustomResourceDefinition: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="apiextensions.k8s.io",
        version="v1",
        kind="CustomResourceDefinition",
        plural="customresourcedefinitions",
        short_names=(
            "crd",
            "crds",
        ),
        categories=("api-extensions",),
        namespaced=False,
        subresources=("status",),
    ),
)
