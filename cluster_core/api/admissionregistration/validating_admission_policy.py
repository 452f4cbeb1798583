"""ValidatingAdmissionPolicy."""

from cluster_core.api.admissionregistration.expressions import annotation_problems, validation_problems
from cluster_core.api.admissionregistration.policies import default_policy, policy_columns, validate_policy
from cluster_core.api.resource import Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import Errors, label_name, one_of
from cluster_core.apimachinery import field

_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")


def validate(policy: Object) -> Errors:
    """A new policy."""
    errors: Errors = []
    spec = policy["spec"]
    types = validate_policy(errors, spec, mutating=False)
    validations, notes = spec.get("validations") or (), spec.get("auditAnnotations") or ()
    if not validations and not notes:
        problem = "validations or auditAnnotations must contain at least one item"
        errors.append(field.required("spec.validations", problem))
        errors.append(field.required("spec.auditAnnotations", problem))
    for index, item in enumerate(validations):
        _validate_validation(errors, f"spec.validations[{index}]", item)
        validation_problems(errors, f"spec.validations[{index}]", item, types)
    seen: set[str] = set()
    for index, note in enumerate(notes):
        path, key = f"spec.auditAnnotations[{index}]", note.get("key", "")
        label_name(errors, f"{path}.key", f"{policy['metadata'].get('name', '')}/{key}")
        if not note.get("valueExpression", "").strip():
            errors.append(field.required(f"{path}.valueExpression", "valueExpression is not specified"))
        annotation_problems(errors, f"{path}.valueExpression", note.get("valueExpression", ""), types)
        if key in seen:
            errors.append(field.duplicate(f"{path}.key", key))
        seen.add(key)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_validation(errors: Errors, path: str, item: Object) -> None:
    if not item.get("expression", "").strip():
        errors.append(field.required(f"{path}.expression", "expression is not specified"))
    for each in ("messageExpression", "message"):
        text = item.get(each, "")
        if text and not text.strip():
            errors.append(field.invalid(f"{path}.{each}", text, "must be non-empty if specified"))
    message = item.get("message", "")
    if "\n" in message.strip() or "\r" in message.strip():
        errors.append(field.invalid(f"{path}.message", message, "must not contain line breaks"))
    if "reason" in item:
        one_of(errors, f"{path}.reason", item["reason"], _REASONS)


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
        validate=validate,
        validate_update=validate_update,
        prepare=status_reset(),
        unconditional_update=False,
        columns=policy_columns("Validations", "validations"),
    ),
)
