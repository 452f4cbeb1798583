"""One step of a StatefulSet: its pods in order, then the surplus, then the update.

OrderedReady does one thing and waits; Parallel does all pods at once. Either way an update replaces one pod at a time.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_already_exists, is_not_found
from cluster_core.client.client import Client
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.resources import PODS
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.podcontrol import slow_start
from cluster_core.controllers.retry import RetryError
from cluster_core.controllers.statefulset import identity
from cluster_core.controllers.statefulset.claims import Claims
from cluster_core.controllers.statefulset.identity import Revisions

Object = dict[str, Any]


class Step:
    """What one sync does to the pods of one set. After `run`, `members` holds the pods that the status counts."""

    def __init__(
        self,
        client: Client,
        recorder: EventRecorder,
        claims: Claims,
        stateful_set: Object,
        revisions: Revisions,
        pods: list[Object],
        now: float,
    ) -> None:
        self.client, self.recorder, self.claims = client, recorder, claims
        self.set, self.revisions, self.now = stateful_set, revisions, now
        self.name = stateful_set["metadata"]["name"]
        self.min_ready = stateful_set["spec"].get("minReadySeconds", 0)
        self.ordered: bool = stateful_set["spec"].get("podManagementPolicy") != "Parallel"
        self.members = pods
        self.deleted_for_update = 0
        self._sort(pods)

    def _sort(self, pods: list[Object]) -> None:
        start = identity.start_ordinal(self.set)
        by_ordinal = {identity.ordinal_of(pod["metadata"]["name"], self.name): pod for pod in pods}
        by_ordinal.pop(-1, None)
        wanted = range(start, start + self.set["spec"]["replicas"])
        self.replicas = [by_ordinal.get(n) or identity.new_pod(self.set, self.revisions, n) for n in wanted]
        surplus = sorted((n for n in by_ordinal if n not in wanted), reverse=True)
        self.condemned = [by_ordinal[n] for n in surplus]

    def run(self) -> None:
        """Take the step; raises ApiError or RetryError where it must be tried again."""
        if "deletionTimestamp" in self.set["metadata"]:
            return
        first_unavailable = self._first_unavailable()
        self.members = [*self.replicas, *self.condemned]
        if self._for_all(self.replicas, self._tend):
            return
        if self._for_all(self.condemned, self._tend_claims):
            return
        if self._for_all(self.condemned, lambda pod: self._dismiss(pod, first_unavailable)):
            return
        if (self.set["spec"].get("updateStrategy") or {}).get("type") != "OnDelete":
            self._update()

    def _for_all(self, pods: list[Object], act: Callable[[Object], bool]) -> bool:
        """Ordered: one pod after the other until one says stop. Parallel: all of them. True means stop."""
        if self.ordered:
            return any(act(pod) for pod in pods)
        slow_start([partial(act, pod) for pod in pods])
        return False

    def _first_unavailable(self) -> Object | None:
        """Of the wanted pods, then of the condemned from the lowest ordinal."""
        for pod in [*self.replicas, *reversed(self.condemned)]:
            if self._is_unavailable(pod):
                return pod
        return None

    def _ordinal(self, pod: Object) -> int:
        return identity.ordinal_of(pod["metadata"]["name"], self.name)

    def _is_unavailable(self, pod: Object) -> bool:
        return "deletionTimestamp" in pod["metadata"] or not self._is_available(pod)

    def _is_available(self, pod: Object) -> bool:
        return podlib.phase(pod) == "Running" and podlib.is_available(pod, self.min_ready, self.now)

    def _tend(self, pod: Object) -> bool:
        """Bring one wanted pod further; True if an ordered set must wait for it."""
        if podlib.is_finished(pod):
            if "deletionTimestamp" not in pod["metadata"]:
                self._delete(pod)
            return True
        ordinal = self._ordinal(pod)
        if not podlib.phase(pod):
            if "uid" not in pod["metadata"] and self._create_unless_stale(pod, ordinal):
                return True
            if self.ordered:
                return True
        if podlib.phase(pod) == "Pending":
            self._create_claims(pod, ordinal)
        if self.ordered and self._is_unavailable(pod):
            return True
        if not identity.matches(self.set, pod, ordinal) or not self.claims.match_policy(pod, ordinal):
            self._repair(pod, ordinal)
        return False

    def _create_unless_stale(self, pod: Object, ordinal: int) -> bool:
        """True if the pod must wait since a claim is about to go, or was just made and is to be seen first."""
        if self.claims.is_stale(pod, ordinal):
            return True
        name = pod["metadata"]["name"]
        try:
            if self.claims.create_missing(pod, ordinal):
                return True
            created = self.client.create(PODS, pod)
        except (ApiError, RetryError) as error:
            if not is_already_exists(error):
                message = f"Create Pod {name} in StatefulSet {self.name} failed error: {error}"
                self.recorder.event(self.set, "Warning", "FailedCreate", message)
            raise
        self.claims.apply_policy(created, ordinal)
        self._tell("Create", name)
        return False

    def _create_claims(self, pod: Object, ordinal: int) -> None:
        self.claims.create_missing(pod, ordinal)
        self.claims.apply_policy(pod, ordinal)

    def _repair(self, pod: Object, ordinal: int) -> None:
        if not identity.matches(self.set, pod, ordinal):
            self.claims.create_missing(pod, ordinal)
            self.client.update(PODS, identity.restored(self.set, pod, ordinal))
        self.claims.apply_policy(pod, ordinal)
        self._tell("Update", pod["metadata"]["name"])

    def _tend_claims(self, pod: Object) -> bool:
        ordinal = self._ordinal(pod)
        if not self.claims.match_policy(pod, ordinal):
            self.claims.apply_policy(pod, ordinal)
        return False

    def _dismiss(self, pod: Object, first_unavailable: Object | None) -> bool:
        """Delete a surplus pod; an ordered set waits while another one is not well."""
        if "deletionTimestamp" in pod["metadata"]:
            return self.ordered
        if self.ordered and not self._is_available(pod) and pod is not first_unavailable:
            return True
        self._delete(pod)
        return True

    def _update(self) -> None:
        """Replace the pod of the highest ordinal that has another revision, if all above it are well."""
        rolling = (self.set["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
        update = self.revisions.update["metadata"]["name"]
        for pod in reversed(self.replicas[int(rolling.get("partition") or 0) :]):
            if identity.revision_of(pod) != update and "deletionTimestamp" not in pod["metadata"]:
                self._delete(pod)
                self.deleted_for_update += 1
                return
            if self._is_unavailable(pod):
                return

    def _delete(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        try:
            self.client.delete(PODS, name, pod["metadata"]["namespace"])
        except ApiError as error:
            if not is_not_found(error):
                message = f"Delete Pod {name} in StatefulSet {self.name} failed error: {error.message}"
                self.recorder.event(self.set, "Warning", "FailedDelete", message)
                raise
        self._tell("Delete", name)

    def _tell(self, verb: str, pod_name: str) -> None:
        message = f"{verb} Pod {pod_name} in StatefulSet {self.name} successful"
        self.recorder.event(self.set, "Normal", f"Successful{verb}", message)
