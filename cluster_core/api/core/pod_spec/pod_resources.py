"""Pod-level resources (spec.resources): defaults from the containers' sums."""

from typing import Any

from cluster_core.apimachinery import quantity

Object = dict[str, Any]


def is_pod_level(name: str) -> bool:
    """Whether a pod as a whole can ask for the resource."""
    return name in ("cpu", "memory") or name.startswith("hugepages-")


def aggregate(spec: Object, field: str) -> dict[str, str]:
    """What the containers need at once of `field` ("requests" or "limits"): the sum of all, or an init container's peak."""
    total: dict[str, str] = {}
    for container in spec.get("containers") or ():
        _add(total, container["resources"].get(field))
    sidecars: dict[str, str] = {}
    peak: dict[str, str] = {}
    for container in spec.get("initContainers") or ():
        amounts = dict(container["resources"].get(field) or {})
        if container.get("restartPolicy") == "Always":
            _add(total, amounts)
            _add(sidecars, amounts)
            amounts = dict(sidecars)
        else:
            _add(amounts, sidecars)
        _largest(peak, amounts)
    _largest(total, peak)
    return total


def _add(total: dict[str, str], amounts: dict[str, str] | None) -> None:
    for name, amount in (amounts or {}).items():
        total[name] = quantity.add(total[name], amount) if name in total else amount


def _largest(total: dict[str, str], amounts: dict[str, str]) -> None:
    for name, amount in amounts.items():
        if name not in total or quantity.compare(amount, total[name]) > 0:
            total[name] = amount


def default_pod_resources(spec: Object) -> None:
    """Huge page limits and requests of the pod follow those of its containers, then requests follow limits."""
    resources = spec["resources"]
    _default_huge_page_limits(spec, resources)
    limits = resources.get("limits")
    if not limits:
        return
    requests = dict(resources.get("requests") or {})
    for name, amount in aggregate(spec, "requests").items():
        if is_pod_level(name) and not name.startswith("hugepages-"):
            requests.setdefault(name, amount)
    for name, amount in limits.items():
        if is_pod_level(name):
            requests.setdefault(name, amount)
    if requests:
        resources["requests"] = requests


def _default_huge_page_limits(spec: Object, resources: Object) -> None:
    if not resources.get("limits") and not resources.get("requests"):
        return
    limits = dict(resources.get("limits") or {})
    for name, amount in aggregate(spec, "limits").items():
        if name.startswith("hugepages-") and name not in (resources.get("requests") or {}):
            limits.setdefault(name, amount)
    if limits:
        resources["limits"] = limits
