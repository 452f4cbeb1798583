"""One sync of one job: what is known of it and of its pods, and the status as it will be written.

The status here is the sync's own copy; the modules of this package change it in place and `counting` writes it.
"""

from functools import cached_property
from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.job import failure_policy, indexes
from cluster_core.controllers.job.backoff import Record

Object = dict[str, Any]

TRACKING = "batch.kubernetes.io/job-tracking"
"""The finalizer of a pod that is not counted yet."""


class Attempt:
    """The job, its pods, and counts that change as the sync goes on."""

    def __init__(self, job: Object, pods: list[Object], record: Record, now: float) -> None:
        self.job, self.pods, self.now = job, pods, now
        status = job.get("status") or {}
        self.status: Object = {**status, "conditions": list(status.get("conditions") or ())}
        uncounted = status.get("uncountedTerminatedPods") or {}
        self.uncounted = {name: list(uncounted.get(name) or ()) for name in ("succeeded", "failed")}
        self.active_pods = [pod for pod in pods if podlib.is_active(pod)]
        self.active = len(self.active_pods)
        self.ready = podlib.count(self.active_pods, podlib.is_ready)
        self.terminating = podlib.count(pods, podlib.is_terminating)
        self.new_succeeded = [pod for pod in self._uncounted_pods("succeeded") if podlib.phase(pod) == "Succeeded"]
        self.new_failed = [pod for pod in self._uncounted_pods("failed") if self.is_failed(pod)]
        self.record = record.after(self.new_succeeded, self.new_failed)
        self.succeeded = status.get("succeeded", 0) + len(self.new_succeeded) + len(self.uncounted["succeeded"])
        counted = sum(failure_policy.judge(self.failure_policy, pod).counts for pod in self.new_failed)
        self.failed = status.get("failed", 0) + counted + len(self.uncounted["failed"])
        self.ending: Object | None = None
        """The condition that this sync ends the job with, if it does."""
        self.changed = False
        """Whether the conditions changed in a way that must be written."""
        if self.is_indexed:
            self.succeeded = len(self.succeeded_indexes)

    @property
    def spec(self) -> Object:
        """The job's spec."""
        return self.job["spec"]  # type: ignore[no-any-return]

    @property
    def is_indexed(self) -> bool:
        """Whether each pod stands for one index."""
        return self.spec.get("completionMode") == "Indexed"

    @property
    def per_index(self) -> int | None:
        """backoffLimitPerIndex."""
        return self.spec.get("backoffLimitPerIndex")

    @property
    def completions(self) -> int:
        """The wanted number of successes; 0 if it is left open."""
        return self.spec.get("completions") or 0

    @property
    def suspended(self) -> bool:
        """Whether the job shall not run."""
        return bool(self.spec.get("suspend"))

    @property
    def failure_policy(self) -> Object | None:
        """podFailurePolicy."""
        return self.spec.get("podFailurePolicy")

    @property
    def replaces_failed_only(self) -> bool:
        """Whether a pod is replaced only once its phase is Failed, not as soon as it is deleted."""
        return self.spec.get("podReplacementPolicy") == "Failed" or self.failure_policy is not None

    def is_failed(self, pod: Object) -> bool:
        """Whether a pod counts as failed."""
        phase = podlib.phase(pod)
        if phase == "Failed":
            return True
        return not self.replaces_failed_only and "deletionTimestamp" in pod["metadata"] and phase != "Succeeded"

    def index_of(self, pod: Object) -> int | None:
        """The pod's index if the job has that index."""
        index = indexes.of_pod(pod)
        return index if index is not None and index < self.completions else None

    def _uncounted_pods(self, kind: str) -> list[Object]:
        known = set(self.uncounted[kind])
        return [
            pod
            for pod in self.pods
            if is_tracked(pod)
            and pod["metadata"]["uid"] not in known
            and (not self.is_indexed or self.index_of(pod) is not None)
        ]

    @cached_property
    def counted_indexes(self) -> set[int]:
        """The succeeded indexes that the stored status lists."""
        return indexes.parse((self.job.get("status") or {}).get("completedIndexes"), self.completions)

    @cached_property
    def succeeded_indexes(self) -> set[int]:
        """All succeeded indexes, those of pods not yet counted included."""
        new = (self.index_of(pod) for pod in self.pods if podlib.phase(pod) == "Succeeded" and is_tracked(pod))
        return self.counted_indexes | {index for index in new if index is not None}

    @cached_property
    def failed_indexes(self) -> set[int] | None:
        """All indexes that failed for good; None without a limit per index."""
        if self.per_index is None:
            return None
        stored = indexes.parse((self.job.get("status") or {}).get("failedIndexes"), self.completions)
        new = (self.index_of(pod) for pod in self.pods if is_tracked(pod) and self._fails_index(pod))
        return stored | {index for index in new if index is not None}

    def _fails_index(self, pod: Object) -> bool:
        if not self.is_failed(pod):
            return False
        verdict = failure_policy.judge(self.failure_policy, pod)
        if verdict.action == "FailIndex":
            return True
        assert self.per_index is not None
        return verdict.counts and indexes.failures(pod) >= self.per_index

    @cached_property
    def retained(self) -> dict[int, Object]:
        """The last failed pod of each index that is still to be tried again: it keeps its finalizer until replaced."""
        kept: dict[int, Object] = {}
        if self.per_index is None:
            return kept
        active = {self.index_of(pod) for pod in self.active_pods}
        done = self.succeeded_indexes | (self.failed_indexes or set())
        for pod in self.pods:
            index = self.index_of(pod)
            if index is None or index in done or index in active or not is_tracked(pod) or not self.is_failed(pod):
                continue
            if index not in kept or _failures(kept[index]) <= _failures(pod):
                kept[index] = pod
        return kept

    def condition(self, type: str) -> Object | None:
        """The condition of that type if it is True."""
        found = find(self.status["conditions"], type)
        return found if found is not None and found["status"] == "True" else None

    def new_condition(self, type: str, reason: str, message: str, status: str = "True") -> Object:
        """A condition as of now."""
        stamp = timestamps.rfc3339(self.now)
        return {
            "type": type,
            "status": status,
            "lastProbeTime": stamp,
            "lastTransitionTime": stamp,
            "reason": reason,
            "message": message,
        }

    def ensure_condition(self, new: Object) -> bool:
        """Put a condition into the status; an absent one that would be False is not added. True if that changed it."""
        conditions = self.status["conditions"]
        old = find(conditions, new["type"])
        if old is None:
            if new["status"] == "False":
                return False
            conditions.append(new)
            return True
        if all(old.get(field) == new[field] for field in ("status", "reason", "message")):
            return False
        conditions[conditions.index(old)] = new
        return True


def is_tracked(pod: Object) -> bool:
    """Whether a pod still carries the finalizer of uncounted pods."""
    return TRACKING in (pod["metadata"].get("finalizers") or ())


def is_finished(job: Object) -> bool:
    """Whether the job is Complete or Failed."""
    conditions = (job.get("status") or {}).get("conditions") or ()
    return any(c["type"] in ("Complete", "Failed") and c["status"] == "True" for c in conditions)


def find(conditions: list[Object], type: str) -> Object | None:
    """The condition of that type, None without one."""
    return next((c for c in conditions if c["type"] == type), None)


def _failures(pod: Object) -> int:
    return indexes.failures(pod) + indexes.ignored(pod)
