"""ReplicationController: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, get, labels, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


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
