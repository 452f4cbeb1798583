"""MutatingAdmissionPolicy: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="MutatingAdmissionPolicy",
        plural="mutatingadmissionpolicies",
        categories=("api-extensions",),
        namespaced=False,
    ),
)
