"""Nodes and the pods on them, as the scheduler believes them to be.

Fed by the informers and by the scheduler's own decisions (assumed pods). Every change is written to a log, so that a
class of pods re-examines only the nodes that changed since it looked last. Must not write to the API.
"""

from operator import is_
from typing import Any

from cluster_core.apimachinery import pod_resources
from cluster_core.scheduler.pods import PodClass, PodInfo, class_key

Object = dict[str, Any]
LOG_LIMIT = 8192


class NodeInfo:
    """One node: its object, its pods, and the sums that rules ask for. `generation` rises with every change."""

    __slots__ = (
        "allocatable",
        "generation",
        "labels",
        "max_pods",
        "name",
        "node",
        "nonzero_cpu",
        "nonzero_memory",
        "pods",
        "ports",
        "priorities",
        "requested",
        "taints",
        "unschedulable",
        "with_affinity",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.generation = 0
        self.pods: dict[str, PodInfo] = {}
        self.with_affinity: dict[str, PodInfo] = {}
        self.ports: list[tuple[str, str, int]] = []
        self.priorities: dict[int, int] = {}
        """How many of the pods have a priority."""
        self.requested: dict[str, int] = {}
        self.nonzero_cpu = self.nonzero_memory = 0
        self.set_node(None)

    def set_node(self, node: Object | None) -> None:
        """Take over a new version of the node object; None while it is unknown (pods were seen first)."""
        self.node = node
        self.labels: dict[str, str] = {}
        self.taints: list[Object] = []
        self.unschedulable = False
        self.allocatable: dict[str, int] = {}
        if node is not None:
            self.labels = node["metadata"].get("labels") or {}
            self.taints = node["spec"].get("taints") or []
            self.unschedulable = bool(node["spec"].get("unschedulable"))
            self.allocatable = pod_resources.amounts((node.get("status") or {}).get("allocatable"))
        self.max_pods = self.allocatable.get("pods", 0)
        self.generation += 1

    def add_pod(self, info: PodInfo) -> None:
        """Count a pod in."""
        self.pods[info.uid] = info
        self._count(info.cls, 1)
        if info.cls.has_affinity:
            self.with_affinity[info.uid] = info
        if info.cls.ports:
            self.ports = [*self.ports, *info.cls.ports]

    def remove_pod(self, uid: str) -> PodInfo | None:
        """Count a pod out; None if it is not here."""
        info = self.pods.pop(uid, None)
        if info is None:
            return None
        self._count(info.cls, -1)
        self.with_affinity.pop(uid, None)
        if info.cls.ports:
            self.ports = [port for other in self.pods.values() for port in other.cls.ports]
        return info

    def _count(self, cls: PodClass, sign: int) -> None:
        self.generation += 1
        requested = self.requested
        for name, amount in cls.requests.items():
            requested[name] = requested.get(name, 0) + sign * amount
        priorities, count = self.priorities, self.priorities.get(cls.priority, 0) + sign
        if count:
            priorities[cls.priority] = count
        else:
            del priorities[cls.priority]
        self.nonzero_cpu += sign * cls.nonzero[0]
        self.nonzero_memory += sign * cls.nonzero[1]

    def copy(self) -> "NodeInfo":
        """A node to try things on; the original stays as it is."""
        twin = NodeInfo(self.name)
        twin.set_node(self.node)
        for info in self.pods.values():
            twin.add_pod(info)
        return twin


class Change:
    """One entry of the log: a node changed; with `pod`, by that pod coming (sign 1) or going (-1), else in itself."""

    __slots__ = ("node", "pod", "sign")

    def __init__(self, node: NodeInfo, pod: PodInfo | None, sign: int) -> None:
        self.node, self.pod, self.sign = node, pod, sign


class Snapshot:
    """All known nodes in order of arrival, possibly with one replaced for a trial."""

    def __init__(self, nodes: dict[str, NodeInfo], version: int) -> None:
        self.nodes, self.version = nodes, version

    def replacing(self, node: NodeInfo) -> "Snapshot":
        """The same with `node` in the place of its namesake; its version equals no other's."""
        return Snapshot({**self.nodes, node.name: node}, -1)


class Cache:
    """The whole picture. `log[i]` is change number `log_start + i`."""

    def __init__(self) -> None:
        self.nodes: dict[str, NodeInfo] = {}
        self.classes: dict[bytes, PodClass] = {}
        self.log: list[Change] = []
        self.log_start = 0
        self.node_epoch = 0
        """Rises when a node comes, goes or changes in itself (not by its pods)."""
        self.affine_pods = 0
        """Pods on nodes that state inter-pod terms."""
        self._places: dict[str, NodeInfo] = {}
        self._assumed: set[str] = set()
        self._unborn: dict[str, NodeInfo] = {}
        self._last: tuple[tuple[Any, ...], Any] = ((object(), None, None, None), None)
        """The parts of the last pod whose class was asked for, and that class: pods of one body share them."""

    @property
    def version(self) -> int:
        """Number of the next change."""
        return self.log_start + len(self.log)

    def snapshot(self) -> Snapshot:
        """The picture as it is; shared, not copied."""
        return Snapshot(self.nodes, self.version)

    def class_of(self, pod: Object) -> PodClass:
        """The class of a pod; equal pods get the same object."""
        metadata = pod["metadata"]
        parts = (pod["spec"], metadata.get("labels"), metadata.get("ownerReferences"), metadata.get("namespace"))
        if all(map(is_, parts, self._last[0])):
            cls: PodClass = self._last[1]
            return cls
        cls = self._class_by_key(class_key(pod), pod)
        self._last = parts, cls
        return cls

    def _class_by_key(self, key: bytes, pod: Object) -> PodClass:
        cls = self.classes.get(key)
        if cls is None:
            if len(self.classes) > 4096:
                self.classes.clear()
            cls = self.classes[key] = PodClass(key, pod)
        return cls

    def _record(self, node: NodeInfo, pod: PodInfo | None, sign: int) -> None:
        if pod is not None and pod.cls.has_affinity:
            self.affine_pods += sign
        self.log.append(Change(node, pod, sign))
        if len(self.log) > LOG_LIMIT:
            dropped = len(self.log) - LOG_LIMIT // 2
            del self.log[:dropped]
            self.log_start += dropped

    def set_node(self, node: Object) -> None:
        """A node came or changed."""
        name = node["metadata"]["name"]
        info = self.nodes.get(name)
        if info is None:
            info = self.nodes[name] = self._unborn.pop(name) if name in self._unborn else NodeInfo(name)
        info.set_node(node)
        self.node_epoch += 1
        self._record(info, None, 0)

    def remove_node(self, name: str) -> None:
        """A node went; pods on it are remembered in case it returns."""
        info = self.nodes.pop(name, None)
        if info is not None:
            info.set_node(None)
            if info.pods:
                self._unborn[name] = info
            self.node_epoch += 1
            self._record(info, None, 0)

    def _node(self, name: str) -> NodeInfo:
        info = self.nodes.get(name) or self._unborn.get(name)
        if info is None:
            info = self._unborn[name] = NodeInfo(name)
        return info

    def assume(self, info: PodInfo, node: str) -> None:
        """Count a pod on a node before the API has confirmed it."""
        place = self._node(node)
        self._assumed.add(info.uid)
        self._places[info.uid] = place
        place.add_pod(info)
        self._record(place, info, 1)

    def forget(self, info: PodInfo) -> None:
        """Take back an assumption (the binding failed)."""
        self._assumed.discard(info.uid)
        self.remove_pod(info.uid)

    def set_pod(self, pod: Object) -> None:
        """A pod with a node came or changed."""
        uid = pod["metadata"].get("uid", "")
        place = self._places.get(uid)
        if place is not None and place.name == pod["spec"]["nodeName"]:
            info = place.pods[uid]
            if uid in self._assumed:
                self._assumed.discard(uid)
                info.update(pod)
                return
            if not _differs(info.pod, pod):
                info.update(pod)
                return
        if place is not None:
            self.remove_pod(uid)
        info = PodInfo(pod, self.class_of(pod))
        place = self._node(info.node)
        self._places[uid] = place
        place.add_pod(info)
        self._record(place, info, 1)

    def remove_pod(self, uid: str) -> None:
        """A pod went or finished; unknown ones are ignored."""
        place = self._places.pop(uid, None)
        info = place.remove_pod(uid) if place is not None else None
        if place is not None and info is not None:
            self._record(place, info, -1)

    def holds(self, uid: str) -> bool:
        """Whether the pod is counted on some node."""
        return uid in self._places


def _differs(old: Object, new: Object) -> bool:
    """Whether a change of a running pod matters to rules: labels, deletion, resources (resize)."""
    before, after = old["metadata"], new["metadata"]
    return (
        before.get("labels") != after.get("labels")
        or ("deletionTimestamp" in before) != ("deletionTimestamp" in after)
        or (old["spec"] is not new["spec"] and old["spec"]["containers"] != new["spec"]["containers"])
    )
