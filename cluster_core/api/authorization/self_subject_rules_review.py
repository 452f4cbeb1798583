"""SelfSubjectRulesReview: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="authorization.k8s.io",
        version="v1",
        kind="SelfSubjectRulesReview",
        plural="selfsubjectrulesreviews",
        namespaced=False,
        verbs=("create",),
    ),
)
