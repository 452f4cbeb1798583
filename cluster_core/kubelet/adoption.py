"""Taking over pods that ran before this kubelet did: what their status tells of is put back as if it had never stopped.

Called by the node when it meets a pod for the first time.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.timestamps import parse
from cluster_core.kubelet.containers import equip
from cluster_core.kubelet.runtime.container import EXITED, Container, Sandbox

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]


def adopt_pod(worker: "PodWorker") -> dict[str, Object] | None:
    """Put the pod's containers back; their statuses by container id, None if none had started."""
    known = [s for f in ("initContainerStatuses", "containerStatuses") for s in worker.status.get(f) or ()]
    if not any(s.get("containerID") for s in known):
        return None
    specs = {spec["name"]: spec for spec in worker.specs()}
    conditions = {c["type"]: c["status"] for c in worker.status.get("conditions") or ()}
    _adopt_sandbox(worker, worker.status.get("podIP") or "", conditions.get("PodReadyToStartContainers") != "False")
    adopted = {s["containerID"]: s for s in known if s.get("containerID") and s["name"] in specs}
    for shown in adopted.values():
        _adopt(worker, specs[shown["name"]], shown)
    return adopted


def _adopt_sandbox(worker: "PodWorker", address: str, ready: bool) -> None:
    """A sandbox as the status implies it."""
    engine = worker.node.engine
    sandbox = Sandbox(engine.new_id(), address, 0)
    sandbox.ready = ready
    worker.runtime.sandboxes.insert(0, sandbox)
    worker.runtime.ip = address
    if ready and address:
        if not worker.pod["spec"].get("hostNetwork"):
            worker.node.claim_address(worker, address)
        engine.world.join(address, sandbox.id, worker.runtime.all)


def _adopt(worker: "PodWorker", spec: Object, shown: Object) -> None:
    """A container as its status shows it; a running one runs on."""
    engine = worker.node.engine
    row = engine.row(spec.get("image") or "")
    last = (shown.get("lastState") or {}).get("terminated")
    if last:
        worker.runtime.add(_ended(spec, last, max(shown["restartCount"] - 1, 0)))
    state = shown["state"]
    if "terminated" in state:
        container = _ended(spec, state["terminated"], shown["restartCount"])
    elif "running" in state:
        container = Container(shown["containerID"].removeprefix("containerd://"), spec, shown["restartCount"], 0.0)
        container.started_at = container.created_at = parse(state["running"]["startedAt"])
        engine.resume(
            container, worker.pod, worker.runtime.sandboxes[0], worker.behaviour(spec, container.restart_count)
        )
    else:
        return
    equip(worker, container, row)
    container.image_id = shown.get("imageID") or container.image_id
    user = (shown.get("user") or {}).get("linux") or {}
    container.user = (user.get("uid", 0), user.get("gid", 0))
    worker.runtime.add(container)


def _ended(spec: Object, terminated: Object, count: int) -> Container:
    container = Container((terminated.get("containerID") or "").removeprefix("containerd://"), spec, count, 0.0)
    container.state = EXITED
    container.exit_code, container.reason = terminated["exitCode"], terminated.get("reason") or ""
    container.message = terminated.get("message") or ""
    started, finished = terminated.get("startedAt"), terminated.get("finishedAt")
    container.started_at = parse(started) if started else None
    container.finished_at = parse(finished) if finished else 0.0
    return container
