"""ReplicaSet: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, get, selector_or_none, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def default(replica_set: Object) -> None:
    """One replica."""
    spec = replica_set["spec"]
    spec.setdefault("replicas", 1)
    default_template(spec["template"])


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
        prepare=status_reset(replicas=0),
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
        selectable_fields={"status.replicas": lambda rs: str(rs["status"].get("replicas", 0))},
    ),
)
