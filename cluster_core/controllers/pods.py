"""Pods as controllers see them: their state, and how they are made from a template.

Used by every workload controller. All functions only read their arguments.
"""

from collections.abc import Callable, Iterable
from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.meta import controller_reference

Object = dict[str, Any]


def phase(pod: Object) -> str:
    """status.phase, "" without a status."""
    return (pod.get("status") or {}).get("phase", "")  # type: ignore[no-any-return]


def is_finished(pod: Object) -> bool:
    """Succeeded or Failed."""
    return phase(pod) in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Neither finished nor going away."""
    if "deletionTimestamp" in pod["metadata"]:
        return False
    status = pod.get("status")
    return not status or status.get("phase") not in ("Succeeded", "Failed")


def is_terminating(pod: Object) -> bool:
    """Going away, not yet finished."""
    return "deletionTimestamp" in pod["metadata"] and phase(pod) not in ("Succeeded", "Failed")


def ready_condition(pod: Object) -> Object | None:
    """The condition Ready, None without one."""
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition["type"] == "Ready":
            return condition  # type: ignore[no-any-return]
    return None


def is_ready(pod: Object) -> bool:
    """Whether the condition Ready is True."""
    condition = ready_condition(pod)
    return condition is not None and condition["status"] == "True"


def ready_since(pod: Object) -> float | None:
    """When the pod became ready, in seconds since the epoch; None while it is not."""
    condition = ready_condition(pod)
    if condition is None or condition["status"] != "True":
        return None
    changed = condition.get("lastTransitionTime")
    return timestamps.parse(changed) if changed else 0.0


def is_available(pod: Object, min_ready_seconds: int, now: float) -> bool:
    """Ready for at least `min_ready_seconds`."""
    if not min_ready_seconds:
        return is_ready(pod)
    since = ready_since(pod)
    return since is not None and since > 0 and since + min_ready_seconds <= now


def created_at(obj: Object) -> float:
    """metadata.creationTimestamp in seconds since the epoch."""
    return timestamps.parse(obj["metadata"]["creationTimestamp"])


def age_order(obj: Object) -> tuple[str, str]:
    """Sort key: oldest first, then by name."""
    return obj["metadata"].get("creationTimestamp", ""), obj["metadata"]["name"]


def condition(pod: Object, type: str) -> Object | None:
    """The condition of that type, None without one."""
    for one in (pod.get("status") or {}).get("conditions") or ():
        if one["type"] == type:
            return one  # type: ignore[no-any-return]
    return None


def with_condition(pod: Object, new: Object, now: float) -> Object:
    """A pod whose condition of that type is `new`; lastTransitionTime moves only with the status."""
    conditions = list((pod.get("status") or {}).get("conditions") or ())
    stamped = {"type": new["type"], "status": new["status"], "lastTransitionTime": timestamps.rfc3339(now), **new}
    for index, old in enumerate(conditions):
        if old["type"] == new["type"]:
            if old["status"] == new["status"] and old.get("lastTransitionTime"):
                stamped["lastTransitionTime"] = old["lastTransitionTime"]
            conditions[index] = {k: v for k, v in stamped.items() if v is not None}
            break
    else:
        conditions.append({k: v for k, v in stamped.items() if v is not None})
    return {**pod, "status": {**(pod.get("status") or {}), "conditions": conditions}}


def from_template(template: Object, owner: Object, prefix: str = "") -> Object:
    """A pod of `template` controlled by `owner`, named `<prefix or owner>-` plus what the server generates."""
    stated = template.get("metadata") or {}
    metadata: Object = {"generateName": f"{prefix or owner['metadata']['name']}-"}
    if namespace := owner["metadata"].get("namespace"):
        metadata["namespace"] = namespace
    for name in ("labels", "annotations", "finalizers"):
        if stated.get(name):
            metadata[name] = stated[name]
    metadata["ownerReferences"] = [controller_reference(owner)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def count(pods: Iterable[Object], test: Callable[[Object], bool]) -> int:
    """How many pods pass `test`."""
    return sum(1 for pod in pods if test(pod))
