"""What the API is told of a pod, and what of its object matters in return. Called by the pod worker."""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import PODS
from cluster_core.kubelet import status as pod_status
from cluster_core.kubelet.conditions import OWN_CONDITIONS, ready_conditions

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

TRIES = 3
"""Attempts at a write that meets somebody else's."""


def write(worker: "PodWorker") -> None:
    """Bring the API's status of the pod in line with the worker's. A kubelet that is cut off tells nothing."""
    if worker.static is not None:
        worker.static.write_status(worker)
        return
    if worker.removed or worker.node.stopped:
        return
    for _ in range(TRIES):
        stored = worker.pod.get("status") or {}
        wanted = pod_status.for_api(worker.status, stored, worker.active)
        if wanted == stored:
            return
        try:
            worker.pod = worker.node.client.update_status(PODS, {**worker.pod, "status": wanted}, typed=True)
            return
        except ApiError as error:
            if error.reason == "NotFound":
                return
            if error.reason != "Conflict":
                raise
        fresh = _fetch(worker)
        if fresh is None:
            return
        worker.pod = fresh
    worker.node.loop.call_later(1.0, worker.write_status)


def _fetch(worker: "PodWorker") -> Object | None:
    metadata = worker.pod["metadata"]
    try:
        fresh = worker.node.client.get(PODS, metadata["name"], metadata["namespace"])
    except ApiError:
        return None
    return fresh if fresh["metadata"]["uid"] == worker.uid else None


def with_readiness(worker: "PodWorker", container_id: str, ready: bool) -> Object:
    """The worker's status with a container's readiness, ahead of the next round."""
    changed = {**worker.status}
    for field in ("containerStatuses", "initContainerStatuses"):
        if field in changed:
            changed[field] = [
                {**s, "ready": ready} if s.get("containerID") == container_id else s for s in changed[field]
            ]
    ready_condition, containers_ready = ready_conditions(worker.pod, changed)
    replaced = {"Ready": ready_condition, "ContainersReady": containers_ready}
    changed["conditions"] = [replaced.get(c["type"], c) for c in changed["conditions"]]
    return changed


def matters(old: Object, new: Object) -> bool:
    """Whether a change of the object asks for a round: spec, labels, annotations, or others' conditions."""
    before, after = old["metadata"], new["metadata"]
    if before.get("generation") != after.get("generation"):
        return True
    if before.get("labels") != after.get("labels") or before.get("annotations") != after.get("annotations"):
        return True
    return bool(new["spec"].get("readinessGates")) and _foreign(old) != _foreign(new)


def _foreign(pod: Object) -> list[Object]:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return [c for c in conditions if c["type"] not in OWN_CONDITIONS]
