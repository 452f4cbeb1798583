"""The pod status that the API shows, computed from what the runtime has. Pure functions, in kubelet's own order of steps.

Called by the pod worker. Must not write anything.
"""

from typing import Any

from cluster_core.apimachinery import pod_resources
from cluster_core.apimachinery.conditions import get as get_condition
from cluster_core.apimachinery.pod_resources import is_sidecar
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.kubelet import events, restarts
from cluster_core.kubelet.conditions import OWN_CONDITIONS, RESIZE_CONDITIONS, SHARED_CONDITION, conditions_of, stamped
from cluster_core.kubelet.facts import Facts, last_exit
from cluster_core.kubelet.runtime.container import CREATED, EXITED, RUNNING, Container

Object = dict[str, Any]

EPOCH = "1970-01-01T00:00:00Z"


def pod_status(facts: Facts) -> Object:
    """The whole status; conditions lack lastTransitionTime, which `with_times` adds."""
    pod, spec, old = facts.pod, facts.pod["spec"], facts.old
    init_specs = spec.get("initContainers") or []
    has_init = bool(init_specs)
    statuses = _container_statuses(facts, spec["containers"], old.get("containerStatuses"), has_init, False)
    init = _container_statuses(facts, init_specs, old.get("initContainerStatuses"), has_init, True) if has_init else []
    phase = _phase(facts, statuses, init)
    if phase not in ("Succeeded", "Failed"):
        for earlier in (old.get("phase"), (pod.get("status") or {}).get("phase")):
            if earlier in ("Succeeded", "Failed"):
                phase = earlier
                break
    _set_readiness(facts, statuses, init)
    status: Object = {"phase": phase}
    if phase == old.get("phase"):
        for field in ("reason", "message"):
            kept = old.get(field) or (pod.get("status") or {}).get(field)
            if kept:
                status[field] = kept
    status["conditions"] = conditions_of(facts, statuses, init, phase)
    status["hostIP"] = facts.node_ip
    status["hostIPs"] = [{"ip": facts.node_ip}]
    address = facts.node_ip if spec.get("hostNetwork") else facts.runtime.ip
    if address:
        status["podIP"] = address
        status["podIPs"] = [{"ip": address}]
    status["qosClass"] = (pod.get("status") or {}).get("qosClass") or pod_resources.qos(spec)
    if has_init:
        status["initContainerStatuses"] = init
    status["containerStatuses"] = statuses
    ephemeral = spec.get("ephemeralContainers")
    if ephemeral:
        found = _container_statuses(facts, ephemeral, old.get("ephemeralContainerStatuses"), has_init, False)
        for one in found:
            del one["started"]
        status["ephemeralContainerStatuses"] = found
    _set_resources(status, facts)
    return status


def _set_resources(status: Object, facts: Facts) -> None:
    spec = facts.pod["spec"]
    allocated = None
    if facts.resize is not None:
        from cluster_core.kubelet.resize import with_resources

        running = {n: c.spec.get("resources") or {} for n in facts.resize.allocated if (c := facts.runtime.latest(n))}
        allocated = pod_resources.total_texts(with_resources(spec, facts.resize.allocated), "requests")
        spec = with_resources(spec, running)
    if allocated is None and pod_resources.asks_for_nothing(spec):
        status["resources"] = {}
        return
    status["resources"] = {
        kind: texts for kind in ("limits", "requests") if (texts := pod_resources.total_texts(spec, kind))
    }
    allocated = status["resources"].get("requests") if allocated is None else allocated
    if allocated:
        status["allocatedResources"] = allocated


# -- containers


def _container_statuses(
    facts: Facts, specs: list[Object], previous: list[Object] | None, has_init: bool, is_init: bool
) -> list[Object]:
    olds = {s["name"]: s for s in previous or ()}
    default = "PodInitializing" if has_init else "ContainerCreating"
    return [_container_status(facts, spec, olds.get(spec["name"]), default, is_init) for spec in specs]


