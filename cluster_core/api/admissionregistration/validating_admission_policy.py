"""ValidatingAdmissionPolicy: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="ValidatingAdmissionPolicy",
        plural="validatingadmissionpolicies",
        categories=("api-extensions",),
        namespaced=False,
        subresources=("status",),
    ),
)
