"""The taints that a node's conditions mean."""

from typing import Any

from cluster_core.apimachinery import timestamps

Object = dict[str, Any]

NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"

_BY_CONDITION = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
_MANAGED = frozenset((*_BY_CONDITION.values(), UNSCHEDULABLE))


def with_schedule_taints(node: Object, now: float) -> list[Object] | None:
    """The node's taints with the right NoSchedule ones; None if they are right already."""
    wanted = []
    for condition in (node.get("status") or {}).get("conditions") or ():
        key = _BY_CONDITION.get((condition["type"], condition["status"]))
        if key is not None:
            wanted.append(key)
    if node["spec"].get("unschedulable"):
        wanted.append(UNSCHEDULABLE)
    present = node["spec"].get("taints") or []
    managed = [t for t in present if t["effect"] == "NoSchedule" and t["key"] in _MANAGED]
    if {t["key"] for t in managed} == set(wanted):
        return None
    kept = [t for t in present if t not in managed or t["key"] in wanted]
    known = {t["key"] for t in managed}
    return kept + [_taint(key, "NoSchedule", now) for key in wanted if key not in known]


def with_execute_taint(node: Object, ready_status: str, now: float) -> list[Object] | None:
    """The node's taints with the NoExecute one for its readiness (none when ready); None if they are right already."""
    wanted = {"False": NOT_READY, "Unknown": UNREACHABLE}.get(ready_status)
    present = node["spec"].get("taints") or []
    ours = [t for t in present if t["effect"] == "NoExecute" and t["key"] in (NOT_READY, UNREACHABLE)]
    if [t["key"] for t in ours] == ([wanted] if wanted else []):
        return None
    kept = [t for t in present if t not in ours]
    return [*kept, _taint(wanted, "NoExecute", now)] if wanted else kept


def evicting(node: Object) -> bool:
    """Whether the node carries a NoExecute taint of ours."""
    return any(
        t["effect"] == "NoExecute" and t["key"] in (NOT_READY, UNREACHABLE) for t in node["spec"].get("taints") or ()
    )


def _taint(key: str, effect: str, now: float) -> Object:
    return {"key": key, "effect": effect, "timeAdded": timestamps.rfc3339(now)}
