"""ReplicationController: defaults, status reset, columns."""

from cluster_core.api.apps import templates
from cluster_core.api.cells import AGE, NAME, get, labels, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.core.pod_spec.validation import template_errors
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import Errors, optional_non_negative
from cluster_core.apimachinery import field
from cluster_core.apimachinery.selectors import from_map


def default(controller: Object) -> None:
    """One replica; selector and labels follow the template's labels."""
    spec = controller["spec"]
    spec.setdefault("replicas", 1)
    template = spec.get("template")
    if template is None:
        return
    default_template(template)
    found = template["metadata"].get("labels")
    if found:
        if not spec.get("selector"):
            spec["selector"] = dict(found)
        if not controller["metadata"].get("labels"):
            controller["metadata"]["labels"] = dict(found)


def validate(controller: Object) -> Errors:
    """A new controller."""
    errors: Errors = []
    spec = controller["spec"]
    optional_non_negative(errors, spec, "spec", "minReadySeconds")
    selector, template = spec.get("selector"), spec.get("template")
    if not selector:
        errors.append(field.required("spec.selector"))
    optional_non_negative(errors, spec, "spec", "replicas")
    if template is None:
        errors.append(field.required("spec.template"))
        return errors
    labels_found = template["metadata"].get("labels")
    if selector and not from_map(selector).matches(labels_found):
        errors.append(field.invalid("spec.template.metadata.labels", labels_found, templates.MISMATCH))
    template_errors(errors, "spec.template", template)
    templates.always_restarted(errors, "spec.template.spec", template["spec"], "ReplicationController")
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


_COUNTS = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration")


def validate_status(new: Object, _old: Object) -> Errors:
    """A changed status."""
    errors: Errors = []
    bounded = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    templates.status_counts(errors, new["status"], _COUNTS, bounded, "readyReplicas")
    return errors


def _pod_spec(controller: Object) -> Object:
    template: Object = controller["spec"].get("template") or {"spec": {}}
    spec: Object = template["spec"]
    return spec


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ReplicationController",
        plural="replicationcontrollers",
        short_names=("rc",),
        categories=("all",),
        subresources=("scale", "status"),
        default=default,
        prepare=status_reset(replicas=0),
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        columns=(
            NAME,
            Column("Desired", get("spec", "replicas", default=0), "integer"),
            Column("Current", get("status", "replicas", default=0), "integer"),
            Column("Ready", get("status", "readyReplicas", default=0), "integer"),
            AGE,
            *workload_columns(_pod_spec, lambda rc: labels(rc["spec"].get("selector"))),
        ),
        selectable_fields={"status.replicas": lambda rc: str(rc["status"].get("replicas", 0))},
    ),
)
