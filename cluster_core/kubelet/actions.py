"""What a sync has to do: which containers to start, which to kill, whether the pod is at its end. Pure.

Called by the pod worker with what the runtime has.
"""

from collections.abc import Callable, Sequence
from typing import Any

from cluster_core.apimachinery.pod_resources import is_sidecar
from cluster_core.kubelet import events, restarts
from cluster_core.kubelet.facts import PodRuntime
from cluster_core.kubelet.runtime.container import EXITED, RUNNING, Container

Object = dict[str, Any]
ProbeResult = Callable[[str, str, str], bool | None]


class Actions:
    """The outcome. `kill` holds (container, message, kind of failed probe or "")."""

    __slots__ = ("create_sandbox", "ephemeral", "init", "kill", "kill_pod", "start")

    def __init__(self) -> None:
        self.create_sandbox = self.kill_pod = False
        self.ephemeral: list[Object] = []
        self.init: list[Object] = []
        self.start: list[Object] = []
        self.kill: list[tuple[Container, str, str]] = []


def compute(pod: Object, runtime: PodRuntime, probe_result: ProbeResult, resized: Sequence[Container] = ()) -> Actions:
    """The actions that bring the runtime nearer to the pod's spec; `resized` must be restarted for new resources."""
    actions = Actions()
    if runtime.ready_sandbox is None:
        _for_new_sandbox(pod, runtime, actions)
        return actions
    for spec in pod["spec"].get("ephemeralContainers") or ():
        if runtime.latest(spec["name"]) is None:
            actions.ephemeral.append(spec)
    for container in resized:
        actions.kill.append((container, events.RESIZE_KILL.format(container.name), ""))
    initialized = _compute_init(pod, runtime, probe_result, actions)
    if actions.kill_pod or not initialized:
        return actions
    kept = 0
    for spec in pod["spec"]["containers"]:
        if any(c.name == spec["name"] for c in resized):
            actions.start.append(spec)
        else:
            kept += _compute_container(pod, spec, runtime, probe_result, actions)
    if not kept and not actions.start:
        actions.kill_pod = True
        actions.init = []
    return actions


def _for_new_sandbox(pod: Object, runtime: PodRuntime, actions: Actions) -> None:
    spec = pod["spec"]
    first = not runtime.sandboxes
    if not first and (spec.get("restartPolicy") == "Never") and runtime.containers:
        actions.kill_pod = True
        return
    start = [
        c
        for c in spec["containers"]
        if first or (latest := runtime.latest(c["name"])) is None or restarts.should_restart(pod, c, latest)
    ]
    if not start:
        actions.kill_pod = True
        return
    actions.create_sandbox = True
    init = spec.get("initContainers")
    if init:
        actions.init = [init[0]]
    else:
        actions.start = start


def _compute_container(
    pod: Object, spec: Object, runtime: PodRuntime, probe_result: ProbeResult, actions: Actions
) -> bool:
    """Whether the container runs and may stay."""
    container = runtime.latest(spec["name"])
    if container is None or container.state != RUNNING:
        if restarts.should_restart(pod, spec, container):
            actions.start.append(spec)
        return False
    restart = restarts.on_failure(pod, spec)
    full_id = f"containerd://{container.id}"
    if container.spec.get("image") != spec.get("image"):
        message, kind, restart = events.CHANGED_KILL, "", True
    elif probe_result("liveness", spec["name"], full_id) is False:
        message, kind = events.LIVENESS_KILL, "liveness"
    elif probe_result("startup", spec["name"], full_id) is False:
        message, kind = events.STARTUP_KILL, "startup"
    else:
        return True
    message = message.format(spec["name"])
    if restart:
        actions.start.append(spec)
    else:
        message = message.removesuffix(", will be restarted")
    actions.kill.append((container, message, kind))
    return False


def _compute_init(pod: Object, runtime: PodRuntime, probe_result: ProbeResult, actions: Actions) -> bool:
    """Whether initialization is done. Walks backwards: the last init container that is known tells how far it got."""
    specs = pod["spec"].get("initContainers") or []
    if not specs:
        return True
    initialized = any(
        (c := runtime.latest(s["name"])) is not None and c.state == RUNNING for s in pod["spec"]["containers"]
    )
    previously = initialized
    for index in range(len(specs) - 1, -1, -1):
        spec = specs[index]
        container = runtime.latest(spec["name"])
        if container is None:
            if previously and is_sidecar(spec):
                actions.init.append(spec)
            continue
        if previously and not is_sidecar(spec):
            continue
        done = _init_step(pod, spec, container, probe_result, actions)
        if actions.kill_pod:
            return False
        if done:
            if index == len(specs) - 1:
                initialized = True
            elif not previously:
                actions.init.append(specs[index + 1])
            if is_sidecar(spec):
                _check_sidecar(pod, spec, container, probe_result, actions)
        previously = True
    if not previously:
        actions.init.append(specs[0])
    actions.init.reverse()
    return initialized


def _init_step(pod: Object, spec: Object, container: Container, probe_result: ProbeResult, actions: Actions) -> bool:
    """Whether this init container is done (a sidecar: started), so that the next may start."""
    if container.state == RUNNING:
        if not is_sidecar(spec):
            return False
        if spec.get("startupProbe"):
            started = probe_result("startup", spec["name"], f"containerd://{container.id}")
            if started is False:
                message = f"Init container {spec['name']} failed startup probe"
                actions.kill.append((container, message, "startup"))
                actions.init.append(spec)
            return started is True
        return True
    if container.state != EXITED or is_sidecar(spec):
        actions.init.append(spec)
        return False
    if container.exit_code != 0:
        if not restarts.should_restart(pod, spec, container):
            actions.kill_pod = True
            actions.init = []
        else:
            actions.init.append(spec)
        return False
    return True


def _check_sidecar(
    pod: Object, spec: Object, container: Container, probe_result: ProbeResult, actions: Actions
) -> None:
    if container.spec.get("image") != spec.get("image"):
        actions.kill.append((container, f"Init container {spec['name']} definition changed", ""))
        actions.init.append(spec)
    elif probe_result("liveness", spec["name"], f"containerd://{container.id}") is False:
        actions.kill.append((container, f"Init container {spec['name']} failed liveness probe", "liveness"))
        actions.init.append(spec)
