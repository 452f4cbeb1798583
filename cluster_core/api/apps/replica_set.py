"""ReplicaSet: defaults, status reset, columns."""

from cluster_core.api.apps import templates
from cluster_core.api.cells import AGE, NAME, get, selector_or_none, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.core.pod_spec.disabled import drop_disabled
from cluster_core.api.core.pod_spec.warnings import workload_warnings
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import Errors, immutable, optional_non_negative, selector_text
from cluster_core.apimachinery import field


def default(replica_set: Object) -> None:
    """One replica."""
    spec = replica_set["spec"]
    spec.setdefault("replicas", 1)
    default_template(spec["template"])


def validate(replica_set: Object) -> Errors:
    """A new replica set."""
    errors: Errors = []
    spec = replica_set["spec"]
    optional_non_negative(errors, spec, "spec", "replicas", "minReadySeconds")
    selector = spec.get("selector")
    if templates.selector_errors(errors, "spec.selector", selector, "deployment"):
        templates.replica_template(errors, "spec.template", spec["template"], selector)
    else:
        errors.append(field.invalid("spec.selector", selector_text(selector), "invalid label selector"))
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """A changed replica set: the selector stays."""
    errors = validate(new)
    selector = new["spec"].get("selector")
    immutable(errors, "spec.selector", selector, old["spec"].get("selector"), selector_text(selector))
    return errors


_COUNTS = (
    "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration", "terminatingReplicas",
)  # fmt: skip


def validate_status(new: Object, _old: Object) -> Errors:
    """A changed status."""
    errors: Errors = []
    bounded = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    templates.status_counts(errors, new["status"], _COUNTS, bounded, "readyReplicas")
    return errors


def prepare(new: Object, old: Object | None) -> None:
    """Status belongs to the controller."""
    keep_status(new, old, {"replicas": 0})
    drop_disabled(new["spec"]["template"]["spec"], old)


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="ReplicaSet",
        plural="replicasets",
        short_names=("rs",),
        categories=("all",),
        subresources=("scale", "status"),
        default=default,
        prepare=prepare,
        warnings=workload_warnings,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        columns=(
            NAME,
            Column("Desired", get("spec", "replicas", default=0), "integer"),
            Column("Current", get("status", "replicas", default=0), "integer"),
            Column("Ready", get("status", "readyReplicas", default=0), "integer"),
            AGE,
            *workload_columns(
                lambda rs: rs["spec"]["template"]["spec"], lambda rs: selector_or_none(rs["spec"].get("selector"))
            ),
        ),
    ),
)
