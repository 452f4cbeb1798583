"""The StatefulSet controller: watches sets and pods, claims, takes one step, reports, trims the history."""

from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.meta import split_key
from cluster_core.client.resources import CONTROLLERREVISIONS, PERSISTENTVOLUMECLAIMS, PODS, STATEFULSETS
from cluster_core.controllers import ownership
from cluster_core.controllers import pods as podlib
from cluster_core.controllers import revisions as history_of
from cluster_core.controllers.reconciler import REQUEST_SECONDS, Controller, selector_of
from cluster_core.controllers.retry import RetryError
from cluster_core.controllers.statefulset import history, identity
from cluster_core.controllers.statefulset.claims import Claims
from cluster_core.controllers.statefulset.control import Step
from cluster_core.controllers.statefulset.identity import Revisions

Object = dict[str, Any]


class StatefulSetController(Controller):
    """Keeps the pods of each set in order, one step per sync."""

    name = "statefulset-controller"

    def watch(self) -> None:
        self.sets, self.pods = self.lister(STATEFULSETS), self.lister(PODS)
        self.claims, self.revisions = self.lister(PERSISTENTVOLUMECLAIMS), self.lister(CONTROLLERREVISIONS)
        self.watch_own(STATEFULSETS)
        self.watch_dependents(PODS, STATEFULSETS, "StatefulSet")
        ownership.track_orphans(self.informer(CONTROLLERREVISIONS))

    def sync(self, key: str) -> None:
        stateful_set = self.sets.get(*split_key(key))
        if stateful_set is None:
            return
        selects = selector_of(stateful_set)
        revisions = history_of.claimed(self.client, self.revisions, STATEFULSETS, stateful_set, selects)
        pods = self._claim_pods(stateful_set)
        chosen = history.choose(self.client, stateful_set, revisions)
        step = self._step(stateful_set, chosen, pods)
        failure = None
        try:
            step.run()
        except (ApiError, RetryError) as error:
            failure = error
        self._update_status(stateful_set, chosen, step)
        if failure is not None:
            raise failure
        if step.claims.made:
            self.queue.add_after(key, REQUEST_SECONDS)
        history.truncate(self.client, stateful_set, pods, revisions, chosen)
        self._plan_availability_check(key, stateful_set, pods)

    def _claim_pods(self, stateful_set: Object) -> list[Object]:
        name = stateful_set["metadata"]["name"]
        claimer = ownership.Claimer(self.client, PODS, STATEFULSETS, stateful_set, selector_of(stateful_set))
        candidates = ownership.candidates(self.pods, stateful_set)
        return claimer.claim(candidates, lambda pod: identity.ordinal_of(pod["metadata"]["name"], name) >= 0)

    def _step(self, stateful_set: Object, chosen: Revisions, pods: list[Object]) -> Step:
        claims = Claims(self.client, self.claims, self.recorder, stateful_set)
        return Step(self.client, self.recorder, claims, stateful_set, chosen, pods, self.now())

    def _update_status(self, stateful_set: Object, chosen: Revisions, step: Step) -> None:
        status = _counts(stateful_set, chosen, step, self.now())
        old = stateful_set.get("status") or {}
        if {**old, "conditions": None, "collisionCount": 0} == {**status, "conditions": None, "collisionCount": 0}:
            return
        self.client.update_status(STATEFULSETS, {**stateful_set, "status": status})

    def _plan_availability_check(self, key: str, stateful_set: Object, pods: list[Object]) -> None:
        min_ready = stateful_set["spec"].get("minReadySeconds", 0)
        now = self.now()
        due = [since + min_ready for pod in pods if (since := podlib.ready_since(pod)) and since + min_ready > now]
        if min_ready and due:
            self.queue.add_after(key, min(due) - now)


def _counts(stateful_set: Object, chosen: Revisions, step: Step, now: float) -> Object:
    """The status; zeros are left out, except those of `replicas` and `availableReplicas`."""
    current, update = chosen.current["metadata"]["name"], chosen.update["metadata"]["name"]
    min_ready = stateful_set["spec"].get("minReadySeconds", 0)
    created = [pod for pod in step.members if podlib.phase(pod)]
    staying = [identity.revision_of(pod) for pod in created if "deletionTimestamp" not in pod["metadata"]]
    ready = [pod for pod in created if podlib.phase(pod) == "Running" and podlib.is_ready(pod)]
    counts = {
        "readyReplicas": len(ready),
        "currentReplicas": staying.count(current) - step.deleted_for_update,
        "updatedReplicas": staying.count(update),
    }
    size, strategy = stateful_set["spec"]["replicas"], stateful_set["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "RollingUpdate" and counts["updatedReplicas"] == len(ready) == len(created) == size:
        current, counts["currentReplicas"] = update, counts["updatedReplicas"]
    return {
        "observedGeneration": stateful_set["metadata"].get("generation", 0),
        "replicas": len(created),
        **{name: count for name, count in counts.items() if count},
        "availableReplicas": podlib.count(ready, lambda pod: podlib.is_available(pod, min_ready, now)),
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": chosen.collisions,
    }
