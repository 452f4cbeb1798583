"""Whether a node takes a pod that was bound to it: the kubelet's own checks, before anything is started. Pure."""

from typing import Any, NamedTuple

from cluster_core.apimachinery import pod_resources
from cluster_core.apimachinery.pod_resources import Amounts

Object = dict[str, Any]

NO_ROOM = "Node didn't have enough resource: {}, requested: {}, used: {}, capacity: {}"
PREDICATE = "Predicate {} failed: {}"
PORTS = "node(s) didn't have free ports for the requested pod ports"
AFFINITY = "node(s) didn't match Pod's node affinity/selector"
TAINTS = "node(s) had taints that the pod didn't tolerate"
OTHER_OS = "Failed to admit pod as the OS field doesn't match node OS"


class Rejection(NamedTuple):
    """Reason and message of a pod that the node refuses."""

    reason: str
    message: str


def check(pod: Object, node: Object, used: Amounts, pods: int, ports: list[tuple[str, str, int]]) -> Rejection | None:
    """None if the node takes the pod; `used`, `pods` and `ports` are what its other pods hold."""
    spec = pod["spec"]
    return (
        _operating_system(spec)
        or _fit(spec, (node.get("status") or {}).get("allocatable"), used, pods)
        or _ports(spec, ports)
        or _placement(spec, node)
    )


def check_fit(pod: Object, node: Object, used: Amounts, pods: int) -> Rejection | None:
    """None if the node has the room that the pod asks for."""
    return _fit(pod["spec"], (node.get("status") or {}).get("allocatable"), used, pods)


def _operating_system(spec: Object) -> Rejection | None:
    wanted = (spec.get("os") or {}).get("name") or (spec.get("nodeSelector") or {}).get("kubernetes.io/os")
    return (
        Rejection("PodOSNotSupported", OTHER_OS)
        if (spec.get("os") or {}).get("name") not in (None, "linux") and wanted
        else None
    )


def _fit(spec: Object, allocatable: Object | None, used: Amounts, pods: int) -> Rejection | None:
    capacity = pod_resources.amounts(allocatable)
    if pods + 1 > capacity.get("pods", 110):
        return Rejection("OutOfpods", NO_ROOM.format("pods", 1, pods, capacity.get("pods", 110)))
    wanted = pod_resources.requests(spec)
    for name in ("cpu", "memory", "ephemeral-storage", *wanted):
        amount = wanted.get(name, 0)
        if amount and name in capacity and amount > capacity[name] - used.get(name, 0):
            return Rejection(f"OutOf{name}", NO_ROOM.format(name, amount, used.get(name, 0), capacity[name]))
    return None


def _ports(spec: Object, taken: list[tuple[str, str, int]]) -> Rejection | None:
    wanted = pod_resources.host_ports(spec)
    if wanted and pod_resources.ports_conflict(wanted, taken):
        return Rejection("NodePorts", PREDICATE.format("NodePorts", PORTS))
    return None


def _placement(spec: Object, node: Object) -> Rejection | None:
    from cluster_core.apimachinery.node_matching import matches_required, untolerated

    labels = node["metadata"].get("labels") or {}
    if not matches_required(spec, labels, node["metadata"]["name"]):
        return Rejection("NodeAffinity", PREDICATE.format("NodeAffinity", AFFINITY))
    taints = (node.get("spec") or {}).get("taints") or []
    if taints and untolerated(taints, spec.get("tolerations") or [], ("NoExecute",)) is not None:
        return Rejection("TaintToleration", PREDICATE.format("TaintToleration", TAINTS))
    return None
