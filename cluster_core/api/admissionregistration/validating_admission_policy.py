"""ValidatingAdmissionPolicy."""

from cluster_core.api.admissionregistration.policies import default_policy, policy_columns
from cluster_core.api.resource import Resource
from cluster_core.api.strategy import status_reset

RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="ValidatingAdmissionPolicy",
        plural="validatingadmissionpolicies",
        categories=("api-extensions",),
        namespaced=False,
        subresources=("status",),
        default=default_policy,
        prepare=status_reset(),
        columns=policy_columns("Validations", "validations"),
    ),
)
