"""MutatingAdmissionPolicy."""

from cluster_core.api.admissionregistration.policies import default_policy, policy_columns
from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="MutatingAdmissionPolicy",
        plural="mutatingadmissionpolicies",
        categories=("api-extensions",),
        namespaced=False,
        default=default_policy,
        columns=policy_columns("Mutations", "mutations"),
    ),
)
