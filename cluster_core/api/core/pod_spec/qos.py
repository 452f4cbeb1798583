"""The QoS class of a pod: computed once, when the pod is created."""

from typing import Any

from cluster_core.apimachinery import quantity

Object = dict[str, Any]

_COUNTED = ("cpu", "memory")


def qos_class(spec: Object) -> str:
    """BestEffort without cpu or memory, Guaranteed if every container's limits equal its requests, else Burstable."""
    if spec.get("resources"):
        return _class_of([spec["resources"]])
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return _class_of([container["resources"] for container in containers])


def _class_of(resources: list[Object]) -> str:
    requests: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    guaranteed = True
    for item in resources:
        if not item:
            guaranteed = False
            continue
        _add(requests, item.get("requests"))
        limited = _add(limits, item.get("limits"))
        if len(limited) < len(_COUNTED):
            guaranteed = False
    if not requests and not limits:
        return "BestEffort"
    if (
        guaranteed
        and all(limits.get(name) == amount for name, amount in requests.items())
        and len(requests) == len(limits)
    ):
        return "Guaranteed"
    return "Burstable"


def _add(totals: dict[str, Any], amounts: Object | None) -> set[str]:
    found = set()
    for name in _COUNTED:
        value = quantity.parse(amounts[name]).nanos if amounts and name in amounts else 0
        if value > 0:
            totals[name] = totals.get(name, 0) + value
            found.add(name)
    return found
