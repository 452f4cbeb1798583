"""Whether a node still reports: what was last heard of it, and the conditions it gets when it falls silent."""

from dataclasses import dataclass
from typing import Any

from cluster_core.apimachinery import timestamps

Object = dict[str, Any]

CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")


@dataclass(slots=True)
class Health:
    """What was last seen of a node: its Ready heartbeat and lease, and when the controller noticed the change."""

    heartbeat: str
    renewed: str
    noticed: float
    """Seconds since the epoch."""

    def note(self, node: Object, lease: Object | None, now: float) -> None:
        """Take in the newest heartbeat and lease."""
        heartbeat, renewed = last_heartbeat(node), last_renewal(lease)
        if heartbeat != self.heartbeat or renewed != self.renewed:
            self.heartbeat, self.renewed, self.noticed = heartbeat, renewed, now


def first_seen(node: Object, lease: Object | None, now: float) -> Health:
    """The record of a node that was not known; one that never reported is counted from its creation."""
    noticed = now if ready(node) is not None else timestamps.parse(node["metadata"]["creationTimestamp"])
    return Health(last_heartbeat(node), last_renewal(lease), noticed)


def ready(node: Object) -> Object | None:
    """The condition Ready."""
    return next((c for c in (node.get("status") or {}).get("conditions") or () if c["type"] == "Ready"), None)


def ready_status(node: Object) -> str:
    """The status of the condition Ready; "Unknown" without one."""
    condition = ready(node)
    return condition["status"] if condition is not None else "Unknown"


def last_heartbeat(node: Object) -> str:
    """lastHeartbeatTime of the condition Ready."""
    return (ready(node) or {}).get("lastHeartbeatTime") or ""


def last_renewal(lease: Object | None) -> str:
    """renewTime of the node's lease."""
    return ((lease or {}).get("spec") or {}).get("renewTime") or ""


def silenced(node: Object, now: float) -> Object | None:
    """The node with its conditions Unknown; None if they are already."""
    status = node.get("status") or {}
    conditions = list(status.get("conditions") or ())
    stamp = timestamps.rfc3339(now)
    changed = False
    for type in CONDITIONS:
        index = next((i for i, c in enumerate(conditions) if c["type"] == type), None)
        if index is None:
            conditions.append(_never_updated(type, node, stamp))
            changed = True
        elif conditions[index]["status"] != "Unknown":
            conditions[index] = {
                **conditions[index],
                "status": "Unknown",
                "reason": "NodeStatusUnknown",
                "message": "Kubelet stopped posting node status.",
                "lastTransitionTime": stamp,
            }
            changed = True
    return {**node, "status": {**status, "conditions": conditions}} if changed else None


def _never_updated(type: str, node: Object, stamp: str) -> Object:
    return {
        "type": type,
        "status": "Unknown",
        "reason": "NodeStatusNeverUpdated",
        "message": "Kubelet never posted node status.",
        "lastHeartbeatTime": node["metadata"]["creationTimestamp"],
        "lastTransitionTime": stamp,
    }