def _container_status(facts: Facts, spec: Object, old: Object | None, default: str, is_init: bool) -> Object:
    instances = facts.runtime.containers.get(spec["name"])
    if instances:
        status = _from_runtime(facts, spec, instances[0], old)
        if len(instances) > 1:
            status["lastState"] = _state(instances[1])
        elif old is not None and old.get("lastState"):
            status["lastState"] = old["lastState"]
    else:
        status = _without_runtime(facts, spec, old, default)
    return _waiting_to_restart(facts, spec, status, is_init)


def _base(spec: Object) -> Object:
    status: Object = {
        "name": spec["name"],
        "state": {},
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": spec.get("image") or "",
        "imageID": "",
        "started": False,
    }
    mounts = spec.get("volumeMounts")
    if mounts:
        status["volumeMounts"] = [_mount_status(mount) for mount in mounts]
    return status


def _mount_status(mount: Object) -> Object:
    shown = {"name": mount["name"], "mountPath": mount["mountPath"]}
    if mount.get("readOnly"):
        shown["readOnly"] = True
        shown["recursiveReadOnly"] = "Disabled"
    return shown


def _from_runtime(facts: Facts, spec: Object, container: Container, old: Object | None) -> Object:
    status = _base(spec)
    status["state"] = _state(container)
    status["restartCount"] = container.restart_count
    status["image"] = container.image
    status["imageID"] = container.image_id
    status["containerID"] = f"containerd://{container.id}"
    resources = container.spec.get("resources") or {}
    status["resources"] = {k: v for k, v in resources.items() if k in ("limits", "requests") and v}
    allocated = facts.resize.allocated.get(spec["name"], resources) if facts.resize is not None else resources
    if allocated.get("requests"):
        status["allocatedResources"] = allocated["requests"]
    uid, gid = container.user
    pod_context = facts.pod["spec"].get("securityContext") or {}
    groups = sorted({gid, *(pod_context.get("supplementalGroups") or ())})
    if pod_context.get("fsGroup") is not None:
        groups = sorted({*groups, pod_context["fsGroup"]})
    status["user"] = {"linux": {"uid": uid, "gid": gid, "supplementalGroups": groups}}
    return status


def _state(container: Container) -> Object:
    if container.state == RUNNING:
        return {"running": {"startedAt": rfc3339(container.started_at or 0.0)}}
    if container.state == CREATED:
        return {"waiting": {}}
    terminated: Object = {"exitCode": container.exit_code, "reason": container.reason}
    if container.message:
        terminated["message"] = container.message
    terminated["startedAt"] = rfc3339(container.started_at) if container.started_at is not None else EPOCH
    terminated["finishedAt"] = rfc3339(container.finished_at or 0.0)
    terminated["containerID"] = f"containerd://{container.id}"
    return {"terminated": terminated}


def unlocated(message: str) -> Object:
    """The state of a container that nobody can find any more."""
    return {
        "exitCode": 137,
        "reason": events.STATUS_UNKNOWN,
        "message": message,
        "startedAt": None,
        "finishedAt": None,
    }


def _without_runtime(facts: Facts, spec: Object, old: Object | None, default: str) -> Object:
    status = _base(spec)
    status["state"] = {"waiting": {"reason": default}}
    if old is None:
        return status
    if "terminated" in old["state"]:
        return {**old}
    status["restartCount"] = old["restartCount"]
    status["lastState"] = old.get("lastState") or {}
    if "running" in old["state"] and "terminated" not in status["lastState"]:
        status["lastState"] = {"terminated": unlocated(events.UNLOCATED_DELETED)}
        if "deletionTimestamp" not in facts.pod["metadata"]:
            status["restartCount"] += 1
    return status


