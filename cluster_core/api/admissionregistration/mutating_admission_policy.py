"""MutatingAdmissionPolicy."""

from cluster_core.api.admissionregistration.policies import default_policy, policy_columns, validate_policy
from cluster_core.api.resource import Object, Resource
from cluster_core.api.validation import Errors, one_of
from cluster_core.apimachinery import field


def validate(policy: Object) -> Errors:
    """A new policy."""
    errors: Errors = []
    spec = policy["spec"]
    validate_policy(errors, spec, mutating=True)
    if not spec.get("mutations"):
        errors.append(field.required("spec.mutations", "mutations must contain at least one item"))
    for index, mutation in enumerate(spec.get("mutations") or ()):
        one_of(errors, f"spec.mutations[{index}].patchType", mutation.get("patchType", ""), _PATCH_TYPES, required=True)
    one_of(errors, "spec.reinvocationPolicy", spec.get("reinvocationPolicy"), ("IfNeeded", "Never"), required=True)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


_PATCH_TYPES = ("ApplyConfiguration", "JSONPatch")


RESOURCES = (
    Resource(
        group="admissionregistration.k8s.io",
        version="v1",
        kind="MutatingAdmissionPolicy",
        plural="mutatingadmissionpolicies",
        categories=("api-extensions",),
        namespaced=False,
        default=default_policy,
        validate=validate,
        validate_update=validate_update,
        unconditional_update=False,
        columns=policy_columns("Mutations", "mutations"),
    ),
)
