"""Whom a node in need evicts first, what it says then, and whom it does not take in. Pure.

The order for memory and disk: pods above their request first, then by priority, then by how far they are above it; for
processes: by priority, then by their number. Critical and static pods stay.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cluster_core.apimachinery import pod_resources, quantity
from cluster_core.kubelet.admission import Rejection
from cluster_core.kubelet.thresholds import MEMORY, Observation, Threshold

Object = dict[str, Any]

CRITICAL_PRIORITY = 2_000_000_000
LOW = "The node was low on resource: {}. "
SEEN = "Threshold quantity: {}, available: {}. "
LARGE = "Container {} was using {}, request is {}, has larger consumption of {}. "
REFUSED = "The node had condition: [{}]. "
COUNTED = ("pids", "inodes")
"""Resources that nobody can request."""


def rank(resource: str, pod: Object, used: Iterable[int]) -> tuple[bool, int, int]:
    """A sort key: the smallest is evicted first. `used`: by each container."""
    priority, total = int(pod["spec"].get("priority") or 0), sum(used)
    if resource == "pids":
        return False, priority, -total
    requested = 0 if resource in COUNTED else pod_resources.requests(pod["spec"]).get(resource, 0)
    over = total - requested
    return over <= 0, priority, -over


def message(threshold: Threshold, seen: Observation | None, used: Iterable[tuple[Object, int]]) -> str:
    """Why a pod goes; `used` pairs its containers' specs with what they use. `seen`: what was left at that moment."""
    resource = threshold.signal.resource
    text = LOW.format(resource)
    if seen is not None:
        text += SEEN.format(shown(threshold.least(seen.capacity)), shown(seen.available))
    if resource in COUNTED:
        return text
    for spec, amount in used:
        request = str(((spec.get("resources") or {}).get("requests") or {}).get(resource, "0"))
        if amount > quantity.whole(request):
            text += LARGE.format(spec["name"], shown(amount), request, resource)
    return text


def shown(amount: int) -> str:
    """An amount as the kubelet prints it: the largest binary unit that keeps it whole."""
    for unit, size in (("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)):
        if amount and amount % size == 0:
            return f"{amount // size}{unit}"
    return str(amount)


def is_critical(pod: Object) -> bool:
    """Whether the node keeps the pod at all costs: static pods and those of the highest priorities."""
    annotations: Mapping[str, str] = pod["metadata"].get("annotations") or {}
    static = annotations.get("kubernetes.io/config.source", "api") != "api"
    return static or int(pod["spec"].get("priority") or 0) >= CRITICAL_PRIORITY


def refusal(pod: Object, conditions: Iterable[str]) -> Rejection | None:
    """Why a node under pressure does not take the pod, None if it does."""
    conditions = sorted(conditions)
    if not conditions or is_critical(pod):
        return None
    if conditions == [MEMORY]:
        from cluster_core.apimachinery.node_matching import untolerated

        taint = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}
        modest = pod_resources.qos(pod["spec"]) == pod_resources.BEST_EFFORT
        if not modest or untolerated([taint], pod["spec"].get("tolerations") or [], ("NoSchedule",)) is None:
            return None
    return Rejection("Evicted", REFUSED.format(" ".join(conditions)))
