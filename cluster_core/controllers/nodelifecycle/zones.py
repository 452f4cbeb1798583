"""How fast pods may be driven out of a zone's nodes: slower, or not at all, when much of the zone is down."""

from typing import Any

from cluster_core.controllers.nodelifecycle import health

Object = dict[str, Any]

NORMAL, PARTIAL, FULL = "Normal", "PartialDisruption", "FullDisruption"
RATE, SLOW_RATE = 0.1, 0.01
"""Nodes per second."""
UNHEALTHY_FRACTION = 0.55
LARGE_ZONE = 50
EXCLUDED = "node.kubernetes.io/exclude-disruption"


def zone_of(node: Object) -> str:
    """Region and zone of a node in one text; "" without labels."""
    labels = node["metadata"].get("labels") or {}
    region, zone = labels.get("topology.kubernetes.io/region", ""), labels.get("topology.kubernetes.io/zone", "")
    return f"{region}:\x00:{zone}" if region or zone else ""


def state_of(nodes: list[Object]) -> str:
    """The state of a zone with these nodes."""
    counted = [node for node in nodes if EXCLUDED not in (node["metadata"].get("labels") or {})]
    down = sum(1 for node in counted if health.ready_status(node) != "True")
    up = len(counted) - down
    if not up and down:
        return FULL
    if down > 2 and down / len(counted) >= UNHEALTHY_FRACTION:
        return PARTIAL
    return NORMAL


def rate_of(state: str, size: int, all_down: bool) -> float:
    """Nodes per second that may be tainted in a zone of that state; 0 stops eviction."""
    if all_down:
        return 0.0
    if state == PARTIAL:
        return SLOW_RATE if size > LARGE_ZONE else 0.0
    return RATE
