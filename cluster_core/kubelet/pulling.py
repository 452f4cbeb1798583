"""Bringing an image to the node by the pull policy, with back-off after failures.

Called by the pod worker when a container is about to start.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.kubelet import events
from cluster_core.kubelet.backoff import Backoff
from cluster_core.kubelet.credentials import may_pull
from cluster_core.kubelet.runtime.behaviour import Behaviour
from cluster_core.kubelet.runtime.images import DENIED, canonical, invalid_reference, with_tag
from cluster_core.kubelet.tasks import Steps

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]


class Waiting(NamedTuple):
    """Why a container waits: what state.waiting shows. `retry_at` is when a back-off ends."""

    reason: str
    message: str = ""
    retry_at: float | None = None


class ImagePuller:
    """One node's image manager."""

    def __init__(self) -> None:
        self._backoff = Backoff()
        self._last_error: dict[str, str] = {}

    def ensure(self, worker: "PodWorker", spec: Object, behaviour: Behaviour) -> Steps:
        """Steps that make sure the image is there; the result is None or why the container waits."""
        image = spec.get("image") or ""
        problem = invalid_reference(image)
        if problem:
            text = events.BAD_NAME.format(image, problem)
            worker.event("Warning", "InspectFailed", text, spec)
            return Waiting("InvalidImageName", text)
        present = worker.node.engine.has_image(image)
        policy = spec.get("imagePullPolicy") or _default_policy(image)
        private = behaviour.private or worker.node.engine.row(image).private
        denied = private and not may_pull(worker, image)
        if present and policy != "Always" and not denied:
            worker.event("Normal", "Pulled", events.PULLED_PRESENT.format(image), spec)
            return None
        if policy == "Never":
            text = events.NEVER_PULL.format(image)
            worker.event("Warning", "ErrImageNeverPull", text, spec)
            return Waiting("ErrImageNeverPull", text)
        return (yield from self._pull(worker, spec, image, behaviour, denied))

    def _pull(self, worker: "PodWorker", spec: Object, image: str, behaviour: Behaviour, denied: bool) -> Steps:
        loop = worker.node.loop
        key = f"{worker.uid}_{image}"
        if self._backoff.active(key, loop.now()):
            text = events.PULL_BACKOFF.format(image)
            worker.event("Normal", "BackOff", text, spec)
            return Waiting("ImagePullBackOff", f"{text}: ErrImagePull: {self._last_error.get(key, '')}")
        started = loop.now()
        worker.event("Normal", "Pulling", events.PULLING.format(image), spec)
        error = DENIED.format(canonical(image)) if denied else ""
        if denied:
            yield 0.2
        else:
            error = yield from worker.node.engine.pull(image, behaviour)
        if error:
            worker.event("Warning", "Failed", events.PULL_FAILED.format(image, error), spec)
            self._last_error[key] = error
            self._backoff.next(key, loop.now(), loop.now())
            return Waiting("ErrImagePull", error)
        took = f"{round((loop.now() - started) * 1000)}ms"
        size = worker.node.engine.row(image).size
        worker.event("Normal", "Pulled", events.PULLED.format(image, took, took, size), spec)
        worker.node.images_changed()
        return None

    def forget(self, uid: str) -> None:
        """The pod is gone."""
        self._backoff.forget(uid)
        for key in [k for k in self._last_error if k.startswith(uid)]:
            del self._last_error[key]


def _default_policy(image: str) -> str:
    return "Always" if with_tag(image).endswith(":latest") else "IfNotPresent"
