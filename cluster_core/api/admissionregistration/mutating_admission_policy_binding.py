"""MutatingAdmissionPolicyBinding."""

from cluster_core.api.admissionregistration.policies import BINDING_COLUMNS, default_binding, validate_binding
from cluster_core.api.resource import Object, Resource
from cluster_core.api.validation import Errors


def validate(binding: Object) -> Errors:
    """A new binding."""
    errors: Errors = []
    validate_binding(errors, binding["spec"], mutating=True)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="MutatingAdmissionPolicyBinding",
        plural="mutatingadmissionpolicybindings",
        categories=("api-extensions",),
        namespaced=False,
        default=default_binding,
        validate=validate,
        validate_update=validate_update,
        unconditional_update=False,
        columns=BINDING_COLUMNS,
    ),
)
