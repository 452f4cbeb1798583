"""What a pod asks of a node: effective requests and limits, quality of service, host ports.

Used by the scheduler (does it fit), the kubelet (admission, status) and the API server (qosClass). Pure; amounts are whole
numbers: cpu in thousandths, everything else in its own unit (bytes, counts).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cluster_core.apimachinery import quantity

Object = dict[str, Any]
Amounts = dict[str, int]

GUARANTEED, BURSTABLE, BEST_EFFORT = "Guaranteed", "Burstable", "BestEffort"
POD_LEVEL = ("cpu", "memory")


def _amount(resource: str, text: str) -> int:
    return quantity.milli(text) if resource == "cpu" else quantity.whole(text)


def amounts(resources: Mapping[str, Any] | None) -> Amounts:
    """A ResourceList as numbers."""
    return {name: _amount(name, str(text)) for name, text in resources.items()} if resources else {}


def quantity_text(resource: str, amount: int) -> str:
    """An amount as canonical quantity text (decimal)."""
    return quantity.canonical(f"{amount}m" if resource == "cpu" else str(amount))


def is_sidecar(container: Object) -> bool:
    """Whether an init container is restartable: it keeps running beside the regular containers."""
    return container.get("restartPolicy") == "Always"


def requests(spec: Object) -> Amounts:
    """What the pod requests as a whole: sidecars count with the containers, init containers by the largest; plus overhead."""
    return _total(spec, "requests")


def limits(spec: Object) -> Amounts:
    """The pod's limits, added up like `requests`."""
    return _total(spec, "limits")


def asks_for_nothing(spec: Object) -> bool:
    """Whether no part of a pod states requests or limits."""
    if spec.get("resources") or spec.get("overhead") or spec.get("initContainers"):
        return False
    return not any(container.get("resources") for container in spec["containers"])


def total_texts(spec: Object, kind: str) -> dict[str, str]:
    """The pod's "requests" or "limits" as quantity texts, written in the form that its containers use."""
    containers = [*spec["containers"], *(c for c in spec.get("initContainers") or () if is_sidecar(c))]
    lists = [(c.get("resources") or {}).get(kind) or {} for c in containers]
    if len(lists) == 1 and not spec.get("initContainers") and not spec.get("resources") and not spec.get("overhead"):
        return {name: str(text) for name, text in lists[0].items()}
    texts: dict[str, str] = {}
    for resources in lists:
        for name, text in resources.items():
            texts[name] = quantity.add(texts[name], str(text)) if name in texts else str(text)
    pod_level = (spec.get("resources") or {}).get(kind) or {}
    texts.update({name: str(text) for name, text in pod_level.items() if name in POD_LEVEL})
    total = _total(spec, kind)
    return {n: t if (t := texts.get(n, "0")) and _amount(n, t) == a else quantity_text(n, a) for n, a in total.items()}


def _total(spec: Object, kind: str) -> Amounts:
    init = spec.get("initContainers")
    containers = spec["containers"]
    if len(containers) == 1 and not init:
        total = amounts((containers[0].get("resources") or {}).get(kind))
    else:
        total = {}
        for container in containers:
            _add(total, amounts((container.get("resources") or {}).get(kind)))
        if init:
            _apply_init(total, init, kind)
    for name, amount in amounts((spec.get("resources") or {}).get(kind)).items():
        if name in POD_LEVEL or name.startswith("hugepages-"):
            total[name] = amount
    overhead = spec.get("overhead")
    if overhead:
        for name, amount in amounts(overhead).items():
            if kind == "requests" or name in total:
                total[name] = total.get(name, 0) + amount
    return total


def _apply_init(total: Amounts, init: list[Object], kind: str) -> None:
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in init:
        own = amounts((container.get("resources") or {}).get(kind))
        if is_sidecar(container):
            _add(total, own)
            _add(sidecars, own)
            own = sidecars
        else:
            own = {name: own.get(name, 0) + sidecars.get(name, 0) for name in {**own, **sidecars}}
        for name, amount in own.items():
            peak[name] = max(peak.get(name, 0), amount)
    for name, amount in peak.items():
        total[name] = max(total.get(name, 0), amount)


def _add(total: Amounts, more: Amounts) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def qos(spec: Object) -> str:
    """Guaranteed: cpu and memory limits everywhere, equal to the requests; BestEffort: none at all; else Burstable."""
    pod_level = spec.get("resources")
    if pod_level and (pod_level.get("requests") or pod_level.get("limits")):
        return _qos_of([pod_level])
    return _qos_of([c.get("resources") or {} for c in (*spec["containers"], *(spec.get("initContainers") or ()))])


def _qos_of(all_resources: list[Object]) -> str:
    some, guaranteed = False, True
    for resources in all_resources:
        ask = _compute(resources.get("requests"))
        limit = _compute(resources.get("limits"))
        some = some or bool(ask) or bool(limit)
        guaranteed = guaranteed and len(limit) == 2 and all(ask.get(n, limit[n]) == limit[n] for n in limit)
    if not some:
        return BEST_EFFORT
    return GUARANTEED if guaranteed else BURSTABLE


def _compute(resources: Mapping[str, Any] | None) -> Amounts:
    return {n: a for n, a in amounts(resources).items() if n in POD_LEVEL and a > 0}


def host_ports(spec: Object) -> list[tuple[str, str, int]]:
    """Ports of the node that the pod takes: (host address, protocol, port)."""
    return [
        (port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", port["hostPort"])
        for container in _long_running(spec)
        for port in container.get("ports") or ()
        if port.get("hostPort")
    ]


def _long_running(spec: Object) -> Iterator[Object]:
    yield from spec["containers"]
    for container in spec.get("initContainers") or ():
        if is_sidecar(container):
            yield container


def ports_conflict(wanted: Iterable[tuple[str, str, int]], taken: Iterable[tuple[str, str, int]]) -> bool:
    """Whether two sets of host ports collide; 0.0.0.0 collides with every address."""
    used = list(taken)
    return any(
        port == other and protocol == protocol2 and (ip == ip2 or "0.0.0.0" in (ip, ip2))
        for ip, protocol, port in wanted
        for ip2, protocol2, other in used
    )