def _waiting_to_restart(facts: Facts, spec: Object, status: Object, is_init: bool) -> Object:
    latest = facts.runtime.latest(spec["name"])
    if is_init and latest is not None and latest.state == EXITED and latest.exit_code == 0 and not is_sidecar(spec):
        return status
    reason = facts.reasons.get(spec["name"])
    if reason is None or not restarts.should_restart(facts.pod, spec, latest):
        return status
    if "terminated" in status["state"]:
        status["lastState"] = status["state"]
    waiting = {"reason": reason[0]}
    if reason[1]:
        waiting["message"] = reason[1]
    status["state"] = {"waiting": waiting}
    return status


def _set_readiness(facts: Facts, statuses: list[Object], init: list[Object]) -> None:
    sidecars = {s["name"] for s in facts.pod["spec"].get("initContainers") or () if is_sidecar(s)}
    for status in statuses:
        started = status["started"] = _started(facts, status)
        status["ready"] = started and _ready(facts, status)
    for status in init:
        started = status["started"] = _started(facts, status)
        if status["name"] in sidecars:
            status["ready"] = started and _ready(facts, status)
        else:
            terminated = status["state"].get("terminated")
            status["ready"] = terminated is not None and terminated["exitCode"] == 0


def _started(facts: Facts, status: Object) -> bool:
    if "running" not in status["state"]:
        return False
    result = facts.probe_result("startup", status["name"], status["containerID"])
    return result if result is not None else not facts.has_probe("startup", status["name"])


def _ready(facts: Facts, status: Object) -> bool:
    result = facts.probe_result("readiness", status["name"], status["containerID"])
    return result if result is not None else not facts.has_probe("readiness", status["name"])


# -- phase


def _phase(facts: Facts, statuses: list[Object], init: list[Object]) -> str:
    pod = facts.pod
    pending_init, failed_for_good = _init_progress(pod, init)
    if failed_for_good:
        return "Failed"
    pending_sidecars, running, waiting = _sidecar_progress(pod, init)
    stopped = stopped_for_good = succeeded = 0
    for spec, status in zip(pod["spec"]["containers"], statuses, strict=True):
        state = status["state"]
        if "running" in state:
            running += 1
            continue
        ended = state.get("terminated") or last_exit(status)
        if ended is None:
            waiting += 1
            continue
        stopped += 1
        stopped_for_good += not restarts.policy_restarts(pod, spec, ended["exitCode"])
        succeeded += "terminated" in state and ended["exitCode"] == 0
    initialized = any(
        c.state in (RUNNING, EXITED) for s in pod["spec"]["containers"] if (c := facts.runtime.latest(s["name"]))
    )
    if pending_init or (pending_sidecars and not initialized) or waiting:
        return "Pending"
    if running:
        return "Running"
    if not stopped:
        return "Pending"
    if facts.terminal or stopped == stopped_for_good:
        return "Succeeded" if stopped == succeeded else "Failed"
    return "Running"


def _init_progress(pod: Object, init: list[Object]) -> tuple[int, bool]:
    """Regular init containers still to end, and whether one has failed for good."""
    pending, failed = 0, False
    for spec, status in zip(pod["spec"].get("initContainers") or (), init, strict=True):
        if is_sidecar(spec):
            continue
        ended = status["state"].get("terminated") or ("waiting" in status["state"] and last_exit(status)) or None
        if ended is None:
            pending += 1
        elif ended["exitCode"] != 0:
            failed = failed or not restarts.policy_restarts(pod, spec, ended["exitCode"])
            pending += "waiting" in status["state"]
        elif "waiting" in status["state"]:
            pending += 0
    return pending, failed


def _sidecar_progress(pod: Object, init: list[Object]) -> tuple[int, int, int]:
    """Sidecars not started yet, running ones, waiting ones."""
    pending = running = waiting = 0
    for spec, status in zip(pod["spec"].get("initContainers") or (), init, strict=True):
        if not is_sidecar(spec):
            continue
        if "running" in status["state"]:
            pending += not status["started"]
            running += 1
        elif "waiting" in status["state"] and last_exit(status) is None:
            pending += 1
            waiting += 1
    return pending, running, waiting


