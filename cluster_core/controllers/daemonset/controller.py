"""The DaemonSet controller: watches sets, pods and nodes; places, updates, reports."""

from functools import partial
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.meta import controller_of, split_key
from cluster_core.client.resources import CONTROLLERREVISIONS, DAEMONSETS, NODES, PODS
from cluster_core.controllers import ownership, revisions
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.daemonset import history, nodes
from cluster_core.controllers.daemonset.placing import Changes, FailedPods, Placing, PodsByNode
from cluster_core.controllers.daemonset.updating import Updating
from cluster_core.controllers.podcontrol import PodControl, slow_start
from cluster_core.controllers.reconciler import Controller, selector_of

Object = dict[str, Any]

BURST = 250


class DaemonSetController(Controller):
    """Keeps one pod of each set on every node that suits."""

    name = "daemon-set-controller"
    component = "daemonset-controller"

    def watch(self) -> None:
        self.sets, self.pods, self.nodes = self.lister(DAEMONSETS), self.lister(PODS), self.lister(NODES)
        self.revisions = self.lister(CONTROLLERREVISIONS)
        self.failed = FailedPods()
        self.watch_own(DAEMONSETS)
        self.watch_dependents(PODS, DAEMONSETS, "DaemonSet")
        ownership.track_orphans(self.informer(CONTROLLERREVISIONS))
        self.informer(NODES).add_handler(on_add=self._node_changed, on_update=self._node_updated)

    def _node_updated(self, old: Object, new: Object) -> None:
        """Only labels and taints decide where pods run."""
        same_labels = old["metadata"].get("labels") == new["metadata"].get("labels")
        if not same_labels or old["spec"].get("taints") != new["spec"].get("taints"):
            self._node_changed(new)

    def _node_changed(self, node: Object) -> None:
        """Wake the sets whose pod is missing on the node, or must go, or may be counted wrongly."""
        owners = {(controller_of(pod) or {}).get("uid") for pod in self.pods.by_index("node", node["metadata"]["name"])}
        for daemon_set in self.sets.list():
            wanted, may_stay = nodes.should_run(daemon_set, node)
            present = daemon_set["metadata"]["uid"] in owners
            misscheduled = (daemon_set.get("status") or {}).get("numberMisscheduled", 0)
            if (wanted and not present) or (present and (not may_stay or misscheduled)):
                self.enqueue(daemon_set)

    def sync(self, key: str) -> None:
        daemon_set = self.sets.get(*split_key(key))
        if daemon_set is None:
            return
        if not daemon_set["spec"].get("selector"):
            message = "This daemon set is selecting all pods. A non-empty selector is required."
            self.warning(daemon_set, "SelectingAll", message)
            return
        if "deletionTimestamp" in daemon_set["metadata"]:
            return
        pods = self._claim(daemon_set)
        known = revisions.claimed(self.client, self.revisions, DAEMONSETS, daemon_set, selector_of(daemon_set))
        current, old = history.choose(self.client, daemon_set, known, pods)
        revision_hash = current["metadata"]["labels"][nodes.HASH_LABEL]
        failure = self._act(key, daemon_set, pods, revision_hash)
        self._update_status(key, daemon_set, _by_node(pods), revision_hash)
        if failure is not None:
            raise failure
        history.clean_up(self.client, daemon_set, old, pods)

    def _claim(self, daemon_set: Object) -> list[Object]:
        claimer = ownership.Claimer(self.client, PODS, DAEMONSETS, daemon_set, selector_of(daemon_set))
        return claimer.claim(ownership.candidates(self.pods, daemon_set))

    def _act(self, key: str, daemon_set: Object, pods: list[Object], revision_hash: str) -> ApiError | None:
        """Place pods; once every node has what it needs, update."""
        all_nodes, by_node = self.nodes.list(), _by_node(pods)

        def say(type: str, reason: str, message: str) -> None:
            self.event(daemon_set, reason, message, type)

        placing = Placing(daemon_set, revision_hash, self.now(), self.failed, say)
        changes = placing.changes(all_nodes, by_node)
        for delay in placing.retry_after:
            self.queue.add_after(key, delay)
        failure = self._apply(daemon_set, changes, revision_hash)
        strategy = (daemon_set["spec"].get("updateStrategy") or {}).get("type")
        if failure is None and not changes.create and not changes.delete and strategy == "RollingUpdate":
            updating = Updating(daemon_set, revision_hash, self.now(), all_nodes)
            failure = self._apply(daemon_set, updating.changes(by_node), revision_hash)
        return failure

    def _apply(self, daemon_set: Object, changes: Changes, revision_hash: str) -> ApiError | None:
        control = PodControl(self.client, self.recorder)
        failure: ApiError | None = None
        new = [nodes.new_pod(daemon_set, name, revision_hash) for name in changes.create[:BURST]]
        try:
            slow_start([partial(control.create, pod, daemon_set) for pod in new])
        except ApiError as error:
            failure = error
        for pod in changes.delete[:BURST]:
            try:
                control.delete(pod, daemon_set)
            except ApiError as error:
                failure = failure or error
        return failure

    def _update_status(self, key: str, daemon_set: Object, pods: PodsByNode, revision_hash: str) -> None:
        status = dict(daemon_set.get("status") or {})
        new = self._counts(daemon_set, pods, revision_hash)
        kept = {name: value for name, value in status.items() if name in ("collisionCount", "conditions")}
        new = {**new, **kept, "observedGeneration": daemon_set["metadata"].get("generation", 0)}
        if new != status:
            self.client.update_status(DAEMONSETS, {**daemon_set, "status": new})
        min_ready = daemon_set["spec"].get("minReadySeconds", 0)
        if min_ready and new["numberReady"] != new.get("numberAvailable", 0):
            self.queue.add_after(key, min_ready)

    def _counts(self, daemon_set: Object, pods: PodsByNode, revision_hash: str) -> Object:
        """The counts over nodes; of several pods on a node the oldest counts. The optional ones are left out when 0."""
        now, min_ready = self.now(), daemon_set["spec"].get("minReadySeconds", 0)
        desired = current = misscheduled = ready = updated = available = 0
        for node in self.nodes.list():
            present = pods.get(node["metadata"]["name"])
            if not nodes.should_run(daemon_set, node)[0]:
                misscheduled += bool(present)
                continue
            desired += 1
            if present:
                current += 1
                pod = min(present, key=nodes.oldest_first)
                ready += podlib.is_ready(pod)
                available += podlib.is_available(pod, min_ready, now)
                updated += nodes.is_updated(daemon_set, pod, revision_hash)
        optional = {
            "updatedNumberScheduled": updated,
            "numberAvailable": available,
            "numberUnavailable": desired - available,
        }
        return {
            "currentNumberScheduled": current,
            "numberMisscheduled": misscheduled,
            "desiredNumberScheduled": desired,
            "numberReady": ready,
            **{name: count for name, count in optional.items() if count},
        }


def _by_node(pods: list[Object]) -> PodsByNode:
    """Pods by the node they are on or meant for; finished ones that are going away do not count."""
    result: PodsByNode = {}
    for pod in pods:
        name = nodes.target_node(pod)
        if name and not ("deletionTimestamp" in pod["metadata"] and podlib.is_finished(pod)):
            result.setdefault(name, []).append(pod)
    return result
