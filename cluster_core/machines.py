"""The machines of an embedded cluster: how large they are and where they stand. Pure; makes Node objects for `Cluster(nodes=…)`.

Cluster(nodes=nodes(3, Shape(cpu="8", memory="32Gi", zones=("a", "b"))))
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Object = dict[str, Any]

ZONE, REGION = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
PREFIX = "helmpy-"


class Shape(NamedTuple):
    """What machines are like: amounts are quantities; `zones` are given out in turn; `resources` are extended ones, by name."""

    cpu: str = "16"
    memory: str = "64Gi"
    pods: str = "110"
    ephemeral_storage: str = "200Gi"
    zones: tuple[str, ...] = ()
    region: str = ""
    labels: Mapping[str, str] = {}
    taints: tuple[Mapping[str, str], ...] = ()
    resources: Mapping[str, str] = {}


def nodes(count: int, shape: Shape) -> list[Object]:
    """So many machines of a shape: `helmpy-1`, `helmpy-2`, … Raises ValueError for amounts that are none."""
    return [node(f"{PREFIX}{index + 1}", shape, index) for index in range(count)]


def node(name: str, shape: Shape, index: int = 0) -> Object:
    """The Node object of one machine; its kubelet fills in the rest. Raises ValueError for amounts that are none."""
    from cluster_core.apimachinery.quantity import canonical

    sizes = {
        "cpu": shape.cpu,
        "ephemeral-storage": shape.ephemeral_storage,
        "memory": shape.memory,
        "pods": shape.pods,
        **shape.resources,
    }
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        **shape.labels,
    }
    if shape.zones:
        labels[ZONE] = shape.zones[index % len(shape.zones)]
    if shape.region:
        labels[REGION] = shape.region
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": [dict(taint) for taint in shape.taints]} if shape.taints else {},
        "status": {"capacity": {resource: canonical(amount) for resource, amount in sizes.items()}},
    }


def taint(text: str) -> dict[str, str]:
    """A taint as kubectl writes it: `key=value:Effect` or `key:Effect`. Raises ValueError."""
    head, _, effect = text.rpartition(":")
    key, equals, value = head.partition("=")
    if not key or effect not in EFFECTS:
        raise ValueError(f'invalid taint "{text}": give key=value:Effect, with one of the effects {", ".join(EFFECTS)}')
    return {"key": key, **({"value": value} if equals else {}), "effect": effect}
