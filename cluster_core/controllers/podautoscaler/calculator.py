"""From usage to a number of pods: upstream's ratio, with pods that are not ready or not measured judged cautiously."""

import math
from typing import Any, NamedTuple

from cluster_core.apimachinery import pod_resources, quantity, timestamps
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.podautoscaler.metrics import MetricError, PodMetric

Object = dict[str, Any]

TOLERANCE = 0.1
CPU_INITIALIZATION, READINESS_DELAY = 300.0, 30.0
"""Seconds after its start in which a pod's CPU usage says little."""


class Tolerances(NamedTuple):
    """How far the ratio may be below and above one without a change."""

    down: float = TOLERANCE
    up: float = TOLERANCE

    def within(self, ratio: float) -> bool:
        """Whether a ratio calls for no change."""
        return (1.0 - self.down) <= ratio <= (1.0 + self.up)


class Proposal(NamedTuple):
    """The wanted size, utilization in percent (None for plain values) and the average usage in thousandths."""

    replicas: int
    utilization: int | None
    average: int


class Targets(NamedTuple):
    """The pods behind a workload and its present size, at one moment."""

    pods: list[Object]
    replicas: int
    tolerances: Tolerances
    now: float


class _Groups(NamedTuple):
    ready: int
    unready: set[str]
    missing: set[str]
    ignored: set[str]


def by_utilization(
    targets: Targets, metrics: dict[str, PodMetric], resource: str, container: str, target: int
) -> Proposal:
    """The size at which the pods use `target` percent of what they request."""
    groups = _prepare(targets, metrics, resource)
    requests = {pod["metadata"]["name"]: _request(pod, container, resource) for pod in targets.pods}

    def ratio_of(values: dict[str, int]) -> tuple[float, int]:
        usage = sum(values.values())
        asked = sum(requests.get(name, 0) for name in values)
        if not asked:
            raise MetricError("no metrics returned matched known pods")
        utilization = usage * 100 // asked
        return utilization / target, utilization

    values = {name: metric.value for name, metric in metrics.items()}
    ratio, utilization = ratio_of(values)
    average = sum(values.values()) // len(values)
    fallback = {name: requests.get(name, 0) * max(100, target) // 100 for name in groups.missing}
    replicas = _settle(targets, groups, values, ratio, fallback, lambda v: ratio_of(v)[0])
    return Proposal(replicas, utilization, average)


def by_value(targets: Targets, metrics: dict[str, PodMetric], resource: str, target: int) -> Proposal:
    """The size at which each pod uses `target` thousandths."""
    groups = _prepare(targets, metrics, resource)

    def ratio_of(values: dict[str, int]) -> float:
        return (sum(values.values()) // len(values)) / target

    values = {name: metric.value for name, metric in metrics.items()}
    fallback = dict.fromkeys(groups.missing, target)
    replicas = _settle(targets, groups, values, ratio_of(values), fallback, ratio_of)
    return Proposal(replicas, None, sum(values.values()) // len(values))


def by_total(targets: Targets, usage: int, target: int, *, per_pod: bool) -> Proposal:
    """The size for one value that belongs to no pod: shared by the pods, or a goal for the whole."""
    if per_pod:
        replicas = targets.replicas
        ratio = usage / (target * replicas) if replicas else math.inf
        wanted = replicas if targets.tolerances.within(ratio) else math.ceil(usage / target)
        return Proposal(wanted, None, math.ceil(usage / replicas) if replicas else 0)
    ratio = usage / target
    if not targets.replicas:
        return Proposal(math.ceil(ratio), None, usage)
    if targets.tolerances.within(ratio):
        return Proposal(targets.replicas, None, usage)
    ready = podlib.count(targets.pods, lambda pod: podlib.phase(pod) == "Running" and podlib.is_ready(pod))
    return Proposal(math.ceil(ratio * ready), None, usage)


def _prepare(targets: Targets, metrics: dict[str, PodMetric], resource: str) -> _Groups:
    """Sort the pods, and drop the metrics of those that do not count."""
    if not targets.pods:
        raise MetricError("no pods returned by selector while calculating replica count")
    groups = _group(targets, metrics, resource)
    for name in groups.ignored | groups.unready:
        metrics.pop(name, None)
    if not metrics:
        raise MetricError("did not receive metrics for targeted pods (pods might be unready)")
    return groups


def _group(targets: Targets, metrics: dict[str, PodMetric], resource: str) -> _Groups:
    ready, unready, missing, ignored = 0, set(), set(), set()
    for pod in targets.pods:
        name, phase = pod["metadata"]["name"], podlib.phase(pod)
        if "deletionTimestamp" in pod["metadata"] or phase == "Failed":
            ignored.add(name)
        elif phase == "Pending":
            unready.add(name)
        elif name not in metrics:
            missing.add(name)
        elif resource == "cpu" and _is_starting(pod, metrics[name], targets.now):
            unready.add(name)
        else:
            ready += 1
    return _Groups(ready, unready, missing, ignored)


def _is_starting(pod: Object, metric: PodMetric, now: float) -> bool:
    condition, started = podlib.ready_condition(pod), pod["status"].get("startTime")
    if condition is None or started is None:
        return True
    start, changed = timestamps.parse(started), timestamps.parse(condition["lastTransitionTime"])
    unready = condition["status"] == "False"
    if start + CPU_INITIALIZATION > now:
        return unready or metric.time < changed + metric.window
    return unready and start + READINESS_DELAY > changed


def _settle(
    targets: Targets, groups: _Groups, values: dict[str, int], ratio: float, fallback: dict[str, int], ratio_of: Any
) -> int:
    """The size for a ratio; with pods unaccounted for, again with the values they may have at worst."""
    cautious = bool(groups.unready) and ratio > 1.0
    if not cautious and not groups.missing:
        return targets.replicas if targets.tolerances.within(ratio) else math.ceil(ratio * groups.ready)
    if groups.missing and ratio != 1.0:
        values.update(fallback if ratio < 1.0 else dict.fromkeys(groups.missing, 0))
    if cautious:
        values.update(dict.fromkeys(groups.unready, 0))
    new_ratio: float = ratio_of(values)
    turned = (ratio < 1.0 < new_ratio) or (new_ratio < 1.0 < ratio)
    if targets.tolerances.within(new_ratio) or turned:
        return targets.replicas
    replicas = math.ceil(new_ratio * len(values))
    against = (new_ratio < 1.0 and replicas > targets.replicas) or (new_ratio > 1.0 and replicas < targets.replicas)
    return targets.replicas if against else replicas


def _request(pod: Object, container: str, resource: str) -> int:
    """What a pod (or one of its containers) requests of a resource, in thousandths; raises MetricError without a request."""
    spec = pod["spec"]
    whole = (spec.get("resources") or {}).get("requests") or {}
    if resource in whole and not container:
        return quantity.milli(str(whole[resource]))
    sidecars = [c for c in spec.get("initContainers") or () if pod_resources.is_sidecar(c)]
    total, seen = 0, False
    for one in [*spec["containers"], *sidecars]:
        if container in ("", one["name"]):
            requests = (one.get("resources") or {}).get("requests") or {}
            if resource not in requests:
                name = pod["metadata"]["name"]
                raise MetricError(f"missing request for {resource} in container {one['name']} of Pod {name}")
            total += quantity.milli(str(requests[resource]))
            seen = True
    if container and not seen:
        raise MetricError(f"container {container} not found in Pod {pod['metadata']['name']}")
    return total
