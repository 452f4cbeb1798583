"""RuntimeClass: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.core.pod_spec.defaults import round_up
from cluster_core.api.core.pod_spec.resources import requirements
from cluster_core.api.core.pod_spec.scheduling import tolerations
from cluster_core.api.go_structs import shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable, labels, name
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_label


def default(runtime_class: Object) -> None:
    """Amounts are whole thousandths."""
    fixed = (runtime_class.get("overhead") or {}).get("podFixed")
    if fixed:
        round_up(fixed)


def validate(runtime_class: Object) -> Errors:
    """A new class."""
    errors: Errors = []
    if not runtime_class.get("handler"):
        errors.append(field.required("handler"))
    else:
        name(errors, "handler", runtime_class["handler"], dns1123_label)
    if "overhead" in runtime_class:
        requirements(errors, "overhead", {"limits": runtime_class["overhead"].get("podFixed")}, ())
    scheduling = runtime_class.get("scheduling") or {}
    labels(errors, "scheduling.nodeSelector", scheduling.get("nodeSelector"))
    found = scheduling.get("tolerations") or []
    tolerations(errors, "scheduling.tolerations", found)
    for index, toleration in enumerate(found):
        if any(_key(toleration) == _key(other) for other in found[:index]):
            errors.append(field.duplicate(f"scheduling.tolerations[{index}]", shown("Toleration", toleration)))
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """The handler stays."""
    errors: Errors = []
    immutable(errors, "handler", new.get("handler", ""), old.get("handler", ""))
    return errors


def _key(toleration: Object) -> tuple[str, ...]:
    return tuple(toleration.get(each, "") for each in ("key", "operator", "value", "effect"))


RESOURCES = (
    Resource(
        group="node.k8s.io",
        version="v1",
        kind="RuntimeClass",
        plural="runtimeclasses",
        namespaced=False,
        default=default,
        validate=validate,
        validate_update=validate_update,
        generation=False,
        unconditional_update=False,
        columns=(NAME, Column("Handler", get("handler")), AGE),
    ),
)
