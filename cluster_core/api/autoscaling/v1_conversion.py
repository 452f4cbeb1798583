"""autoscaling/v1 as a view of autoscaling/v2: the cpu target has a field, the rest travels in annotations."""

from typing import Any

Object = dict[str, Any]

METRICS = "autoscaling.alpha.kubernetes.io/metrics"
CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics"
CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior"
_ANNOTATIONS = (METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR)
_CPU_FIELD = "targetCPUUtilizationPercentage"


def from_v2(stored: Object) -> Object:
    """The v1 object of a stored v2 one."""
    spec, status = stored["spec"], stored["status"]
    annotations = {k: v for k, v in (stored["metadata"].get("annotations") or {}).items() if k not in _ANNOTATIONS}
    others = []
    new_spec = {name: spec[name] for name in ("scaleTargetRef", "minReplicas", "maxReplicas") if name in spec}
    for metric in spec.get("metrics") or ():
        if _is_cpu_utilization(metric):
            new_spec[_CPU_FIELD] = metric["resource"]["target"]["averageUtilization"]
        else:
            others.append(_metric_to_v1(metric))
    _put(annotations, METRICS, others)
    _put(annotations, CURRENT_METRICS, [_status_to_v1(metric) for metric in status.get("currentMetrics") or ()])
    _put(annotations, CONDITIONS, status.get("conditions"))
    _put(annotations, BEHAVIOR, _internal_behavior(spec.get("behavior")))
    metadata = {k: v for k, v in stored["metadata"].items() if k != "annotations"}
    if annotations:
        metadata["annotations"] = annotations
    return {
        **stored,
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": new_spec,
        "status": _status_from(status),
    }


def _status_from(status: Object) -> Object:
    kept = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
    found: Object = {"currentReplicas": 0, **{name: status[name] for name in kept if name in status}}
    for metric in status.get("currentMetrics") or ():
        if metric["type"] == "Resource" and metric["resource"]["name"] == "cpu":
            current = metric["resource"]["current"]
            if "averageUtilization" in current:
                found["currentCPUUtilizationPercentage"] = current["averageUtilization"]
    return found


def to_v2(obj: Object) -> Object:
    """The v2 object to store for a v1 one."""
    spec, status = obj["spec"], obj["status"]
    annotations = dict(obj["metadata"].get("annotations") or {})
    metrics = [_metric_to_v2(metric) for metric in _take(annotations, METRICS) or ()]
    if _CPU_FIELD in spec:
        metrics.append(_cpu(spec[_CPU_FIELD]))
    new_spec = {name: spec[name] for name in ("scaleTargetRef", "minReplicas", "maxReplicas") if name in spec}
    new_spec["metrics"] = metrics or [_cpu(80)]
    behavior = _take(annotations, BEHAVIOR)
    if behavior:
        new_spec["behavior"] = _external_behavior(behavior)
    kept = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
    new_status: Object = {"desiredReplicas": 0, **{name: status[name] for name in kept if status.get(name)}}
    new_status["currentMetrics"] = [
        _status_to_v2(metric) for metric in _take(annotations, CURRENT_METRICS) or ()
    ] or None
    conditions = _take(annotations, CONDITIONS)
    if conditions:
        new_status["conditions"] = conditions
    metadata = {k: v for k, v in obj["metadata"].items() if k != "annotations"}
    if annotations:
        metadata["annotations"] = annotations
    return {**obj, "apiVersion": "autoscaling/v2", "metadata": metadata, "spec": new_spec, "status": new_status}


def _cpu(utilization: int) -> Object:
    target = {"type": "Utilization", "averageUtilization": utilization}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _is_cpu_utilization(metric: Object) -> bool:
    if metric["type"] != "Resource" or "resource" not in metric:
        return False
    resource = metric["resource"]
    return resource["name"] == "cpu" and "averageUtilization" in resource["target"]


def _put(annotations: dict[str, str], name: str, value: Any) -> None:
    if value:
        import orjson

        annotations[name] = orjson.dumps(value).decode()


def _take(annotations: dict[str, str], name: str) -> Any:
    text = annotations.pop(name, None)
    if text is None:
        return None
    import orjson

    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _field(metric: Object) -> str:
    kind = str(metric["type"])
    return kind[0].lower() + kind[1:]


