"""The Job controller: watches jobs and their pods, batches the pods' changes, takes one sync at a time."""

from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.meta import controller_of, key_of, split_key
from cluster_core.client.resources import JOBS, PODS
from cluster_core.controllers import ownership
from cluster_core.controllers.job import ending
from cluster_core.controllers.job.attempt import TRACKING, Attempt, is_finished, is_tracked
from cluster_core.controllers.job.backoff import Record
from cluster_core.controllers.job.counting import Counting
from cluster_core.controllers.job.starting import Starting, untrack
from cluster_core.controllers.podcontrol import PodControl
from cluster_core.controllers.reconciler import Controller, selector_of

Object = dict[str, Any]

MANAGER = "kubernetes.io/job-controller"


class JobController(Controller):
    """Runs jobs to their end. Changes of pods are looked at a second later, all at once."""

    name = "job-controller"
    retry_delays = (1.0, 60.0)

    def watch(self) -> None:
        self.jobs, self.pods = self.lister(JOBS), self.lister(PODS)
        self.records: dict[str, Record] = {}
        self.informer(JOBS).add_handler(on_add=self.enqueue, on_update=self._job_updated, on_delete=self._job_deleted)
        self.watch_dependents(PODS, JOBS, "Job", self._enqueue_batched)
        self.informer(PODS).add_handler(on_add=self._free_orphan, on_update=lambda _old, new: self._free_orphan(new))

    def _enqueue_batched(self, job: Object) -> None:
        self.queue.add_after(key_of(job), self.options.job_sync_delay)

    def _job_updated(self, old: Object, new: Object) -> None:
        if old["metadata"].get("generation") == new["metadata"].get("generation"):
            self._enqueue_batched(new)
        else:
            self.enqueue(new)

    def _job_deleted(self, job: Object) -> None:
        self.records.pop(job["metadata"]["uid"], None)
        for pod in self.pods.by_index("owner", job["metadata"]["uid"]):
            self._free_orphan(pod)

    def _free_orphan(self, pod: Object) -> None:
        """A tracked pod whose job is gone or finished would never be let go."""
        if not is_tracked(pod):
            return
        owner = controller_of(pod)
        job = None
        if owner is not None:
            job = self.jobs.get(pod["metadata"]["namespace"], owner["name"])
            if job is None or job["metadata"]["uid"] != owner["uid"]:
                job = None
            elif owner["kind"] != "Job":
                return
        if job is None or is_finished(job):
            self.loop.call_soon(self._untrack_orphan, pod)

    def _untrack_orphan(self, pod: Object) -> None:
        """Look again before the finalizer goes: the job may not have been seen yet."""
        metadata = pod["metadata"]
        owner = controller_of(pod)
        if owner is not None:
            try:
                job = self.client.get(JOBS, owner["name"], metadata["namespace"])
                if job["metadata"]["uid"] == owner["uid"] and not is_finished(job):
                    return
            except ApiError as error:
                if not is_not_found(error):
                    raise
        try:
            untrack(self.client, pod)
        except ApiError:
            return

    def sync(self, key: str) -> None:
        job = self.jobs.get(*split_key(key))
        if job is None or job["spec"].get("managedBy", MANAGER) != MANAGER or is_finished(job):
            return
        attempt = Attempt(job, self._claim(job), self.records.get(job["metadata"]["uid"], Record()), self.now())
        if not attempt.status.get("startTime") and not attempt.suspended:
            attempt.status["startTime"] = timestamps.rfc3339(attempt.now)
        failure = self._act(key, attempt)
        counting = Counting(self.client, attempt)
        counting.run()
        self.records[job["metadata"]["uid"]] = attempt.record
        if counting.finished is not None:
            self._tell_end(job, counting)
        if failure is not None:
            raise failure

    def _claim(self, job: Object) -> list[Object]:
        claimer = ownership.Claimer(self.client, PODS, JOBS, job, selector_of(job), (TRACKING,))
        return claimer.claim(ownership.candidates(self.pods, job))

    def _act(self, key: str, attempt: Attempt) -> ApiError | None:
        """End the job, or run it on; the first refusal is returned."""
        starting = Starting(self.client, PodControl(self.client, self.recorder), attempt)
        attempt.ending = ending.decide(attempt)
        if attempt.ending is not None:
            failure = starting.delete_active()
            if failure is not None:
                attempt.ending = None
            return failure
        due = ending.deadline(attempt)
        if due is not None:
            self.wake_at(key, due)
        return self._run_on(key, attempt, starting)

    def _run_on(self, key: str, attempt: Attempt, starting: Starting) -> ApiError | None:
        going = "deletionTimestamp" in attempt.job["metadata"]
        failure = None if going else starting.manage()
        if starting.wait is not None:
            self.queue.add_after(key, max(starting.wait, self.options.job_sync_delay))
        if ending.is_complete(attempt):
            attempt.ending = ending.completed(attempt)
        elif not going:
            self._note_suspension(attempt)
        return failure

    def _note_suspension(self, attempt: Attempt) -> None:
        job, status = attempt.job, attempt.status
        if attempt.suspended:
            if attempt.ensure_condition(attempt.new_condition("Suspended", "JobSuspended", "Job suspended")):
                attempt.changed = True
                status.pop("startTime", None)
                self.event(job, "Suspended", "Job suspended")
        elif attempt.ensure_condition(attempt.new_condition("Suspended", "JobResumed", "Job resumed", "False")):
            attempt.changed = True
            status["startTime"] = timestamps.rfc3339(attempt.now)
            self.event(job, "Resumed", "Job resumed")

    def _tell_end(self, job: Object, counting: Counting) -> None:
        finished = counting.finished
        assert finished is not None
        self.records.pop(job["metadata"]["uid"], None)
        if finished["type"] == "Failed":
            self.warning(job, finished["reason"], finished["message"])
            return
        completions = job["spec"].get("completions")
        if completions is not None and counting.attempt.status.get("succeeded", 0) > completions:
            message = "Too many succeeded pods running after completion count reached"
            self.warning(job, "TooManySucceededPods", message)
        self.event(job, "Completed", "Job completed")
