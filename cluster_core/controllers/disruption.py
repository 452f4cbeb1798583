"""PodDisruptionBudgets: how many pods are healthy, how many must be, and how many may be evicted.

Also clears the DisruptionTarget condition of pods that were to go and did not.
"""

from typing import Any

from cluster_core.apimachinery import selectors, timestamps
from cluster_core.apimachinery.errors import ApiError, is_conflict, is_not_found
from cluster_core.apimachinery.gvk import GVK, parse_api_version
from cluster_core.apimachinery.meta import controller_of, key_of, split_key
from cluster_core.client.resources import PODDISRUPTIONBUDGETS, PODS
from cluster_core.client.workqueue import WorkQueue
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.reconciler import Controller
from cluster_core.controllers.rounding import scaled

Object = dict[str, Any]

DELETION_TIMEOUT = 120.0
"""Seconds that an eviction may take before the pod counts as healthy again."""
STALE_AFTER = 120.0


class ExpectationError(Exception):
    """The number of expected pods cannot be told."""


class DisruptionController(Controller):
    """Keys are those of budgets; a second queue has those of pods with a stale condition."""

    name = "disruption-controller"
    component = "controllermanager"

    def watch(self) -> None:
        self.budgets, self.pods = self.lister(PODDISRUPTIONBUDGETS), self.lister(PODS)
        self.stale = WorkQueue(self.loop, self._clear_stale, name="stale pod disruptions")
        self.watch_own(PODDISRUPTIONBUDGETS)
        self.informer(PODS).add_handler(
            on_add=self._pod_changed, on_update=lambda _old, new: self._pod_changed(new), on_delete=self._wake_budget
        )

    def _pod_changed(self, pod: Object) -> None:
        self._wake_budget(pod)
        if _has_stale_condition(pod):
            self.stale.add(key_of(pod))

    def _wake_budget(self, pod: Object) -> None:
        labels = pod["metadata"].get("labels")
        matching = [b for b in self.budgets.list(pod["metadata"]["namespace"]) if _selects(b)(labels)]
        if not matching:
            return
        if len(matching) > 1:
            where = f'"{pod["metadata"]["namespace"]}"/"{pod["metadata"]["name"]}"'
            chosen = matching[0]["metadata"]["name"]
            message = f'Pod {where} matches multiple PodDisruptionBudgets.  Chose "{chosen}" arbitrarily.'
            self.warning(pod, "MultiplePodDisruptionBudgets", message)
        self.enqueue(matching[0])

    def sync(self, key: str) -> None:
        budget = self.budgets.get(*split_key(key))
        if budget is None:
            return
        try:
            self._update(key, budget)
        except ExpectationError as error:
            message = f"Failed to calculate the number of expected pods: {error}"
            self.warning(budget, "CalculateExpectedPodCountFailed", message)
            self._fail(budget, str(error))
        except ApiError as error:
            if is_conflict(error) or is_not_found(error):
                raise
            self._fail(budget, error.message)

    def _update(self, key: str, budget: Object) -> None:
        selects = _selects(budget)
        found = self.pods.list(budget["metadata"]["namespace"])
        pods = [pod for pod in found if selects(pod["metadata"].get("labels"))]
        if not pods:
            self.event(budget, "NoPods", "No matching pods found")
        expected, desired = self._expectation(budget, pods)
        disrupted = self._disrupted(budget, pods)
        healthy = podlib.count(
            pods,
            lambda pod: (
                "deletionTimestamp" not in pod["metadata"]
                and pod["metadata"]["name"] not in disrupted
                and podlib.is_ready(pod)
            ),
        )
        self._write(budget, healthy, desired, expected, disrupted)
        if disrupted:
            self.wake_at(key, min(map(timestamps.parse, disrupted.values())) + DELETION_TIMEOUT)

    def _expectation(self, budget: Object, pods: list[Object]) -> tuple[int, int]:
        """How many pods there should be, and how many of them must be healthy."""
        spec = budget["spec"]
        if spec.get("maxUnavailable") is not None:
            expected = self._expected_scale(budget, pods)
            return expected, max(0, expected - scaled(spec["maxUnavailable"], expected, up=True))
        minimum = spec.get("minAvailable")
        if isinstance(minimum, str):
            expected = self._expected_scale(budget, pods)
            return expected, scaled(minimum, expected, up=True)
        return (0, 0) if minimum is None else (len(pods), int(minimum))

    def _expected_scale(self, budget: Object, pods: list[Object]) -> int:
        """The sum of the sizes of the pods' owners; pods without an owner do not count."""
        scales: dict[str, int] = {}
        unmanaged = False
        for pod in pods:
            owner = controller_of(pod)
            if owner is None:
                unmanaged = True
            elif owner["uid"] not in scales:
                uid, size = self._scale_of(owner, pod)
                scales[uid] = size
                scales.setdefault(owner["uid"], 0)
        if unmanaged:
            self._tell_unmanaged(budget)
        return sum(scales.values())

    def _scale_of(self, owner: Object, pod: Object) -> tuple[str, int]:
        """uid and size of the pod's topmost workload: a Deployment rather than its ReplicaSet."""
        namespace = pod["metadata"]["namespace"]
        found = self._live(owner, namespace, "")
        if found is not None and owner["kind"] == "ReplicaSet":
            above = controller_of(found)
            if above is not None and above["kind"] == "Deployment":
                deployment = self._live(above, namespace, "")
                if deployment is not None:
                    return above["uid"], int(deployment["spec"]["replicas"])
        if found is not None and owner["kind"] in ("ReplicaSet", "ReplicationController", "StatefulSet"):
            return owner["uid"], int(found["spec"]["replicas"])
        scale = self._live(owner, namespace, "scale") if found is not None else None
        if scale is None:
            raise ExpectationError(f'found no controllers for pod "{pod["metadata"]["name"]}"')
        return owner["uid"], int((scale.get("spec") or {}).get("replicas", 0))

    def _live(self, owner: Object, namespace: str, subresource: str) -> Object | None:
        """The owner (or its scale) as it is now; None if it is gone or has no such thing."""
        group, version = parse_api_version(owner["apiVersion"])
        try:
            gvr, _ = self.client.mapper.resource_for(GVK(group, version, owner["kind"]))
            found = self.client.get(gvr, owner["name"], namespace, subresource=subresource)
        except ApiError as error:
            if is_not_found(error):
                return None
            raise
        return found if found["metadata"]["uid"] == owner["uid"] else None

    def _tell_unmanaged(self, budget: Object) -> None:
        message = (
            f"Pods selected by this PodDisruptionBudget (selector: {selectors.go_text(budget['spec'].get('selector'))}) were "
            "found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result "
            'in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an '
            "integer value."
        )
        self.warning(budget, "UnmanagedPods", message)

    def _disrupted(self, budget: Object, pods: list[Object]) -> dict[str, str]:
        """Pods whose eviction was allowed lately and that are still there: name -> time."""
        noted = (budget.get("status") or {}).get("disruptedPods") or {}
        kept: dict[str, str] = {}
        for pod in pods:
            name = pod["metadata"]["name"]
            if name not in noted or "deletionTimestamp" in pod["metadata"]:
                continue
            if timestamps.parse(noted[name]) + DELETION_TIMEOUT < self.now():
                namespace = budget["metadata"]["namespace"]
                message = f"Pod was expected by PDB {namespace}/{namespace} to be deleted but it wasn't"
                self.warning(pod, "NotDeleted", message)
            else:
                kept[name] = noted[name]
        return kept

    def _write(self, budget: Object, healthy: int, desired: int, expected: int, disrupted: dict[str, str]) -> None:
        allowed = max(0, healthy - desired) if expected > 0 else 0
        generation = budget["metadata"].get("generation", 0)
        status: Object = {
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "observedGeneration": generation,
        }
        if disrupted:
            status["disruptedPods"] = disrupted
        state, reason = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
        status["conditions"] = self._conditions(budget, state, reason, "", generation)
        if status != budget.get("status"):
            self.client.update_status(PODDISRUPTIONBUDGETS, {**budget, "status": status})

    def _fail(self, budget: Object, message: str) -> None:
        """What cannot be told allows nothing."""
        status = budget.get("status") or {}
        observed = status.get("observedGeneration", 0)
        conditions = self._conditions(budget, "False", "SyncFailed", message, observed)
        failed = {**status, "disruptionsAllowed": 0, "conditions": conditions}
        if failed != status:
            self.client.update_status(PODDISRUPTIONBUDGETS, {**budget, "status": failed})

    def _conditions(self, budget: Object, state: str, reason: str, message: str, generation: int) -> list[Object]:
        present = list((budget.get("status") or {}).get("conditions") or ())
        new = {
            "type": "DisruptionAllowed",
            "status": state,
            "observedGeneration": generation,
            "lastTransitionTime": timestamps.rfc3339(self.now()),
            "reason": reason,
            "message": message,
        }
        for index, old in enumerate(present):
            if old["type"] == "DisruptionAllowed":
                if old["status"] == state:
                    new["lastTransitionTime"] = old["lastTransitionTime"]
                present[index] = new
                return present
        return [*present, new]

    def _clear_stale(self, key: str) -> None:
        pod = self.pods.get(*split_key(key))
        if pod is None or not _has_stale_condition(pod):
            return
        condition = podlib.condition(pod, "DisruptionTarget")
        assert condition is not None
        wait = timestamps.parse(condition["lastTransitionTime"]) + STALE_AFTER - self.now()
        if wait > 0:
            self.stale.add_after(key, wait, background=True)
            return
        cleared = podlib.with_condition(pod, {"type": "DisruptionTarget", "status": "False"}, self.now())
        self.client.update_status(PODS, cleared)


def _selects(budget: Object) -> Any:
    return selectors.from_object(budget["spec"].get("selector")).matches


def _has_stale_condition(pod: Object) -> bool:
    """Whether a pod that stays still carries the mark of one that goes."""
    if "deletionTimestamp" in pod["metadata"] or podlib.is_finished(pod):
        return False
    condition = podlib.condition(pod, "DisruptionTarget")
    return condition is not None and condition["status"] == "True" and condition.get("reason") != "TerminationByKubelet"
