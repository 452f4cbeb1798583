"""ValidatingAdmissionPolicyBinding."""

from cluster_core.api.admissionregistration.policies import BINDING_COLUMNS, default_binding, validate_binding
from cluster_core.api.resource import Object, Resource
from cluster_core.api.validation import Errors, one_of
from cluster_core.apimachinery import field


def validate(binding: Object) -> Errors:
    """A new binding."""
    errors: Errors = []
    validate_binding(errors, binding["spec"], mutating=False)
    _validate_actions(errors, "spec.validationActions", binding["spec"].get("validationActions") or [])
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


_ACTIONS = ("Audit", "Deny", "Warn")
_REPEATED = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and "
    "headers serves no purpose)"
)


def _validate_actions(errors: Errors, path: str, actions: list[str]) -> None:
    for index, action in enumerate(actions):
        one_of(errors, f"{path}[{index}]", action, _ACTIONS)
        if action in actions[:index]:
            errors.append(field.duplicate(f"{path}[{index}]", action))
    if {"Deny", "Warn"}.issubset(actions):
        errors.append(field.invalid(path, actions, _REPEATED))
    if not actions:
        errors.append(field.required(path, "at least one validation action is required"))


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="ValidatingAdmissionPolicyBinding",
        plural="validatingadmissionpolicybindings",
        categories=("api-extensions",),
        namespaced=False,
        default=default_binding,
        validate=validate,
        validate_update=validate_update,
        unconditional_update=False,
        columns=BINDING_COLUMNS,
    ),
)
