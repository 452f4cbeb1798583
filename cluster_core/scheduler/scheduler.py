"""The scheduler's loop: take a pod, find it a node, bind it; or say why not and wait for a change.

Started by `cluster.py` with a client, the shared informers and a seeded generator. Everything it does is a callback on the
loop; all writes go through the client.
"""

import logging
import random
from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.apimachinery import conditions
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.client.client import Client
from cluster_core.client.informer import InformerFactory
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.resources import NODES, PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, STORAGECLASSES
from cluster_core.clock import Loop
from cluster_core.scheduler import defaults, diagnosis
from cluster_core.scheduler.cache import Cache, NodeInfo, Snapshot
from cluster_core.scheduler.classes import ClassState
from cluster_core.scheduler.framework import ClusterEvent, Handle, Plugin, Refusal
from cluster_core.scheduler.pods import PodClass, PodInfo
from cluster_core.scheduler.queue import SchedulingQueue

if TYPE_CHECKING:
    from cluster_core.scheduler.plugins.default_preemption import Plan

Object = dict[str, Any]
NAME = "default-scheduler"
WATCHED = {
    PERSISTENTVOLUMECLAIMS: "PersistentVolumeClaim",
    PERSISTENTVOLUMES: "PersistentVolume",
    STORAGECLASSES: "StorageClass",
}
PREEMPTING = "default-scheduler: preempting to accommodate a higher priority pod"
VOLUME_POLL = 1.0
"""Seconds between two looks at claims that are being bound for a pod."""
_log = logging.getLogger(__name__)


class _Failure(NamedTuple):
    """Why a pod found no node: an equal one finds none either, as long as nothing has changed."""

    cls: PodClass | None
    version: int
    message: str
    refused_by: frozenset[str]

    def tells(self, info: PodInfo, snapshot: Snapshot) -> bool:
        """Whether this is how the pod would fare, too."""
        if info.cls is not self.cls or snapshot.version != self.version:
            return False
        return not (info.pod.get("status") or {}).get("nominatedNodeName")


