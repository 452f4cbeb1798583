"""ReplicaSets and ReplicationControllers: keep as many pods as the spec asks for.

The two differ in names only; a ReplicationController reports no terminating pods. The order in which surplus pods go is
in `deletion_ranking`.
"""

from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.meta import controller_of, key_of, split_key
from cluster_core.client.resources import PODS, REPLICASETS, REPLICATIONCONTROLLERS
from cluster_core.controllers import ownership
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.deletion_ranking import rank_for_replicaset
from cluster_core.controllers.podcontrol import BURST, PodControl
from cluster_core.controllers.reconciler import Controller, batch_delay, selector_of

Object = dict[str, Any]


class ReplicaSetController(Controller):
    """Creates, adopts, releases and deletes pods until as many are active as the spec says; reports in the status."""

    name = "replicaset-controller"
    gvr: GVR = REPLICASETS
    kind = "ReplicaSet"
    reports_terminating = True

    def watch(self) -> None:
        self.sets, self.pods = self.lister(self.gvr), self.lister(PODS)
        self.watch_own(self.gvr, status=False)
        self.watch_dependents(PODS, self.gvr, self.kind, self.enqueue_for_pods)

    def enqueue_for_pods(self, replica_set: Object) -> None:
        """A pod of the set changed. Large sets wait a moment for more changes."""
        status = replica_set.get("status") or {}
        members = status.get("replicas", 0) + status.get("terminatingReplicas", 0)
        delay = batch_delay(max(members, replica_set["spec"]["replicas"]))
        if delay:
            self.queue.add_after(key_of(replica_set), delay)
        else:
            self.enqueue(replica_set)

    def sync(self, key: str) -> None:
        replica_set = self.sets.get(*split_key(key))
        if replica_set is None:
            return
        active, terminating = self._claim(replica_set)
        failure = None
        if "deletionTimestamp" not in replica_set["metadata"]:
            failure = self._manage(replica_set, active)
        updated = self._update_status(replica_set, active, terminating, failure)
        if failure is not None:
            raise failure
        self._plan_availability_check(key, updated, active)

    def _claim(self, replica_set: Object) -> tuple[list[Object], int]:
        """The active pods of the set after adoption and release, and how many of its pods are on their way out."""
        selects = selector_of(replica_set)
        active, leaving = [], []
        for pod in ownership.candidates(self.pods, replica_set):
            if podlib.is_active(pod):
                active.append(pod)
            elif podlib.is_terminating(pod):
                leaving.append(pod)
        claimer = ownership.Claimer(self.client, PODS, self.gvr, replica_set, selects)
        uid = replica_set["metadata"]["uid"]
        terminating = sum(
            1
            for pod in leaving
            if (controller_of(pod) or {}).get("uid") == uid and selects(pod["metadata"].get("labels") or {})
        )
        return claimer.claim(active), terminating

    def _manage(self, replica_set: Object, active: list[Object]) -> ApiError | None:
        """Create what is missing or delete what is too much; the first refusal is returned, not raised."""
        surplus = len(active) - replica_set["spec"]["replicas"]
        control = PodControl(self.client, self.recorder)
        try:
            if surplus < 0:
                pod = podlib.from_template(replica_set["spec"]["template"], replica_set)
                control.create_slowly([pod] * min(-surplus, BURST), replica_set)
            elif surplus > 0:
                self._shrink(control, replica_set, active, min(surplus, BURST))
        except ApiError as error:
            return error
        return None

    def _shrink(self, control: PodControl, replica_set: Object, active: list[Object], surplus: int) -> None:
        doomed = active
        if surplus < len(active):
            doomed = rank_for_replicaset(active, self._related_pods(replica_set), self.now())[:surplus]
        failure: ApiError | None = None
        for pod in doomed:
            try:
                control.delete(pod, replica_set)
            except ApiError as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def _related_pods(self, replica_set: Object) -> list[Object]:
        """Active pods of all sets with the same controller as this one (of this one alone if it has none)."""
        owner = controller_of(replica_set)
        siblings = self.sets.by_index("owner", owner["uid"]) if owner is not None else [replica_set]
        return [pod for sibling in siblings for pod in self.pods.by_index("owner", sibling["metadata"]["uid"])]

    def _update_status(
        self, replica_set: Object, active: list[Object], terminating: int, failure: ApiError | None
    ) -> Object:
        generation = replica_set["metadata"].get("generation", 0)
        old = replica_set.get("status") or {}
        new = {**self._counts(replica_set, active), "observedGeneration": generation}
        if self.reports_terminating:
            new["terminatingReplicas"] = terminating
        if conditions := self._conditions(replica_set, len(active), failure):
            new["conditions"] = conditions
        if new == old:
            return replica_set
        return self.client.update_status(self.gvr, {**replica_set, "status": new})

    def _counts(self, replica_set: Object, active: list[Object]) -> dict[str, Any]:
        """The replica counts; zeros are left out, except that of `replicas`."""
        spec = replica_set["spec"]
        min_ready, now = spec.get("minReadySeconds", 0), self.now()
        wanted = (spec["template"].get("metadata") or {}).get("labels") or {}
        labelled = ready = available = 0
        seen: Object | None = None
        fits = False
        for pod in active:
            labels = pod["metadata"].get("labels") or {}
            if labels is not seen:
                seen, fits = labels, wanted.items() <= labels.items()
            labelled += fits
            if podlib.is_ready(pod):
                ready += 1
                available += podlib.is_available(pod, min_ready, now) if min_ready else 1
        counts = {"fullyLabeledReplicas": labelled, "readyReplicas": ready, "availableReplicas": available}
        return {"replicas": len(active), **{name: count for name, count in counts.items() if count}}

    def _conditions(self, replica_set: Object, active: int, failure: ApiError | None) -> list[Object]:
        """The first failure stays in the condition until a sync succeeds."""
        present = (replica_set.get("status") or {}).get("conditions") or []
        if failure is None:
            return [condition for condition in present if condition["type"] != "ReplicaFailure"]
        if any(condition["type"] == "ReplicaFailure" for condition in present):
            return list(present)
        difference = active - replica_set["spec"]["replicas"]
        reason = "FailedCreate" if difference < 0 else "FailedDelete" if difference > 0 else ""
        return [
            *present,
            {
                "type": "ReplicaFailure",
                "status": "True",
                "lastTransitionTime": timestamps.rfc3339(self.now()),
                "reason": reason,
                "message": failure.message,
            },
        ]

    def _plan_availability_check(self, key: str, replica_set: Object, active: list[Object]) -> None:
        """Look again when the next ready pod will have been ready for minReadySeconds."""
        min_ready = replica_set["spec"].get("minReadySeconds", 0)
        if not min_ready:
            return
        now = self.now()
        due = [since + min_ready for pod in active if (since := podlib.ready_since(pod)) and since + min_ready > now]
        if due:
            self.queue.add_after(key, min(due) - now)


class ReplicationControllerController(ReplicaSetController):
    """The same for the older kind."""

    name = "replication-controller"
    gvr = REPLICATIONCONTROLLERS
    kind = "ReplicationController"
    reports_terminating = False
