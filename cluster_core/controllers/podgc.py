"""The pod garbage collector: pods that nobody else would ever clear away.

Every period, in order: finished pods beyond a threshold; terminating pods on nodes that are out of service; pods of nodes
that have been gone for a while; terminating pods that never got a node.
"""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.client.resources import NODES, PODS
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
NODE_GONE = "PodGC: node no longer exists"


class PodGarbageCollector(Controller):
    """Has one key: the next round. Rounds are only planned while there is something that may need one."""

    name = "pod-garbage-collector"
    component = "pod-garbage-collector-controller"

    def watch(self) -> None:
        self.pods, self.nodes = self.lister(PODS), self.lister(NODES)
        self._missing_since: dict[str, float] = {}
        self._started = self.now()
        self._planned = False
        self.informer(PODS).add_handler(on_add=self._pod_changed, on_update=self._pod_updated)
        self.informer(NODES).add_handler(on_update=lambda _old, new: self._node_changed(new), on_delete=self._plan)

    def _pod_updated(self, old: Object, new: Object) -> None:
        if new["spec"] is not old["spec"] or "deletionTimestamp" in new["metadata"] or podlib.is_finished(new):
            self._pod_changed(new)

    def _pod_changed(self, pod: Object) -> None:
        node = pod["spec"].get("nodeName")
        if (
            ("deletionTimestamp" in pod["metadata"] and not node)
            or (node and self.nodes.get("", node) is None)
            or (podlib.is_finished(pod) and len(self.pods) > self.options.terminated_pod_threshold)
        ):
            self._plan()

    def _node_changed(self, node: Object) -> None:
        if any(taint["key"] == OUT_OF_SERVICE for taint in node["spec"].get("taints") or ()):
            self._plan()

    def _plan(self, _: Object | None = None) -> None:
        """Run at the next full period."""
        if not self._planned:
            self._planned = True
            period = self.options.pod_gc_period
            passed = (self.now() - self._started) % period
            self.queue.add_after("round", period - passed, background=True)

    def sync(self, _: str) -> None:
        self._planned = False
        pods = self.pods.list()
        again = self._collect_missing_nodes(pods)
        self._collect_finished(pods)
        for pod in pods:
            if "deletionTimestamp" in pod["metadata"] and self._is_stranded(pod):
                self._remove(pod)
        if again:
            self._plan()

    def _is_stranded(self, pod: Object) -> bool:
        """Terminating without a node, or on a node that is out of service and not ready."""
        name = pod["spec"].get("nodeName")
        if not name:
            return True
        node = self.nodes.get("", name)
        if node is None or not any(t["key"] == OUT_OF_SERVICE for t in node["spec"].get("taints") or ()):
            return False
        return not podlib.is_ready(node)

    def _collect_finished(self, pods: list[Object]) -> None:
        finished = [pod for pod in pods if podlib.is_finished(pod) and "deletionTimestamp" not in pod["metadata"]]
        surplus = len(finished) - self.options.terminated_pod_threshold
        if surplus > 0:
            finished.sort(key=lambda pod: ((pod["status"].get("reason") != "Evicted"), *podlib.age_order(pod)))
            for pod in finished[:surplus]:
                self._remove(pod)

    def _collect_missing_nodes(self, pods: list[Object]) -> bool:
        """Remove the pods of nodes that stayed away for the quarantine; True if some are still in it."""
        missing = {name for pod in pods if (name := pod["spec"].get("nodeName")) and self.nodes.get("", name) is None}
        self._missing_since = {name: self._missing_since.get(name, self.now()) for name in missing}
        due = self.now() - self.options.pod_gc_quarantine
        gone = {name for name, since in self._missing_since.items() if since <= due and not self._exists(name)}
        for pod in pods:
            if pod["spec"].get("nodeName") in gone:
                self._remove(pod, NODE_GONE)
        return bool(missing - gone)

    def _exists(self, name: str) -> bool:
        try:
            self.client.get(NODES, name)
        except ApiError as error:
            if is_not_found(error):
                return False
            raise
        return True

    def _remove(self, pod: Object, message: str = "") -> None:
        """Mark a running pod as failed, then delete it at once."""
        metadata = pod["metadata"]
        try:
            if not podlib.is_finished(pod):
                self._fail(pod, message)
            self.client.delete(PODS, metadata["name"], metadata["namespace"], grace_period_seconds=0)
        except ApiError as error:
            if not is_not_found(error):
                raise

    def _fail(self, pod: Object, message: str) -> None:
        failed = {**pod, "status": {**(pod.get("status") or {}), "phase": "Failed"}}
        if message:
            reason = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC", "message": message}
            failed = podlib.with_condition(failed, reason, self.now())
        self.client.update_status(PODS, failed)
