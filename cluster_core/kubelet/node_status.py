"""What a kubelet says of its machine: conditions, sizes, facts. Pure."""

from typing import Any

from cluster_core.apimachinery import quantity
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.kubelet.configuration import KubeletConfiguration
from cluster_core.kubelet.thresholds import reserved_by_eviction

Object = dict[str, Any]

CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
PRESSURES = {
    "MemoryPressure": ("True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available"),
    "DiskPressure": ("True", "KubeletHasDiskPressure", "kubelet has disk pressure"),
    "PIDPressure": ("True", "KubeletHasInsufficientPID", "kubelet has insufficient PID available"),
}
PRESSURE_REASONS = {
    "MemoryPressure": ("NodeHasSufficientMemory", "NodeHasInsufficientMemory"),
    "DiskPressure": ("NodeHasNoDiskPressure", "NodeHasDiskPressure"),
    "PIDPressure": ("NodeHasSufficientPID", "NodeHasInsufficientPID"),
}
"""Reasons of the events: without and with the pressure."""
EVENTS = (
    ("Starting", "Starting kubelet."),
    ("NodeHasSufficientMemory", "Node {} status is now: NodeHasSufficientMemory"),
    ("NodeHasNoDiskPressure", "Node {} status is now: NodeHasNoDiskPressure"),
    ("NodeHasSufficientPID", "Node {} status is now: NodeHasSufficientPID"),
    ("NodeAllocatableEnforced", "Updated Node Allocatable limit across pods"),
    ("NodeReady", "Node {} status is now: NodeReady"),
)
CAPACITY = {
    "cpu": "16",
    "ephemeral-storage": "204800Mi",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    "memory": "65536Mi",
    "pods": "110",
}
SHUTTING_DOWN = ("False", "KubeletNotReady", "node is shutting down")
LABELS = {
    "beta.kubernetes.io/arch": "amd64",
    "beta.kubernetes.io/os": "linux",
    "kubernetes.io/arch": "amd64",
    "kubernetes.io/os": "linux",
}


def is_ready(node: Object) -> bool:
    """Whether the node's status says Ready already."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def status_of(
    node: Object,
    address: str,
    version: str,
    now: float,
    configuration: KubeletConfiguration,
    pressure: frozenset[str] = frozenset(),
    shutdown: bool = False,
) -> Object:
    """The node's whole status; sizes that the node states are kept. `pressure`: the pressure conditions that hold."""
    old = node.get("status") or {}
    name = node["metadata"]["name"]
    capacity = {**CAPACITY, **(old.get("capacity") or {})}
    return {
        **old,
        "capacity": capacity,
        "allocatable": old.get("allocatable") or _allocatable(capacity, configuration),
        "conditions": conditions(old.get("conditions"), now, pressure, shutdown),
        "addresses": old.get("addresses")
        or [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": old.get("nodeInfo") if (old.get("nodeInfo") or {}).get("kubeletVersion") else _info(name, version),
        "runtimeHandlers": [
            {"name": handler, "features": {"recursiveReadOnlyMounts": True, "userNamespaces": True}}
            for handler in ("", "runc")
        ],
        "features": {"supplementalGroupsPolicy": True},
    }


def conditions(
    old: list[Object] | None, now: float, pressure: frozenset[str] = frozenset(), shutdown: bool = False
) -> list[Object]:
    """The four conditions of a healthy node; times of unchanged ones are kept, others' conditions stay."""
    stamp = rfc3339(now)
    before = {c["type"]: c for c in old or ()}
    own = []
    for type, status, reason, message in CONDITIONS:
        if type in pressure:
            status, reason, message = PRESSURES[type]
        elif type == "Ready" and shutdown:
            status, reason, message = SHUTTING_DOWN
        earlier = before.get(type)
        same = earlier is not None and earlier["status"] == status
        own.append(
            {
                "type": type,
                "status": status,
                "lastHeartbeatTime": stamp,
                "lastTransitionTime": (earlier or {}).get("lastTransitionTime", stamp) if same else stamp,
                "reason": reason,
                "message": message,
            }
        )
    names = {c[0] for c in CONDITIONS}
    return [*(c for c in old or () if c["type"] not in names), *own]


def _allocatable(capacity: Object, configuration: KubeletConfiguration) -> Object:
    """Capacity without what is reserved and what hard eviction thresholds keep free."""
    sizes = {name: quantity.whole(str(capacity[name])) for name in ("memory", "ephemeral-storage")}
    taken = reserved_by_eviction(configuration, sizes)
    result = {**capacity}
    for name in ("cpu", "memory", "ephemeral-storage", "pid"):
        reserved = [r[name] for r in (configuration.kube_reserved, configuration.system_reserved) if name in r]
        if name == "cpu" and reserved:
            left = quantity.milli(str(capacity[name])) - sum(quantity.milli(text) for text in reserved)
            result[name] = quantity.canonical(f"{max(left, 0)}m")
        elif name in sizes and (reserved or taken.get(name)):
            left = max(sizes[name] - taken.get(name, 0) - sum(quantity.whole(text) for text in reserved), 0)
            result[name] = f"{left // 1024}Ki" if name == "memory" else str(left)
    return result


def _info(name: str, version: str) -> Object:
    import hashlib

    machine = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return {
        "architecture": "amd64",
        "bootID": f"{machine[:8]}-{machine[8:12]}-{machine[12:16]}-{machine[16:20]}-{machine[20:]}",
        "containerRuntimeVersion": "containerd://2.2.9",
        "kernelVersion": "6.12.0",
        "kubeProxyVersion": "",
        "kubeletVersion": version,
        "machineID": machine,
        "operatingSystem": "linux",
        "osImage": "helmpy (simulated)",
        "systemUUID": machine,
    }
