"""TokenReview: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="authentication.k8s.io",
        version="v1",
        kind="TokenReview",
        plural="tokenreviews",
        namespaced=False,
        verbs=("create",),
    ),
)
