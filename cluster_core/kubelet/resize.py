"""In-place resize: resources that the spec asks for, those that the node has allocated, those that containers run with.

Called by the pod worker at the start of a round whenever the spec's generation changed, and again while a resize waits for
room. What a container runs with is its own copy of the spec; nothing else is remembered.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import pod_resources
from cluster_core.apimachinery.pod_resources import is_sidecar
from cluster_core.kubelet import events
from cluster_core.kubelet.runtime.container import RUNNING, Container

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

PENDING, IN_PROGRESS = "PodResizePending", "PodResizeInProgress"
CONDITIONS = (PENDING, IN_PROGRESS)
DEFERRED = "Deferred"
RESTART = "RestartContainer"


class Resize:
    """A resize under way: its condition, and for each of its containers the resources that are allocated."""

    __slots__ = ("allocated", "condition", "generation")

    def __init__(self, condition: Object, allocated: dict[str, Object], generation: int) -> None:
        self.condition, self.allocated, self.generation = condition, allocated, generation

    @property
    def deferred(self) -> bool:
        """Whether it waits for room on the node."""
        return bool(self.condition["type"] == PENDING)


def resizable(spec: Object) -> list[Object]:
    """The containers whose resources may change: sidecars and regular ones."""
    return [*(c for c in spec.get("initContainers") or () if is_sidecar(c)), *spec["containers"]]


def changed(worker: "PodWorker") -> list[tuple[Object, Container]]:
    """Running containers whose resources are not the spec's, with that spec."""
    found = []
    for spec in resizable(worker.pod["spec"]):
        container = worker.runtime.latest(spec["name"])
        if container is not None and container.state == RUNNING and _resources(container.spec) != _resources(spec):
            found.append((spec, container))
    return found


def review(worker: "PodWorker") -> None:
    """Decide about a change of resources: allocate them, or defer that. Sets `worker.resize`."""
    differing = changed(worker)
    if not differing:
        worker.resize = None
        return
    generation = worker.pod["metadata"].get("generation") or 0
    known = worker.resize
    if known is not None and not known.deferred and known.generation == generation:
        return
    rejection = worker.node.refuses_resize(worker)
    if rejection is not None:
        _defer(worker, differing, generation, rejection)
        return
    condition = {"type": IN_PROGRESS, "status": "True"}
    worker.resize = Resize(condition, {spec["name"]: _resources(spec) for spec, _ in differing}, generation)
    worker.node.recount(worker)
    worker.event("Normal", "ResizeStarted", events.RESIZE_STARTED.format(summary(worker.pod, generation)))


def _defer(
    worker: "PodWorker", differing: list[tuple[Object, Container]], generation: int, rejection: tuple[str, str]
) -> None:
    reason, message = rejection
    condition = {"type": PENDING, "status": "True", "reason": DEFERRED, "message": message}
    known = worker.resize
    if known is None or known.condition != condition or known.generation != generation:
        text = events.RESIZE_PENDING.format(reason, summary(worker.pod, generation, message))
        worker.event("Warning", "ResizeDeferred", text)
    worker.resize = Resize(condition, {spec["name"]: _resources(c.spec) for spec, c in differing}, generation)


def actuate(worker: "PodWorker") -> list[Container]:
    """Give running containers what is allocated; those that must be restarted for it are returned instead."""
    restarting = []
    for spec, container in changed(worker):
        if _needs_restart(spec, container):
            restarting.append(container)
            continue
        container.spec = {**container.spec, "resources": _resources(spec)}
        process = container.process
        if process is not None:
            limit = pod_resources.amounts(_resources(spec).get("limits")).get("memory")
            process.machine.memory_limit = limit
    return restarting


def complete(worker: "PodWorker") -> None:
    """Tell the end of a resize once every container runs with what was asked for."""
    if worker.resize is None or worker.resize.deferred or changed(worker):
        return
    text = summary(worker.pod, worker.resize.generation)
    worker.resize = None
    worker.event("Normal", "ResizeCompleted", events.RESIZE_COMPLETED.format(text))


def _needs_restart(spec: Object, container: Container) -> bool:
    policies = {p["resourceName"]: p["restartPolicy"] for p in spec.get("resizePolicy") or ()}
    if RESTART not in policies.values():
        return False
    before, after = _resources(container.spec), _resources(spec)
    return any(
        policies.get(name) == RESTART
        and any(
            (before.get(kind) or {}).get(name) != (after.get(kind) or {}).get(name) for kind in ("limits", "requests")
        )
        for name in ("cpu", "memory")
    )


def _resources(spec: Object) -> Object:
    return {k: v for k, v in (spec.get("resources") or {}).items() if v}


def summary(pod: Object, generation: int, error: str = "") -> str:
    """The resources of all containers as the kubelet's events give them."""
    import json

    result: Object = {}
    for field in ("initContainers", "containers"):
        found = [{"name": c["name"], "resources": _sorted(_resources(c))} for c in pod["spec"].get(field) or ()]
        if found:
            result[field] = found
    result["generation"] = generation
    if error:
        result["error"] = error
    return json.dumps(result, separators=(",", ":"), ensure_ascii=False)


def _sorted(resources: Object) -> Object:
    return {
        kind: dict(sorted(values.items())) if isinstance(values, dict) else values
        for kind, values in sorted(resources.items())
    }


def with_resources(spec: Object, replaced: dict[str, Object]) -> Object:
    """A pod spec in which some containers, by name, have other resources."""
    result = {**spec}
    for field in ("containers", "initContainers"):
        if spec.get(field):
            result[field] = [
                {**c, "resources": replaced[c["name"]]} if c["name"] in replaced else c for c in spec[field]
            ]
    return result
