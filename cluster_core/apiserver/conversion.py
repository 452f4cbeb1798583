"""Between the versions of a kind: objects are stored in one version and shown in the one that was asked for.

Custom resources differ in apiVersion only (strategy None). Of the built-in kinds, horizontal pod autoscalers and events have two forms.
"""

from collections.abc import Callable
from typing import Any

from cluster_core.apiserver.ownership import ownership_of, stored
from cluster_core.apiserver.served import Served

Object = dict[str, Any]


def shown(served: Served, obj: Object) -> Object:
    """A stored object in the version of a resource; the same object if it is in that version."""
    version = served.api_version
    return obj if obj["apiVersion"] == version else _convert(obj, version)


def to_storage(served: Served, obj: Object) -> Object:
    """An object in the version in which it is stored."""
    version = served.stored_version
    return obj if obj["apiVersion"] == version else _convert(obj, version)


def _convert(obj: Object, version: str) -> Object:
    convert = _CONVERSIONS.get((obj["apiVersion"], version))
    result = {**obj, "apiVersion": version} if convert is None else convert(obj)
    return stored(result, ownership_of(obj))


def _without(obj: Object, *names: str) -> Object:
    return {k: v for k, v in obj.items() if k not in names}


def _event_to_core(event: Object) -> Object:
    core = _without(event, "regarding", "note", "reportingController", "deprecatedSource", "deprecatedFirstTimestamp")
    core = _without(core, "deprecatedLastTimestamp", "deprecatedCount")
    core["apiVersion"] = "v1"
    core["involvedObject"] = event.get("regarding") or {}
    core["source"] = event.get("deprecatedSource") or {}
    core["firstTimestamp"] = event.get("deprecatedFirstTimestamp")
    core["lastTimestamp"] = event.get("deprecatedLastTimestamp")
    core["reportingComponent"] = event.get("reportingController", "")
    if event.get("note"):
        core["message"] = event["note"]
    if event.get("deprecatedCount"):
        core["count"] = event["deprecatedCount"]
    return core


def _event_from_core(core: Object) -> Object:
    event = _without(
        core, "involvedObject", "message", "reportingComponent", "source", "firstTimestamp", "lastTimestamp", "count"
    )
    event["apiVersion"] = "events.k8s.io/v1"
    event["regarding"] = core.get("involvedObject") or {}
    event["deprecatedSource"] = core.get("source") or {}
    event["deprecatedFirstTimestamp"] = core.get("firstTimestamp")
    event["deprecatedLastTimestamp"] = core.get("lastTimestamp")
    event.setdefault("eventTime", None)
    event["reportingController"] = core.get("reportingComponent", "")
    if core.get("message"):
        event["note"] = core["message"]
    if core.get("count"):
        event["deprecatedCount"] = core["count"]
    return event


_METRICS = "autoscaling.alpha.kubernetes.io/metrics"
_CURRENT = "autoscaling.alpha.kubernetes.io/current-metrics"
_CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
_BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior"


def _is_cpu_target(metric: Object) -> bool:
    resource = metric.get("resource") or {}
    return (
        metric["type"] == "Resource"
        and resource.get("name") == "cpu"
        and "averageUtilization" in resource.get("target", {})
    )


def _autoscaler_to_v1(new: Object) -> Object:
    import json

    spec, status = dict(new["spec"]), dict(new.get("status") or {})
    metrics = spec.pop("metrics", None) or []
    annotations = dict(new["metadata"].get("annotations") or {})
    others = []
    for metric in metrics:
        if _is_cpu_target(metric) and "targetCPUUtilizationPercentage" not in spec:
            spec["targetCPUUtilizationPercentage"] = metric["resource"]["target"]["averageUtilization"]
        else:
            others.append(metric)
    for name, value in (
        (_METRICS, others),
        (_BEHAVIOR, spec.pop("behavior", None)),
        (_CONDITIONS, status.pop("conditions", None)),
    ):
        if value:
            annotations[name] = json.dumps(value, separators=(",", ":"))
    current = status.pop("currentMetrics", None) or []
    left = []
    for metric in current:
        resource = metric.get("resource") or {}
        utilization = resource.get("current", {}).get("averageUtilization")
        if metric["type"] == "Resource" and resource.get("name") == "cpu" and utilization is not None:
            status["currentCPUUtilizationPercentage"] = utilization
        else:
            left.append(metric)
    if left:
        annotations[_CURRENT] = json.dumps(left, separators=(",", ":"))
    status.setdefault("currentReplicas", 0)
    metadata = {**new["metadata"]}
    if annotations:
        metadata["annotations"] = annotations
    return {**new, "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _autoscaler_to_v2(old: Object) -> Object:
    import json

    spec, status = dict(old["spec"]), dict(old.get("status") or {})
    annotations = dict(old["metadata"].get("annotations") or {})
    metrics: list[Object] = []
    percentage = spec.pop("targetCPUUtilizationPercentage", None)
    if percentage is not None:
        target = {"type": "Utilization", "averageUtilization": percentage}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    metrics += json.loads(annotations.pop(_METRICS, "[]"))
    if metrics:
        spec["metrics"] = metrics
    behavior = annotations.pop(_BEHAVIOR, None)
    if behavior:
        spec["behavior"] = json.loads(behavior)
    conditions = annotations.pop(_CONDITIONS, None)
    if conditions:
        status["conditions"] = json.loads(conditions)
    current = json.loads(annotations.pop(_CURRENT, "[]"))
    used = status.pop("currentCPUUtilizationPercentage", None)
    if used is not None:
        shown_ = {"name": "cpu", "current": {"averageUtilization": used, "averageValue": "0"}}
        current.insert(0, {"type": "Resource", "resource": shown_})
    status["currentMetrics"] = current or None
    metadata = _without(old["metadata"], "annotations")
    if annotations:
        metadata["annotations"] = annotations
    return {**old, "apiVersion": "autoscaling/v2", "metadata": metadata, "spec": spec, "status": status}


_CONVERSIONS: dict[tuple[str, str], Callable[[Object], Object]] = {
    ("events.k8s.io/v1", "v1"): _event_to_core,
    ("v1", "events.k8s.io/v1"): _event_from_core,
    ("autoscaling/v2", "autoscaling/v1"): _autoscaler_to_v1,
    ("autoscaling/v1", "autoscaling/v2"): _autoscaler_to_v2,
}
