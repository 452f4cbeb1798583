"""Deletes finished Jobs once their ttlSecondsAfterFinished has passed."""

from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.meta import split_key
from cluster_core.client.resources import JOBS
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]


class TTLAfterFinishedController(Controller):
    """Keys are those of jobs."""

    name = "ttl-after-finished-controller"

    def watch(self) -> None:
        self.jobs = self.lister(JOBS)
        self.informer(JOBS).add_handler(on_add=self._changed, on_update=lambda _old, new: self._changed(new))

    def _changed(self, job: Object) -> None:
        if "deletionTimestamp" not in job["metadata"] and expires_at(job) is not None:
            self.enqueue(job)

    def sync(self, key: str) -> None:
        job = self.jobs.get(*split_key(key))
        due = expires_at(job) if job is not None else None
        if job is None or due is None or "deletionTimestamp" in job["metadata"]:
            return
        if due > self.now():
            self.wake_at(key, due)
            return
        self._delete(job)

    def _delete(self, job: Object) -> None:
        """Delete after a last live look: the time to live may just have been raised."""
        metadata = job["metadata"]
        try:
            live = self.client.get(JOBS, metadata["name"], metadata["namespace"])
            due = expires_at(live)
            if due is None or due > self.now():
                return
            uid = live["metadata"]["uid"]
            self.client.delete(JOBS, metadata["name"], metadata["namespace"], propagation_policy="Foreground", uid=uid)
        except ApiError as error:
            if not is_not_found(error):
                raise


def expires_at(job: Object) -> float | None:
    """When a job may be deleted, in seconds since the epoch; None while it runs or without a time to live."""
    ttl = job["spec"].get("ttlSecondsAfterFinished")
    if ttl is None:
        return None
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return timestamps.parse(condition["lastTransitionTime"]) + float(ttl)
    return None
