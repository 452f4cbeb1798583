"""Namespace: its name label, finalizer and phase."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import name_is_dns_label, qualified_name

NAME_LABEL = "kubernetes.io/metadata.name"
FINALIZER = "kubernetes"


def default(namespace: Object) -> None:
    """The label that carries the name, and phase Active."""
    metadata = namespace["metadata"]
    if metadata.get("name"):
        metadata["labels"] = {**(metadata.get("labels") or {}), NAME_LABEL: metadata["name"]}
    if not namespace["status"].get("phase"):
        namespace["status"]["phase"] = "Active"


def prepare(new: Object, old: Object | None) -> None:
    """A namespace starts Active with the finalizer that its controller removes last; clients change neither."""
    if old is not None:
        new["spec"], new["status"] = old["spec"], old["status"]
        return
    new["status"] = {"phase": "Active"}
    finalizers = new["spec"].get("finalizers") or []
    if FINALIZER not in finalizers:
        new["spec"] = {**new["spec"], "finalizers": [*finalizers, FINALIZER]}


def finalizer_errors(errors: Errors, path: str, finalizer: str) -> None:
    """A finalizer is qualified, or one of Kubernetes' own."""
    for problem in qualified_name(finalizer):
        errors.append(field.invalid(path, finalizer, problem))
    if "/" not in finalizer and finalizer not in (FINALIZER, "orphan", "foregroundDeletion"):
        problem = "name is neither a standard finalizer name nor is it fully qualified"
        errors.append(field.invalid(path, finalizer, problem))


def validate(namespace: Object) -> Errors:
    """A new namespace."""
    errors: Errors = []
    for finalizer in namespace["spec"].get("finalizers") or ():
        finalizer_errors(errors, "spec.finalizers", finalizer)
    return errors


def validate_status(new: Object, _old: Object) -> Errors:
    """The phase goes with the deletion."""
    phase, deleting = new["status"].get("phase", ""), "deletionTimestamp" in new["metadata"]
    if not deleting and phase != "Active":
        problem = "may only be 'Active' if `deletionTimestamp` is empty"
        return [field.invalid("status.Phase", phase, problem)]
    if deleting and phase != "Terminating":
        problem = "may only be 'Terminating' if `deletionTimestamp` is not empty"
        return [field.invalid("status.Phase", phase, problem)]
    return []


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Namespace",
        plural="namespaces",
        short_names=("ns",),
        namespaced=False,
        subresources=("finalize", "status"),
        verbs=("create", "delete", "get", "list", "patch", "update", "watch"),
        default=default,
        prepare=prepare,
        validate=validate,
        validate_status=validate_status,
        generation=False,
        name_rule=name_is_dns_label,
        columns=(NAME, Column("Status", get("status", "phase")), AGE),
        selectable_fields={"status.phase": lambda namespace: namespace["status"].get("phase", "")},
    ),
)
