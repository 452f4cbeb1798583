"""Taking over pods that ran before this kubelet did: what their status tells of is put back as if it had never stopped.

Called when the node meets a pod for the first time, and when its kubelet starts anew on a machine that ran on.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.timestamps import parse
from cluster_core.kubelet import events
from cluster_core.kubelet import status as pod_status
from cluster_core.kubelet.containers import equip
from cluster_core.kubelet.facts import SYNCING, TERMINATED
from cluster_core.kubelet.probe_set import ProbeSet
from cluster_core.kubelet.probes import LIVENESS, READINESS, STARTUP
from cluster_core.kubelet.runtime.container import EXITED, Container, Sandbox

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

YOUNG = 10.0
"""Seconds after their start in which containers' readiness begins again when the kubelet restarts."""


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


# -- a kubelet that starts anew


def start_anew(worker: "PodWorker", refusal: tuple[str, str] | None) -> None:
    """The kubelet has started again: it looks at the pod as for the first time, and may not take it any more.

    Containers keep what their status said of them, but the readiness of those that are very young begins again."""
    if worker.state == TERMINATED:
        _report_anew(worker)
    if worker.state != SYNCING:
        return
    if refusal is not None:
        worker.event("Warning", *refusal)
        _tell_refusal(worker, *refusal)
        worker.end_early(refusal[0], events.REJECTED.format(refusal[1]), None)
        return
    shown = [s for f in ("initContainerStatuses", "containerStatuses") for s in worker.status.get(f) or ()]
    known = {s["containerID"]: s for s in shown if s.get("containerID")}
    for container in worker.runtime.all():
        full_id, started = f"containerd://{container.id}", container.started_at or 0.0
        if full_id in known and started > worker.node.loop.now() - YOUNG:
            known[full_id] = {**known[full_id], "ready": False}
    worker.probes.stop(READINESS, LIVENESS, STARTUP)
    worker.probes = ProbeSet(worker)
    worker.probes.adopt(known)
    worker.kick()


def _report_anew(worker: "PodWorker") -> None:
    """A pod that has ended is reported once more: nobody remembers its address, nor what never came to be."""
    status = worker.status
    if "containerStatuses" not in status:
        status = pod_status.terminated(worker.compute(True), True)
    worker.set_status({k: v for k, v in status.items() if k not in ("podIP", "podIPs")})


def _tell_refusal(worker: "PodWorker", reason: str, message: str) -> None:
    """Publish a refusal ahead of the pod's end: for a moment the API knows nothing but that."""
    worker.refused = True
    stored = worker.pod.get("status") or {}
    told: Object = {"phase": "Failed", "reason": reason, "message": events.REJECTED.format(message), "conditions": []}
    if "qosClass" in stored:
        told["qosClass"] = stored["qosClass"]
    known = worker.status
    generation = worker.pod["metadata"].get("generation")
    worker.status = pod_status.with_times(told, stored, generation, worker.node.loop.now())
    worker.write_status()
    worker.status = known
