"""DaemonSet: defaults, status reset, the deprecated template generation, columns."""

from cluster_core.api.cells import AGE, NAME, get, labels, selector_or_none, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_STATUS = {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0}


def default(daemon_set: Object) -> None:
    """Rolled over one pod at a time."""
    spec = daemon_set["spec"]
    strategy = spec["updateStrategy"]
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    default_template(spec["template"])


def prepare(new: Object, old: Object | None) -> None:
    """The template's generation counts up, whatever the client says."""
    keep_status(new, old, _STATUS)
    if old is None:
        generation = max(1, _template_generation(new))
    else:
        changed = new["spec"]["template"] != old["spec"]["template"]
        generation = _template_generation(old) + changed
    metadata = new["metadata"]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), TEMPLATE_GENERATION: str(generation)}


def _template_generation(daemon_set: Object) -> int:
    text = (daemon_set["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "")
    return int(text) if text.isdecimal() else 0


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="DaemonSet",
        plural="daemonsets",
        short_names=("ds",),
        categories=("all",),
        subresources=("status",),
        default=default,
        prepare=prepare,
        columns=(
            NAME,
            Column("Desired", get("status", "desiredNumberScheduled", default=0), "integer"),
            Column("Current", get("status", "currentNumberScheduled", default=0), "integer"),
            Column("Ready", get("status", "numberReady", default=0), "integer"),
            Column("Up-to-date", get("status", "updatedNumberScheduled", default=0), "integer"),
            Column("Available", get("status", "numberAvailable", default=0), "integer"),
            Column("Node Selector", lambda ds, _: labels(ds["spec"]["template"]["spec"].get("nodeSelector"))),
            AGE,
            *workload_columns(
                lambda ds: ds["spec"]["template"]["spec"], lambda ds: selector_or_none(ds["spec"].get("selector"))
            ),
        ),
    ),
)
