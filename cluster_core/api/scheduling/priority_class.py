"""PriorityClass: defaults, columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable, one_of
from cluster_core.apimachinery import field


def default(priority_class: Object) -> None:
    """Pods of the class preempt others."""
    priority_class.setdefault("preemptionPolicy", "PreemptLowerPriority")


_HIGHEST = 1000000000
_SYSTEM = {"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}


def validate(priority_class: Object) -> Errors:
    """A new class."""
    errors: Errors = []
    own_name, value = priority_class["metadata"].get("name", ""), priority_class.get("value", 0)
    if own_name.startswith("system-"):
        problem = _system_problem(own_name, value, priority_class.get("globalDefault", False))
        if problem:
            text = "priority class names with 'system-' prefix are reserved for system use only. error: "
            errors.append(field.forbidden("metadata.name", text + problem))
    elif value > _HIGHEST:
        errors.append(field.forbidden("value", f"maximum allowed value of a user defined priority is {_HIGHEST}"))
    if "preemptionPolicy" in priority_class:
        policy = priority_class["preemptionPolicy"]
        one_of(errors, "preemptionPolicy", policy, ("PreemptLowerPriority", "Never"), required=True)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """Value and policy stay."""
    errors: Errors = []
    if new.get("value", 0) != old.get("value", 0):
        errors.append(field.forbidden("value", "may not be changed in an update."))
    immutable(errors, "preemptionPolicy", new.get("preemptionPolicy"), old.get("preemptionPolicy"))
    return errors


def _system_problem(own_name: str, value: int, is_default: bool) -> str:
    if own_name not in _SYSTEM:
        return f"{own_name} is not a known system priority class"
    if value != _SYSTEM[own_name]:
        return f"value of {own_name} PriorityClass must be {_SYSTEM[own_name]}"
    if is_default:
        return f"globalDefault of {own_name} PriorityClass must be false"
    return ""


RESOURCES = (
    Resource(
        group="scheduling.k8s.io",
        version="v1",
        kind="PriorityClass",
        plural="priorityclasses",
        short_names=("pc",),
        namespaced=False,
        default=default,
        generation_counts=False,
        validate=validate,
        validate_update=validate_update,
        columns=(
            NAME,
            Column("Value", get("value", default=0), "integer"),
            Column("Global-Default", get("globalDefault", default=False), "boolean"),
            AGE,
            Column("PreemptionPolicy", get("preemptionPolicy")),
        ),
    ),
)
