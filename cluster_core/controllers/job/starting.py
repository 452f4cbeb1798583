"""The pods of a running job: how many, for which indexes, after which wait; and their removal."""

from functools import partial
from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.client.client import Client
from cluster_core.client.resources import PODS
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.deletion_ranking import rank_plainly
from cluster_core.controllers.job import backoff, failure_policy, indexes
from cluster_core.controllers.job.attempt import TRACKING, Attempt, is_tracked
from cluster_core.controllers.podcontrol import BURST, PodControl, slow_start

Object = dict[str, Any]

NAME_LIMIT = 58
"""Longest prefix of a generated name."""
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"


class Starting:
    """Starts and removes pods for one attempt; `wait` says after how many seconds to look again, if that is known."""

    def __init__(self, client: Client, control: PodControl, attempt: Attempt) -> None:
        self.client, self.control, self.attempt = client, control, attempt
        self.wait: float | None = None

    def manage(self) -> ApiError | None:
        """Remove surplus pods or start missing ones; the first refusal is returned."""
        attempt = self.attempt
        wanted = self._wanted()
        doomed = self._surplus(max(0, attempt.active - wanted))
        if attempt.suspended or doomed:
            return self._remove(doomed[:BURST] if not attempt.suspended else doomed)
        missing = wanted - attempt.active
        if attempt.replaces_failed_only:
            missing -= attempt.terminating
        return self._start(min(missing, BURST)) if missing > 0 else None

    def delete_active(self) -> ApiError | None:
        """Delete all active pods of a job that ends; they keep their finalizer until counted."""
        attempt = self.attempt
        failure: ApiError | None = None
        for pod in attempt.active_pods:
            try:
                self.control.delete(pod, attempt.job)
            except ApiError as error:
                failure = failure or error
                continue
            self._count_removed(pod)
        return failure

    def _wanted(self) -> int:
        attempt = self.attempt
        if attempt.suspended:
            return 0
        parallelism: int = attempt.spec.get("parallelism", 1)
        if attempt.spec.get("completions") is None:
            return attempt.active if attempt.succeeded > 0 else parallelism
        return int(max(0, min(attempt.completions - attempt.succeeded, parallelism)))

    def _surplus(self, at_least: int) -> list[Object]:
        """Duplicates of an index and pods of no index first, then by the plain ranking."""
        attempt = self.attempt
        doomed: list[Object] = []
        left = attempt.active_pods
        if attempt.is_indexed:
            doomed, left = self._duplicates(left)
        if len(doomed) < at_least:
            doomed += rank_plainly(left)[: at_least - len(doomed)]
        return doomed

    def _duplicates(self, pods: list[Object]) -> tuple[list[Object], list[Object]]:
        by_index: dict[int | None, list[Object]] = {}
        for pod in pods:
            by_index.setdefault(self.attempt.index_of(pod), []).append(pod)
        doomed = by_index.pop(None, [])
        left: list[Object] = []
        for same in by_index.values():
            *surplus, keep = rank_plainly(same)
            doomed += surplus
            left.append(keep)
        return doomed, left

    def _remove(self, pods: list[Object]) -> ApiError | None:
        failure: ApiError | None = None
        for pod in pods:
            try:
                if is_tracked(pod):
                    untrack(self.client, pod)
                self.control.delete(pod, self.attempt.job)
            except ApiError as error:
                if not is_not_found(error):
                    failure = failure or error
                    continue
            self._count_removed(pod)
        return failure

    def _count_removed(self, pod: Object) -> None:
        self.attempt.active -= 1
        self.attempt.terminating += 1
        self.attempt.ready -= podlib.is_ready(pod)

    def _start(self, count: int) -> ApiError | None:
        attempt = self.attempt
        if attempt.per_index is None:
            self.wait = attempt.record.remaining(attempt.now) or None
            if self.wait is not None:
                return None
        if attempt.is_indexed:
            new = [self._indexed_pod(index) for index in self._pending(count)]
        else:
            new = [self._pod(attempt.spec["template"], "")] * count
        return self._create(new)

    def _create(self, new: list[Object]) -> ApiError | None:
        created = 0

        def create(pod: Object) -> None:
            nonlocal created
            self.control.create(pod, self.attempt.job)
            created += 1

        try:
            slow_start([partial(create, pod) for pod in new])
        except ApiError as error:
            return error
        finally:
            self.attempt.active += created
        return None

    def _pending(self, count: int) -> list[int]:
        """The lowest free indexes; with a limit per index only those whose wait is over."""
        attempt = self.attempt
        occupied = attempt.active_pods
        if attempt.replaces_failed_only:
            occupied = [*occupied, *(pod for pod in attempt.pods if podlib.is_terminating(pod))]
        taken = {index for pod in occupied if (index := indexes.of_pod(pod)) is not None}
        taken |= attempt.succeeded_indexes | (attempt.failed_indexes or set())
        pending = indexes.first_pending(taken, count, attempt.completions)
        if attempt.per_index is None:
            return pending
        waits = {index: self._index_wait(index) for index in pending}
        ready = [index for index in pending if not waits[index]]
        if not ready and pending:
            self.wait = min(waits.values())
        return ready

    def _index_wait(self, index: int) -> float:
        pod = self.attempt.retained.get(index)
        failures = indexes.failures(pod) + indexes.ignored(pod) if pod is not None else 0
        return backoff.remaining_for_index(pod, failures, self.attempt.now)

    def _pod(self, template: Object, prefix: str) -> Object:
        pod = podlib.from_template(template, self.attempt.job, prefix)
        finalizers = list(pod["metadata"].get("finalizers") or ())
        if TRACKING not in finalizers:
            finalizers.append(TRACKING)
        pod["metadata"]["finalizers"] = finalizers
        return pod

    def _indexed_pod(self, index: int) -> Object:
        name = self.attempt.job["metadata"]["name"]
        template = self.attempt.spec["template"]
        suffix = f"-{index}"
        pod = self._pod(template, name[: NAME_LIMIT - len(suffix) - 1] + suffix)
        metadata, spec = pod["metadata"], pod["spec"]
        metadata["labels"] = {**(metadata.get("labels") or {}), indexes.INDEX: str(index)}
        metadata["annotations"] = {**(metadata.get("annotations") or {}), indexes.INDEX: str(index)}
        if self.attempt.per_index is not None:
            metadata["annotations"].update(self._failure_annotations(index))
        pod["spec"] = {**spec, "hostname": f"{name}-{index}", "containers": list(map(_with_index, spec["containers"]))}
        if spec.get("initContainers"):
            pod["spec"]["initContainers"] = list(map(_with_index, spec["initContainers"]))
        return pod

    def _failure_annotations(self, index: int) -> dict[str, str]:
        """How often the index has failed, its last failed pod included."""
        last = self.attempt.retained.get(index)
        failures = ignored = 0
        if last is not None:
            counts = failure_policy.judge(self.attempt.failure_policy, last).counts
            failures = indexes.failures(last) + counts
            ignored = indexes.ignored(last) + (not counts)
        annotations = {indexes.FAILURE_COUNT: str(failures)}
        if ignored:
            annotations[indexes.IGNORED_COUNT] = str(ignored)
        return annotations


def untrack(client: Client, pod: Object) -> None:
    """Take the tracking finalizer off a pod."""
    metadata = pod["metadata"]
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": [TRACKING], "uid": metadata["uid"]}}
    client.patch(PODS, metadata["name"], patch, metadata["namespace"], type="strategic")


def _with_index(container: Object) -> Object:
    env = container.get("env") or []
    if any(variable["name"] == INDEX_VARIABLE for variable in env):
        return container
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{indexes.INDEX}']"}}
    return {**container, "env": [*env, {"name": INDEX_VARIABLE, "valueFrom": source}]}
