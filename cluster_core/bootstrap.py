"""What a fresh cluster holds: namespaces, nodes, and the objects that real clusters start with."""

from collections.abc import Sequence
from typing import Any

from cluster_core.client.client import Client
from cluster_core.client.resources import NAMESPACES, NODES

Object = dict[str, Any]
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def bootstrap(client: Client, nodes: int | Sequence[str | Object]) -> None:
    """Fill an empty cluster."""
    for name in SYSTEM_NAMESPACES:
        client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for node in _nodes(nodes):
        client.create(NODES, node)


def _nodes(nodes: int | Sequence[str | Object]) -> list[Object]:
    if isinstance(nodes, int):
        nodes = [f"helmpy-{i + 1}" for i in range(nodes)]
    return [_node(n) if isinstance(n, str) else n for n in nodes]


def _node(name: str) -> Object:
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    }
    capacity = {"cpu": "16", "memory": "64Gi", "pods": "110", "ephemeral-storage": "200Gi"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {"capacity": capacity, "allocatable": capacity},
    }
