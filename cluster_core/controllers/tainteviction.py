"""Taint eviction: pods leave nodes whose NoExecute taints they do not tolerate, or tolerate for a time only."""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.meta import key_of, split_key
from cluster_core.client.resources import NODES, PODS
from cluster_core.clock import Timer
from cluster_core.controllers import placement
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

NO_EXECUTE = ("NoExecute",)


class TaintEvictionController(Controller):
    """Keys are those of pods; a timer per pod that may stay for a while."""

    name = "taint-eviction-controller"

    def watch(self) -> None:
        self.pods, self.nodes = self.lister(PODS), self.lister(NODES)
        self._planned: dict[str, tuple[float, Timer]] = {}
        self.informer(NODES).add_handler(on_add=self._node_added, on_update=self._node_updated)
        self.informer(PODS).add_handler(on_add=self._pod_added, on_update=self._pod_updated, on_delete=self._forget)

    def _node_added(self, node: Object) -> None:
        if _taints(node):
            self._wake_pods(node)

    def _node_updated(self, old: Object, new: Object) -> None:
        if _taints(old) != _taints(new):
            self._wake_pods(new)

    def _wake_pods(self, node: Object) -> None:
        for pod in self.pods.by_index("node", node["metadata"]["name"]):
            self.enqueue(pod)

    def _pod_added(self, pod: Object) -> None:
        if pod["spec"].get("nodeName"):
            self._look_at(pod)

    def _pod_updated(self, old: Object, new: Object) -> None:
        before, after = old["spec"], new["spec"]
        if before is after:
            return
        if before.get("nodeName") != after.get("nodeName") or before.get("tolerations") != after.get("tolerations"):
            self._look_at(new)

    def _look_at(self, pod: Object) -> None:
        node = self.nodes.get("", pod["spec"]["nodeName"])
        if (node is not None and _taints(node)) or key_of(pod) in self._planned:
            self.enqueue(pod)

    def _forget(self, pod: Object) -> None:
        self._cancel(key_of(pod), None)

    def sync(self, key: str) -> None:
        pod = self.pods.get(*split_key(key))
        if pod is None:
            return
        node = self.nodes.get("", pod["spec"].get("nodeName", ""))
        taints = _taints(node) if node is not None else []
        if not taints or "deletionTimestamp" in pod["metadata"]:
            self._cancel(key, pod)
            return
        seconds = _stay(pod, taints)
        if seconds is None:
            self._cancel(key, pod)
        elif seconds <= 0:
            self._cancel(key, None)
            self._evict(key)
        else:
            self._plan(key, seconds)

    def _plan(self, key: str, seconds: float) -> None:
        """Evict later; the wait counts from when it was first planned."""
        start = self.now()
        if key in self._planned:
            first, timer = self._planned[key]
            if timer.when <= self.now() + seconds:
                return
            start = first
            timer.cancel()
        timer = self.loop.call_later(start + seconds - self.now(), self._evict_due, key, background=True)
        self._planned[key] = (start, timer)

    def _cancel(self, key: str, pod: Object | None) -> None:
        planned = self._planned.pop(key, None)
        if planned is not None:
            planned[1].cancel()
            if pod is not None:
                self.event(pod, "TaintManagerEviction", f"Cancelling deletion of Pod {key}")

    def _evict_due(self, key: str) -> None:
        self._planned.pop(key, None)
        try:
            self._evict(key)
        except ApiError:
            self.queue.add_rate_limited(key)

    def _evict(self, key: str) -> None:
        pod = self.pods.get(*split_key(key))
        if pod is None:
            return
        metadata = pod["metadata"]
        self.event(pod, "TaintManagerEviction", f"Marking for deletion Pod {key}")
        reason = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
            "observedGeneration": metadata.get("generation"),
        }
        try:
            self.client.update_status(PODS, podlib.with_condition(pod, reason, self.now()))
            self.client.delete(PODS, metadata["name"], metadata["namespace"])
        except ApiError as error:
            if not is_not_found(error):
                raise


def _taints(node: Object) -> list[Object]:
    return [taint for taint in node["spec"].get("taints") or () if taint["effect"] == "NoExecute"]


def _stay(pod: Object, taints: list[Object]) -> float | None:
    """Seconds that the pod may stay; None for ever. Only tolerations that are used count."""
    tolerations = pod["spec"].get("tolerations") or []
    if placement.untolerated(taints, tolerations, NO_EXECUTE) is not None:
        return 0
    used = [next(t for t in tolerations if placement.tolerates(t, taint)) for taint in taints]
    limits = [float(t["tolerationSeconds"]) for t in used if t.get("tolerationSeconds") is not None]
    return min(limits, default=None)
