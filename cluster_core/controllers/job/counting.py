"""Counting finished pods exactly once: note them in the status, take their finalizer off, then move them to the counters.

Whatever is interrupted, a pod is either still tracked or still listed as uncounted, so the next sync goes on from there.
"""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_invalid, is_not_found
from cluster_core.client.client import Client
from cluster_core.client.resources import JOBS
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.job import failure_policy, indexes
from cluster_core.controllers.job.attempt import Attempt, is_tracked
from cluster_core.controllers.job.starting import untrack

Object = dict[str, Any]

MAX_UNCOUNTED = 500


class Counting:
    """Counts for one attempt. `finished` is the condition that ended the job, once it is written."""

    def __init__(self, client: Client, attempt: Attempt) -> None:
        self.client, self.attempt = client, attempt
        self.job = attempt.job
        self.finished: Object | None = None
        self._tracked = {pod["metadata"]["uid"] for pod in attempt.pods if is_tracked(pod)}

    def run(self) -> None:
        """Note, untrack, count, and end the job if it is time; raises ApiError if a finalizer could not be taken."""
        attempt = self.attempt
        dirty = self._count_untracked()
        finished = self._note()
        dirty |= self._note_indexes() | self._note_ending() | self._counts_differ()
        if dirty:
            self._write()
        failure = self._untrack(finished)
        dirty = self._count_untracked()
        if failure is None and attempt.ending is not None and self._end():
            dirty = True
        if dirty:
            self._write()
        if failure is not None:
            self.finished = None
            raise failure

    def _note(self) -> list[Object]:
        """List pods as uncounted; returns those whose finalizer can go."""
        attempt = self.attempt
        finished: list[Object] = []
        noted = 0
        for pod in attempt.pods:
            if not is_tracked(pod) or not self._may_untrack(pod):
                continue
            finished.append(pod)
            noted += self._note_one(pod)
            if noted >= MAX_UNCOUNTED:
                break
        return finished

    def _may_untrack(self, pod: Object) -> bool:
        attempt = self.attempt
        if "deletionTimestamp" in self.job["metadata"] or attempt.ending is not None:
            return True
        if podlib.phase(pod) == "Succeeded":
            return True
        if not attempt.is_failed(pod):
            return False
        index = indexes.of_pod(pod)
        retained = attempt.retained.get(index) if index is not None else None
        return retained is None or retained["metadata"]["uid"] != pod["metadata"]["uid"]

    def _note_one(self, pod: Object) -> bool:
        attempt, uid = self.attempt, pod["metadata"]["uid"]
        uncounted = attempt.uncounted
        if podlib.phase(pod) == "Succeeded" and uid not in uncounted["failed"]:
            if attempt.is_indexed or uid in uncounted["succeeded"]:
                return False
            uncounted["succeeded"].append(uid)
            return True
        failing = attempt.ending is not None and attempt.ending["type"] != "SuccessCriteriaMet"
        if not attempt.is_failed(pod) and not failing:
            return False
        if uid in uncounted["failed"] or (attempt.is_indexed and attempt.index_of(pod) is None):
            return False
        if not failure_policy.judge(attempt.failure_policy, pod).counts:
            return False
        uncounted["failed"].append(uid)
        return True

    def _note_indexes(self) -> bool:
        """Succeeded indexes go straight into the status."""
        attempt, status = self.attempt, self.attempt.status
        if not attempt.is_indexed:
            return False
        before = (status.get("completedIndexes"), status.get("failedIndexes"))
        status["succeeded"] = len(attempt.succeeded_indexes)
        if completed := indexes.text(attempt.succeeded_indexes):
            status["completedIndexes"] = completed
        if attempt.failed_indexes is not None:
            status["failedIndexes"] = indexes.text(attempt.failed_indexes)
        return before != (status.get("completedIndexes"), status.get("failedIndexes"))

    def _note_ending(self) -> bool:
        """The first of the two conditions of an end; from here on `ending` is the final one."""
        attempt = self.attempt
        ending = attempt.ending
        if ending is None or ending["type"] not in ("FailureTarget", "SuccessCriteriaMet"):
            return False
        fresh = ending["type"] == "FailureTarget" or attempt.condition("SuccessCriteriaMet") is None
        if fresh:
            attempt.status["conditions"].append(ending)
        final = "Failed" if ending["type"] == "FailureTarget" else "Complete"
        attempt.ending = attempt.new_condition(final, ending.get("reason", ""), ending.get("message", ""))
        return fresh

    def _counts_differ(self) -> bool:
        attempt, status = self.attempt, self.attempt.status
        before = (status.get("active", 0), status.get("ready"), status.get("terminating"))
        status["active"], status["ready"] = attempt.active, attempt.ready
        status["terminating"] = attempt.terminating
        return attempt.changed or before != (attempt.active, attempt.ready, attempt.terminating)

    def _untrack(self, finished: list[Object]) -> ApiError | None:
        failure: ApiError | None = None
        for pod in finished:
            try:
                untrack(self.client, pod)
            except ApiError as error:
                if not is_not_found(error) and not is_invalid(error):
                    failure = failure or error
                    continue
            self._tracked.discard(pod["metadata"]["uid"])
        return failure

    def _count_untracked(self) -> bool:
        """Move uncounted pods that are no longer tracked into the counters."""
        changed = False
        for kind in ("succeeded", "failed"):
            listed = self.attempt.uncounted[kind]
            kept = [uid for uid in listed if uid in self._tracked]
            if len(kept) < len(listed):
                changed = True
                status = self.attempt.status
                status[kind] = status.get(kind, 0) + len(listed) - len(kept)
                self.attempt.uncounted[kind] = kept
        return changed

    def _end(self) -> bool:
        """Once no pod is uncounted or terminating, the final condition."""
        attempt = self.attempt
        assert attempt.ending is not None
        if attempt.terminating or any(attempt.uncounted.values()):
            return False
        attempt.ensure_condition(attempt.ending)
        if attempt.ending["type"] == "Complete":
            attempt.status["completionTime"] = attempt.ending["lastTransitionTime"]
        self.finished = attempt.ending
        return True

    def _write(self) -> None:
        status = dict(self.attempt.status)
        status["uncountedTerminatedPods"] = {kind: uids for kind, uids in self.attempt.uncounted.items() if uids}
        for count in ("active", "succeeded", "failed"):
            if not status.get(count):
                status.pop(count, None)
        if not status["conditions"]:
            del status["conditions"]
        self.job = self.client.update_status(JOBS, {**self.job, "status": status})
