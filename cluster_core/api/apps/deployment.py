"""Deployment: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, selector, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def default(deployment: Object) -> None:
    """One replica, rolled over by a quarter at a time."""
    spec = deployment["spec"]
    spec.setdefault("replicas", 1)
    strategy = spec["strategy"]
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    default_template(spec["template"])


def _ready(deployment: Object, _now: float) -> str:
    return f"{deployment['status'].get('readyReplicas', 0)}/{deployment['spec'].get('replicas', 0)}"


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="Deployment",
        plural="deployments",
        short_names=("deploy",),
        categories=("all",),
        subresources=("scale", "status"),
        default=default,
        prepare=status_reset(),
        generation_metadata=("annotations",),
        columns=(
            NAME,
            Column("Ready", _ready),
            Column("Up-to-date", lambda d, _: d["status"].get("updatedReplicas", 0)),
            Column("Available", lambda d, _: d["status"].get("availableReplicas", 0)),
            AGE,
            *workload_columns(lambda d: d["spec"]["template"]["spec"], lambda d: selector(d["spec"].get("selector"))),
        ),
    ),
)
