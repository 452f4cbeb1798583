"""SelfSubjectReview: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="authentication.k8s.io",
        version="v1",
        kind="SelfSubjectReview",
        plural="selfsubjectreviews",
        namespaced=False,
        verbs=("create",),
    ),
)
