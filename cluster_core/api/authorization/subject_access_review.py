"""SubjectAccessReview: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="authorization.k8s.io",
        version="v1",
        kind="SubjectAccessReview",
        plural="subjectaccessreviews",
        namespaced=False,
        verbs=("create",),
    ),
)