class Scheduler:
    """kube-scheduler with its default profile, named `default-scheduler`."""

    def __init__(self, client: Client, informers: InformerFactory, loop: Loop, rng: random.Random) -> None:
        self._client, self._informers, self._loop, self._rng = client, informers, loop, rng
        self.cache = Cache()
        self.queue = SchedulingQueue(loop, self._wake)
        self._recorder = EventRecorder(client, loop, NAME)
        self._handle = Handle(self.cache, lambda gvr: informers.informer(gvr).lister, rng)
        self._plugins: dict[str, Plugin] = {}
        self._states: dict[bytes, ClassState] = {}
        self._nominated: dict[str, tuple[str, PodInfo]] = {}
        self._awaiting_volumes: dict[str, PodInfo] = {}
        self._draining = False
        self._hopeless = _Failure(None, -1, "", frozenset())
        self._offset = 0

    def start(self) -> None:
        """Begin to watch; pods that wait already are tried as soon as the loop runs."""
        self._informers.informer(NODES).add_handler(self._node_added, self._node_changed, self._node_gone)
        self._informers.informer(PODS).add_handler(self._pod_added, self._pod_changed, self._pod_gone)
        for gvr, kind in WATCHED.items():
            self._watch(gvr, kind)

    def _watch(self, gvr: GVR, kind: str) -> None:
        def added(obj: Object) -> None:
            self._moved(ClusterEvent(kind, "add", None, obj))

        def changed(old: Object, new: Object) -> None:
            self._moved(ClusterEvent(kind, "update", old, new))

        def gone(obj: Object) -> None:
            self._moved(ClusterEvent(kind, "delete", obj, None))

        self._informers.informer(gvr).add_handler(added, changed, gone)

    # -- what happens in the cluster

    def _node_added(self, node: Object) -> None:
        self.cache.set_node(node)
        self._moved(ClusterEvent("Node", "add", None, node))

    def _node_changed(self, old: Object, new: Object) -> None:
        if _node_facts(old) != _node_facts(new):
            self.cache.set_node(new)
            self._moved(ClusterEvent("Node", "update", old, new))

    def _node_gone(self, node: Object) -> None:
        self.cache.remove_node(node["metadata"]["name"])

    def _pod_added(self, pod: Object) -> None:
        if _finished(pod):
            return
        if pod["spec"].get("nodeName"):
            self._placed(pod, None)
        elif _ours(pod):
            info = PodInfo(pod, self.cache.class_of(pod))
            self.queue.add(info)
            self._nominate(info, (pod.get("status") or {}).get("nominatedNodeName") or "")

    def _pod_changed(self, old: Object, new: Object) -> None:
        uid = new["metadata"]["uid"]
        if _finished(new):
            self._pod_gone(new)
        elif new["spec"].get("nodeName"):
            self._placed(new, old)
        elif uid not in self.queue:
            if uid not in self._awaiting_volumes and _ours(new):
                self._pod_added(new)
        else:
            self._waiting_changed(self.queue.pods[uid], old, new)

    def _placed(self, pod: Object, old: Object | None) -> None:
        uid = pod["metadata"]["uid"]
        fresh = not self.cache.holds(uid)
        self.cache.set_pod(pod)
        if uid in self.queue:
            self.queue.remove(uid)
            self._nominated.pop(uid, None)
        if fresh:
            self._moved(ClusterEvent("Pod", "add", None, pod))
        elif old is not None and old["metadata"].get("labels") != pod["metadata"].get("labels"):
            self._moved(ClusterEvent("Pod", "update", old, pod))

    def _waiting_changed(self, info: PodInfo, old: Object, new: Object) -> None:
        if not _ours(new):
            self._pod_gone(new)
            return
        info.update(new)
        cls = self.cache.class_of(new)
        if cls is not info.cls:
            info.cls = cls
            self.queue.retry(info)

    def _pod_gone(self, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        self.queue.remove(uid)
        self._nominated.pop(uid, None)
        self._awaiting_volumes.pop(uid, None)
        if self.cache.holds(uid):
            self.cache.remove_pod(uid)
            self._moved(ClusterEvent("Pod", "delete", pod, None))

    def _moved(self, event: ClusterEvent) -> None:
        """Wake refused pods that the event may help."""
        for info in self.queue.refused():
            if any(self._plugins[name].wakes(info.cls, event) for name in info.refused_by if name in self._plugins):
                self.queue.retry(info)

    # -- the loop

    def _load(self) -> None:
        """Load the plugins, with the first pod that needs a node."""

        from cluster_core.scheduler.registry import plugin_class

        for name in {*defaults.FILTERS, *defaults.SCORERS, defaults.PREEMPTION}:
            self._plugins[name] = plugin_class(name)(self._handle)
        for name, weight in defaults.SCORERS.items():
            self._plugins[name].weight = weight
        self._preemption_plugin: Any = self._plugins[defaults.PREEMPTION]
        self._volume_plugin: Any = self._plugins[defaults.VOLUMES]
        self._filters = [self._plugins[name] for name in defaults.FILTERS]
        self._scorers = [self._plugins[name] for name in defaults.SCORERS]

    def _wake(self) -> None:
        if not self._draining:
            self._draining = True
            self._loop.call_soon(self._drain)

    def _drain(self) -> None:
        self._draining = False
        if not self._plugins:
            self._load()
        while (info := self.queue.pop()) is not None:
            try:
                self._schedule(info)
            except ApiError as error:
                _log.warning("scheduling %s failed: %s", info.key, error)
                self.queue.retry(info, broken=True)

    def _schedule(self, info: PodInfo) -> None:
        state = self._state(info)
        snapshot = self.cache.snapshot()
        if not snapshot.nodes:
            self._fail(info, diagnosis.NO_NODES, frozenset(("NodeName",)), None)
            return
        refusal = state.prepare(snapshot)
        if refusal is not None:
            reason = diagnosis.available(len(snapshot.nodes), (), refusal)
            self._fail(info, f"{reason} {diagnosis.NO_STATE}", frozenset((refusal.plugin,)), None)
            return
        if not self._nominated and self._hopeless.tells(info, snapshot):
            self._fail(info, self._hopeless.message, self._hopeless.refused_by, None)
            return
        node, refusals = self._find(info, state, snapshot)
        if node is not None:
            self._assign(info, node)
            return
        plan = self._preemption(info, state, refusals, snapshot)
        reason = diagnosis.available(len(snapshot.nodes), refusals.values())
        message, refused_by = f"{reason}{_post_filter(plan)}", frozenset(r.plugin for r in refusals.values())
        if plan.node is None and not (state.global_filters or self._nominated or info.cls.claims):
            self._hopeless = _Failure(info.cls, snapshot.version, message, refused_by)
        self._fail(info, message, refused_by, plan)

    def _state(self, info: PodInfo) -> ClassState:
        key = info.cls.key
        state = self._states.get(key)
        if state is None or state.pod is not info.cls:
            if len(self._states) > 1024:
                self._states.clear()
            state = self._states[key] = ClassState(info.cls, self._filters, self._scorers, self._rng)
        return state

    def _find(self, info: PodInfo, state: ClassState, snapshot: Snapshot) -> tuple[NodeInfo | None, dict[str, Refusal]]:
        state.catch_up(self.cache)
        simple = not state.global_filters and not self._nominated
        comparing = [] if len(snapshot.nodes) == 1 else state.relative_scorers
        if simple and (not comparing or (len(comparing) == 1 and comparing[0].grouping(info.cls) is not None)):
            node = state.best_by_groups(self.cache, comparing[0] if comparing else None)
            if node is not None:
                return node, {}
            return None, {name: v.refusal for name, v in state.verdicts.items() if v.refusal is not None}
        found, refusals, looked = state.acceptable(self.cache, self._offset)
        if len(snapshot.nodes) > looked:
            self._offset = (self._offset + looked) % len(snapshot.nodes)
        if self._nominated:
            found = self._without_nominated(info, state, found, refusals, snapshot)
        if not found:
            return None, refusals
        return (found[0] if len(found) == 1 else state.best_of(found, state.relative_scorers, snapshot)), refusals

    def _without_nominated(
        self, info: PodInfo, state: ClassState, found: list[NodeInfo], refusals: dict[str, Refusal], snapshot: Snapshot
    ) -> list[NodeInfo]:
        """Leave out nodes that do only because a pod of equal or higher priority, nominated there, has not arrived."""
        nominated = (info.pod.get("status") or {}).get("nominatedNodeName")
        preferred = [node for node in found if node.name == nominated]
        kept = []
        for node in preferred or found:
            guests = [
                guest
                for place, guest in self._nominated.values()
                if place == node.name and guest.uid != info.uid and guest.cls.priority >= info.cls.priority
            ]
            if guests:
                trial = node.copy()
                for guest in guests:
                    trial.add_pod(guest)
                refusal = state.prepare(snapshot.replacing(trial)) or state.refusal(trial)
                if refusal is not None:
                    refusals[node.name] = refusal
                    continue
            kept.append(node)
        return kept

    def _preemption(self, info: PodInfo, state: ClassState, refusals: dict[str, Refusal], snapshot: Snapshot) -> "Plan":
        plan: Plan = self._preemption_plugin.plan(info, state, refusals, snapshot)
        return plan

    # -- outcomes

    def _assign(self, info: PodInfo, node: NodeInfo) -> None:
        self.queue.remove(info.uid)
        self._nominated.pop(info.uid, None)
        self.cache.assume(info, node.name)
        if not info.cls.claims:
            self._bind(info, node)
            return
        plan = self._volume_plugin.plan(info.cls, node)
        if not plan:
            self._bind(info, node)
            return
        self._patch_status(info.pod, {"nominatedNodeName": node.name})
        for claim, volume in plan:
            self._prepare_volume(claim, volume, node)
        self._awaiting_volumes[info.uid] = info
        self._loop.call_later(VOLUME_POLL, self._bind_when_settled, info, node)

    def _prepare_volume(self, claim: Object, volume: Object | None, node: NodeInfo) -> None:
        metadata = claim["metadata"]
        if volume is None:
            patch = {"metadata": {"annotations": {self._volume_plugin.SELECTED_NODE: node.name}}}
            self._client.patch(PERSISTENTVOLUMECLAIMS, metadata["name"], patch, metadata["namespace"], type="merge")
            return
        reference = {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
        }
        annotation = {"pv.kubernetes.io/bound-by-controller": "yes"}
        patch = {"metadata": {"annotations": annotation}, "spec": {"claimRef": reference}}
        self._client.patch(PERSISTENTVOLUMES, volume["metadata"]["name"], patch, type="merge")

    def _bind_when_settled(self, info: PodInfo, node: NodeInfo) -> None:
        """Look whether the claims are bound, again and again until they are; try anew if one of them went away."""
        if info.uid not in self._awaiting_volumes:
            return
        if self._volume_plugin.lost(info.cls):
            del self._awaiting_volumes[info.uid]
            self._return(info)
        elif self._volume_plugin.settled(info.cls):
            del self._awaiting_volumes[info.uid]
            self._bind(info, node)
        else:
            self._loop.call_later(VOLUME_POLL, self._bind_when_settled, info, node)

    def _return(self, info: PodInfo) -> None:
        """Put a pod back that could not be bound."""
        self.cache.forget(info)
        self.queue.pods[info.uid] = info
        self.queue.retry(info, broken=True)

    def _bind(self, info: PodInfo, node: NodeInfo) -> None:
        target = {"kind": "Node", "name": node.name}
        metadata = {"name": info.name, "namespace": info.namespace, "uid": info.uid}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": metadata, "target": target}
        try:
            self._client.create(PODS, binding, info.namespace, subresource="binding", name=info.name)
        except ApiError as error:
            if error.reason == "NotFound":
                self.cache.forget(info)
            else:
                self._return(info)
                _log.warning("binding %s to %s failed: %s", info.key, node.name, error)
            return
        self._recorder.event(
            info.pod, "Normal", "Scheduled", f"Successfully assigned {info.namespace}/{info.name} to {node.name}"
        )

    def _fail(self, info: PodInfo, message: str, refused_by: frozenset[str], plan: "Plan | None") -> None:
        info.refused_by = refused_by
        self._recorder.event(info.pod, "Warning", "FailedScheduling", message)
        if plan is not None and plan.node is not None:
            self._preempt(info, plan)
        status = info.pod.get("status") or {}
        nominated = plan.node.name if plan is not None and plan.node is not None else None
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": message,
            "observedGeneration": info.pod["metadata"].get("generation"),
        }
        self._write_condition(info.pod, status, condition, nominated)
        self.queue.park(info)

    def _write_condition(self, pod: Object, status: Object, condition: Object, nominated: str | None) -> None:
        old = conditions.get(status.get("conditions"), "PodScheduled")
        if old is not None and all(old.get(k) == v for k, v in condition.items() if v is not None) and not nominated:
            return
        now = rfc3339(self._loop.now())
        same = old is not None and old["status"] == condition["status"]
        condition["lastProbeTime"] = None
        condition["lastTransitionTime"] = old["lastTransitionTime"] if same and old else now
        patch: Object = {"conditions": [{k: v for k, v in condition.items() if v is not None or k == "lastProbeTime"}]}
        if nominated:
            patch["nominatedNodeName"] = nominated
        self._patch_status(pod, patch)

    def _patch_status(self, pod: Object, status: Object) -> None:
        """Patch a status; new conditions come after those that are there."""
        metadata = pod["metadata"]
        if "conditions" in status:
            present = (pod.get("status") or {}).get("conditions") or ()
            types = dict.fromkeys(c["type"] for c in (*present, *status["conditions"]))
            status = {**status, "$setElementOrder/conditions": [{"type": type} for type in types]}
        patch = {"metadata": {"uid": metadata["uid"]}, "status": status}
        try:
            self._client.patch(PODS, metadata["name"], patch, metadata["namespace"], subresource="status")
        except ApiError as error:
            if error.reason not in ("NotFound", "Conflict"):
                raise

    def _preempt(self, info: PodInfo, plan: "Plan") -> None:
        assert plan.node is not None
        self._nominate(info, plan.node.name)
        for victim in plan.victims:
            condition = {
                "type": "DisruptionTarget",
                "status": "True",
                "reason": "PreemptionByScheduler",
                "message": PREEMPTING,
                "lastTransitionTime": rfc3339(self._loop.now()),
                "observedGeneration": victim.pod["metadata"].get("generation"),
            }
            self._patch_status(victim.pod, {"conditions": [condition]})
            try:
                self._client.delete(PODS, victim.name, victim.namespace, uid=victim.uid)
            except ApiError as error:
                if error.reason != "NotFound":
                    raise
            message = f"Preempted by pod {info.uid} on node {plan.node.name}"
            self._recorder.event(victim.pod, "Normal", "Preempted", message)

    def _nominate(self, info: PodInfo, node: str) -> None:
        if node:
            self._nominated[info.uid] = (node, info)


def _post_filter(plan: "Plan") -> str:
    """What follows the reasons: nothing once victims were found."""
    return "" if plan.node is not None else f" {diagnosis.NO_CLAIMS}, preemption: {plan.message}"


def _finished(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _ours(pod: Object) -> bool:
    """Whether a pod without a node is for this scheduler to place now."""
    spec = pod["spec"]
    return (
        (spec.get("schedulerName") or NAME) == NAME
        and not spec.get("schedulingGates")
        and "deletionTimestamp" not in pod["metadata"]
    )


def _node_facts(node: Object) -> tuple[Any, ...]:
    metadata, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    return (
        metadata.get("labels"),
        spec.get("taints"),
        spec.get("unschedulable"),
        status.get("allocatable"),
        status.get("images"),
    )