def _metric_to_v1(metric: Object) -> Object:
    field = _field(metric)
    source = metric[field]
    target: Object = source.get("target") or {}
    found: Object = {}
    if field in ("resource", "containerResource"):
        found = {"name": source["name"]}
        if "container" in source:
            found["container"] = source["container"]
        _move(target, found, averageUtilization="targetAverageUtilization", averageValue="targetAverageValue")
    elif field == "object":
        found = {"target": source["describedObject"], "metricName": source["metric"]["name"]}
        found["targetValue"] = target.get("value", "0")
        _move(source["metric"], found, selector="selector")
        _move(target, found, averageValue="averageValue")
    elif field == "pods":
        found = {"metricName": source["metric"]["name"], "targetAverageValue": target.get("averageValue", "0")}
        _move(source["metric"], found, selector="selector")
    else:
        found = {"metricName": source["metric"]["name"]}
        _move(source["metric"], found, selector="metricSelector")
        _move(target, found, value="targetValue", averageValue="targetAverageValue")
    return {"type": metric["type"], field: found}


def _metric_to_v2(metric: Object) -> Object:
    field = _field(metric)
    source: Object = metric.get(field) or {}
    target: Object = {}
    found: Object
    if field in ("resource", "containerResource"):
        target["type"] = "Utilization" if "targetAverageUtilization" in source else "AverageValue"
        _move(source, target, targetAverageUtilization="averageUtilization", targetAverageValue="averageValue")
        found = {"name": source.get("name", ""), "target": target}
        _move(source, found, container="container")
    elif field == "object":
        target["type"] = "AverageValue" if "averageValue" in source else "Value"
        _move(source, target, targetValue="value", averageValue="averageValue")
        found = {"describedObject": source.get("target"), "metric": _identifier(source, "selector"), "target": target}
    elif field == "pods":
        target = {"type": "AverageValue", "averageValue": source.get("targetAverageValue", "0")}
        found = {"metric": _identifier(source, "selector"), "target": target}
    else:
        target["type"] = "Value" if "targetValue" in source else "AverageValue"
        _move(source, target, targetValue="value", targetAverageValue="averageValue")
        found = {"metric": _identifier(source, "metricSelector"), "target": target}
    return {"type": metric["type"], field: found}


def _identifier(source: Object, selector: str) -> Object:
    found: Object = {"name": source.get("metricName", "")}
    _move(source, found, **{selector: "selector"})
    return found


def _status_to_v1(metric: Object) -> Object:
    field = _field(metric)
    source = metric[field]
    current: Object = source.get("current") or {}
    found: Object = {}
    if field in ("resource", "containerResource"):
        found = {"name": source["name"], "currentAverageValue": current.get("averageValue", "0")}
        _move(source, found, container="container")
        _move(current, found, averageUtilization="currentAverageUtilization")
    else:
        found = {"metricName": source["metric"]["name"]}
        _move(source["metric"], found, selector="metricSelector" if field == "external" else "selector")
        _move(source, found, describedObject="target")
        average = "averageValue" if field == "object" else "currentAverageValue"
        _move(current, found, value="currentValue", averageValue=average)
    return {"type": metric["type"], field: found}


def _status_to_v2(metric: Object) -> Object:
    field = _field(metric)
    source: Object = metric.get(field) or {}
    current: Object = {}
    _move(source, current, currentValue="value", currentAverageValue="averageValue", averageValue="averageValue")
    _move(source, current, currentAverageUtilization="averageUtilization")
    found: Object = {"current": current}
    if field in ("resource", "containerResource"):
        found["name"] = source.get("name", "")
        _move(source, found, container="container")
    else:
        found["metric"] = _identifier(source, "metricSelector" if field == "external" else "selector")
        _move(source, found, target="describedObject")
    return {"type": metric["type"], field: found}


def _move(source: Object, into: Object, /, **names: str) -> None:
    """Copies fields under new names, those that are there."""
    for old, new in names.items():
        if source.get(old) is not None:
            into[new] = source[old]


def _internal_behavior(behavior: Object | None) -> Object | None:
    """The annotation holds Go field names."""
    if behavior is None:
        return None
    return {side[0].upper() + side[1:]: _internal_rules(behavior.get(side)) for side in ("scaleUp", "scaleDown")}


def _internal_rules(rules: Object | None) -> Object | None:
    if rules is None:
        return None
    policies = [
        {"Type": policy["type"], "Value": policy["value"], "PeriodSeconds": policy["periodSeconds"]}
        for policy in rules.get("policies") or ()
    ]
    return {
        "StabilizationWindowSeconds": rules.get("stabilizationWindowSeconds"),
        "SelectPolicy": rules.get("selectPolicy"),
        "Policies": policies or None,
        "Tolerance": rules.get("tolerance"),
    }


def _external_behavior(behavior: Object) -> Object:
    return {_lower(side): _external(rules) for side, rules in behavior.items() if rules is not None}


def _external(value: Any) -> Any:
    if isinstance(value, dict):
        return {_lower(key): _external(item) for key, item in value.items() if item is not None}
    return [_external(item) for item in value] if isinstance(value, list) else value


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
