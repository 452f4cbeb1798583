"""What a fresh cluster holds: namespaces, roles, nodes, and the other objects that real clusters start with.

`cluster.py` calls it once for an empty store. Objects are put into the store as they are, not through the API: they are ours.
"""

from collections.abc import Sequence
from typing import Any

from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver.ownership import NOBODY, stored
from cluster_core.apiserver.pipeline import APIServer
from cluster_core.store.store import Key

Object = dict[str, Any]
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
SERVICE_ADDRESS = "10.96.0.1"
KEPT_FREE = {"ephemeral-storage": "193273528320", "memory": "65436Mi"}
"""What is left of a node's capacity beside its kubelet's eviction thresholds: 90 % of the disk, all but 100Mi of the memory."""
NODES, PODS = 10 << 24, (10 << 24) + (244 << 16)
"""Where the addresses of nodes and of pods begin, as numbers: 10.0.0.0 and 10.244.0.0, whose blocks go on beyond 10.255 if need be."""


def bootstrap(server: APIServer, nodes: int | Sequence[str | Object], aggregated: bool) -> None:
    """Fill an empty store. `aggregated`: also what controllers would fill in (aggregated roles, default accounts), so that
    a pod can be created at once."""
    from cluster_core.auth import bootstrap_policy

    for name in SYSTEM_NAMESPACES:
        _put(server, "namespaces", _namespace(name))
        if aggregated:
            _put(server, "serviceaccounts", _default_account(name))
    for bucket, obj in bootstrap_policy.objects(aggregated):
        _put(server, bucket, obj)
    for bucket, obj in _classes(aggregated):
        _put(server, bucket, obj)
    _put(server, "services", _kubernetes_service())
    _put(server, "endpointslices.discovery.k8s.io", _kubernetes_slice())
    for index, node in enumerate(_nodes(nodes)):
        _put(server, "nodes", node if isinstance(node, dict) else node_object(node, index, rfc3339(server.loop.now())))


def _put(server: APIServer, bucket: str, obj: Object) -> None:
    metadata = obj["metadata"]
    metadata.setdefault("uid", server.identities.uid())
    metadata.setdefault("creationTimestamp", rfc3339(server.loop.now()))
    server.store.create(Key(bucket, metadata.get("namespace", ""), metadata["name"]), stored(obj, NOBODY))


def _namespace(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _default_account(namespace: str) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace}}


def _classes(provisioned: bool) -> list[tuple[str, Object]]:
    """The two system priority classes and, where somebody provisions volumes, the default storage class."""
    storage = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "standard",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "helmpy.dev/local-path",
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }
    critical = (
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."
    )
    highest = "Used for system critical pods that must not be moved from their current node."
    return [
        *([("storageclasses.storage.k8s.io", storage)] if provisioned else []),
        ("priorityclasses.scheduling.k8s.io", _priority("system-cluster-critical", 2_000_000_000, critical)),
        ("priorityclasses.scheduling.k8s.io", _priority("system-node-critical", 2_000_001_000, highest)),
    ]


def _priority(name: str, value: int, description: str) -> Object:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name, "generation": 1},
        "value": value,
        "description": description,
        "preemptionPolicy": "PreemptLowerPriority",
    }


def _kubernetes_service() -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}],
            "clusterIP": SERVICE_ADDRESS,
            "clusterIPs": [SERVICE_ADDRESS],
            "type": "ClusterIP",
            "sessionAffinity": "None",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
        },
        "status": {"loadBalancer": {}},
    }


def _kubernetes_slice() -> Object:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "generation": 1,
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [_dotted(NODES + 1)], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    }


def _nodes(nodes: int | Sequence[str | Object]) -> Sequence[str | Object]:
    return [f"helmpy-{i + 1}" for i in range(nodes)] if isinstance(nodes, int) else nodes


def _dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def node_object(name: str, index: int = 0, now: str = "") -> Object:
    """A Node that is ready from the start, as its kubelet would report it."""
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    }
    block = f"{_dotted(PODS + index * 256)}/24"
    capacity = {"cpu": "16", "ephemeral-storage": "200Gi", "memory": "64Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"podCIDR": block, "podCIDRs": [block]},
        "status": {
            "capacity": capacity,
            "allocatable": {**capacity, **KEPT_FREE},
            "conditions": [_condition(*c, now) for c in _CONDITIONS],
            "addresses": [
                {"type": "InternalIP", "address": _dotted(NODES + index + 1)},
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": _NODE_INFO,
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        },
    }


_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
_NODE_INFO = {
    "machineID": "",
    "systemUUID": "",
    "bootID": "",
    "kernelVersion": "6.12.0",
    "osImage": "helmpy",
    "containerRuntimeVersion": "helmpy://1",
    "kubeletVersion": "v1.36.3",
    "kubeProxyVersion": "",
    "operatingSystem": "linux",
    "architecture": "amd64",
}


def _condition(type: str, status: str, reason: str, message: str, now: str) -> Object:
    return {
        "type": type,
        "status": status,
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
