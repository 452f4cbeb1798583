"""StatefulSet: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, workload_columns
from cluster_core.api.core.persistent_volume_claim import default_claim
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def default(stateful_set: Object) -> None:
    """One replica, pods in order, claims kept."""
    spec = stateful_set["spec"]
    if not spec.get("podManagementPolicy"):
        spec["podManagementPolicy"] = "OrderedReady"
    _default_update(spec["updateStrategy"])
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    default_template(spec["template"])
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        default_claim(claim)


def _default_update(strategy: Object) -> None:
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and "rollingUpdate" in strategy:
        strategy["rollingUpdate"].setdefault("partition", 0)
        strategy["rollingUpdate"].setdefault("maxUnavailable", 1)


def _ready(stateful_set: Object, _now: float) -> str:
    return f"{stateful_set['status'].get('readyReplicas', 0)}/{stateful_set['spec'].get('replicas', 0)}"


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="StatefulSet",
        plural="statefulsets",
        short_names=("sts",),
        categories=("all",),
        subresources=("scale", "status"),
        default=default,
        prepare=status_reset(replicas=0, availableReplicas=0),
        columns=(
            NAME,
            Column("Ready", _ready),
            AGE,
            *workload_columns(lambda sts: sts["spec"]["template"]["spec"], lambda _: "")[:2],
        ),
    ),
)
