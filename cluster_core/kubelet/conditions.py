"""The conditions that the kubelet owns, in its words and order. Pure; called by `status`."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cluster_core.apimachinery.conditions import get as get_condition
from cluster_core.apimachinery.pod_resources import is_sidecar
from cluster_core.kubelet.facts import Facts, last_exit

Object = dict[str, Any]

OWN_CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
SHARED_CONDITION = "DisruptionTarget"
RESIZE_CONDITIONS = ("PodResizePending", "PodResizeInProgress")


@lru_cache(maxsize=1024)
def _condition(type: str, status: bool, reason: str = "", message: str = "") -> Object:
    """A condition without times; equal ones are one object."""
    condition: Object = {"type": type, "status": "True" if status else "False"}
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    return condition


@lru_cache(maxsize=1024)
def stamped(
    type: str, status: str, reason: str | None, message: str | None, since: str, generation: int | None
) -> Object:
    """A condition as the API shows it; pods whose conditions are equal share them."""
    condition: Object = {"type": type, "status": status}
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    condition["lastProbeTime"] = None
    condition["lastTransitionTime"] = since
    if generation is not None:
        condition["observedGeneration"] = generation
    return condition


def conditions_of(facts: Facts, statuses: list[Object], init: list[Object], phase: str) -> list[Object]:
    """Others' conditions, then the kubelet's five in their order."""
    stored = (facts.pod.get("status") or {}).get("conditions") or ()
    foreign = [c for c in stored if c["type"] not in OWN_CONDITIONS and c["type"] not in RESIZE_CONDITIONS]
    if facts.resize is not None:
        foreign.append(facts.resize.condition)
    disrupted = get_condition(facts.old.get("conditions"), SHARED_CONDITION)
    if disrupted is not None:
        foreign = [*(c for c in foreign if c["type"] != SHARED_CONDITION), disrupted]
    containers_ready = _containers_ready(facts.pod, statuses, init, phase)
    return [
        *foreign,
        _condition("PodReadyToStartContainers", facts.runtime.ready_sandbox is not None),
        _initialized(facts, statuses, init, phase),
        _ready_condition(facts.pod, containers_ready, foreign),
        containers_ready,
        _condition("PodScheduled", True),
    ]


def with_disruption(conditions: list[Object], message: str) -> list[Object]:
    """The conditions with one that says that the kubelet ended the pod for want of resources."""
    others = [c for c in conditions if c["type"] != SHARED_CONDITION]
    return [_condition(SHARED_CONDITION, True, "TerminationByKubelet", message), *others]


def ready_conditions(pod: Object, status: Object) -> tuple[Object, Object]:
    """Ready and ContainersReady of a status whose containers changed."""
    containers_ready = _containers_ready(
        pod, status["containerStatuses"], status.get("initContainerStatuses") or [], status["phase"]
    )
    return _ready_condition(pod, containers_ready, status["conditions"]), containers_ready


def is_ready(status: Object) -> bool:
    """Whether a status says that the pod is ready."""
    return any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions") or ())


def failed(conditions: Iterable[Object]) -> list[Object]:
    """The conditions of a pod that is being ended for good."""
    replaced = []
    for condition in conditions:
        if condition["type"] in ("Ready", "ContainersReady"):
            condition = {"type": condition["type"], "status": "False", "reason": "PodFailed"}
        replaced.append(condition)
    return replaced


def _containers_ready(pod: Object, statuses: list[Object], init: list[Object], phase: str) -> Object:
    if phase == "Succeeded":
        return _condition("ContainersReady", False, "PodCompleted")
    if phase == "Failed":
        return _condition("ContainersReady", False, "PodFailed")
    sidecars = {s["name"] for s in pod["spec"].get("initContainers") or () if is_sidecar(s)}
    unready = [s["name"] for s in init if s["name"] in sidecars and not s["ready"]]
    unready += [s["name"] for s in statuses if not s["ready"]]
    if unready:
        message = f"containers with unready status: [{' '.join(unready)}]"
        return _condition("ContainersReady", False, "ContainersNotReady", message)
    return _condition("ContainersReady", True)


def _ready_condition(pod: Object, containers_ready: Object, conditions: Iterable[Object]) -> Object:
    if containers_ready["status"] != "True":
        return {**containers_ready, "type": "Ready"}
    unmet = [
        text for gate in pod["spec"].get("readinessGates") or () if (text := _gate(gate["conditionType"], conditions))
    ]
    if unmet:
        return _condition("Ready", False, "ReadinessGatesNotReady", ", ".join(unmet))
    return _condition("Ready", True)


def _gate(type: str, conditions: Iterable[Object]) -> str:
    found = get_condition(list(conditions), type)
    if found is None:
        return f'corresponding condition of pod readiness gate "{type}" does not exist.'
    if found["status"] != "True":
        return f'the status of pod readiness gate "{type}" is not "True", but {found["status"]}'
    return ""


def _initialized(facts: Facts, statuses: list[Object], init: list[Object], phase: str) -> Object:
    if phase == "Succeeded":
        return _condition("Initialized", True, "PodCompleted")
    if not init or any("running" in s["state"] or "terminated" in s["state"] or last_exit(s) for s in statuses):
        return _condition("Initialized", True)
    sidecars = {s["name"] for s in facts.pod["spec"]["initContainers"] if is_sidecar(s)}
    incomplete = [s["name"] for s in init if not (s["started"] if s["name"] in sidecars else s["ready"])]
    if incomplete:
        message = f"containers with incomplete status: [{' '.join(incomplete)}]"
        return _condition("Initialized", False, "ContainersNotInitialized", message)
    return _condition("Initialized", True)
