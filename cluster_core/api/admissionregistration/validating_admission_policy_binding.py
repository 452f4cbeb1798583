"""ValidatingAdmissionPolicyBinding."""

from cluster_core.api.admissionregistration.policies import BINDING_COLUMNS, default_binding
from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="ValidatingAdmissionPolicyBinding",
        plural="validatingadmissionpolicybindings",
        categories=("api-extensions",),
        namespaced=False,
        default=default_binding,
        columns=BINDING_COLUMNS,
    ),
)