# -- the finishing steps before a write


def with_times(status: Object, old: Object, generation: int | None, now: float) -> Object:
    """The status with startTime, observedGeneration and the conditions' times; unchanged conditions keep theirs."""
    stamp = rfc3339(now)
    olds = {c["type"]: c for c in old.get("conditions") or ()}
    conditions = []
    for condition in status["conditions"]:
        type, reason = condition["type"], condition.get("reason")
        if type in OWN_CONDITIONS or type in RESIZE_CONDITIONS or reason == "TerminationByKubelet":
            before = olds.get(type)
            same = before is not None and before["status"] == condition["status"]
            since = before["lastTransitionTime"] if same and before else stamp
            condition = stamped(type, condition["status"], reason, condition.get("message"), since, generation)
        conditions.append(condition)
    result = {**status, "conditions": conditions, "startTime": old.get("startTime") or stamp}
    if generation is not None:
        result["observedGeneration"] = generation
    return result


def for_api(status: Object, stored: Object, may_run: bool) -> Object:
    """What to write over `stored`: others' conditions are kept, and an end is not told while containers may still run."""
    conditions = [
        c
        for c in stored.get("conditions") or ()
        if c["type"] not in OWN_CONDITIONS and c["type"] not in RESIZE_CONDITIONS
    ]
    conditions += [c for c in status["conditions"] if c["type"] in RESIZE_CONDITIONS]
    ends = status["phase"] in ("Succeeded", "Failed") and stored.get("phase") not in ("Succeeded", "Failed")
    disrupted = get_condition(status["conditions"], SHARED_CONDITION)
    if disrupted is not None and ends and not may_run:
        conditions = [*(c for c in conditions if c["type"] != SHARED_CONDITION), disrupted]
    conditions += [c for c in status["conditions"] if c["type"] in OWN_CONDITIONS]
    result = {**status, "conditions": conditions}
    if not conditions:
        del result["conditions"]
    if ends and may_run:
        for field in ("phase", "reason", "message"):
            result.pop(field, None)
            if field in stored:
                result[field] = stored[field]
    for field in ("nominatedNodeName", "resourceClaimStatuses", "extendedResourceClaimStatus", "resize"):
        if field in stored:
            result[field] = stored[field]
    return result


def terminated(status: Object, initialized: bool) -> Object:
    """The last status of a pod: whatever was not seen to end has ended in the dark, and the phase is final."""
    result = {**status}
    lost = {"terminated": unlocated(events.UNLOCATED)}
    if initialized:
        result["containerStatuses"] = [_ended(s, lost) for s in status["containerStatuses"]]
    init = status.get("initContainerStatuses")
    if init:
        known = max((i for i, s in enumerate(init) if "waiting" not in s["state"] or last_exit(s)), default=0)
        result["initContainerStatuses"] = [_ended(s, lost) if i <= known else s for i, s in enumerate(init)]
    if result["phase"] not in ("Succeeded", "Failed"):
        result["phase"] = "Failed"
    return result


def _ended(status: Object, lost: Object) -> Object:
    return status if "terminated" in status["state"] else {**status, "state": lost}


def has_initialized(pod: Object) -> bool:
    """Whether the pod's regular containers were ever due, by the status that the API has."""
    init = pod["spec"].get("initContainers")
    if not init:
        return True
    status = pod.get("status") or {}
    for one in status.get("containerStatuses") or ():
        if last_exit(one) is not None or "waiting" not in one["state"]:
            return True
    last = next(iter((status.get("initContainerStatuses") or [])[-1:]), None)
    if last is None:
        return False
    if is_sidecar(init[-1]):
        return "running" in last["state"] and bool(last.get("started"))
    return any((last.get(f) or {}).get("terminated", {}).get("exitCode") == 0 for f in ("state", "lastState"))
