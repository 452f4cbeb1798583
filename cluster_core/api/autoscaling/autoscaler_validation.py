"""Validation of HorizontalPodAutoscalers, in their stored form (autoscaling/v2)."""

from collections.abc import Callable

from cluster_core.api.core.pod_spec.resources import container_resource_name
from cluster_core.api.resource import Object
from cluster_core.api.validation import (
    Errors,
    name,
    non_negative_quantity,
    one_of,
    optional_non_negative,
    required_segment,
    unsupported,
)
from cluster_core.apimachinery import field, names, quantity

_SELECT_POLICIES = ("Disabled", "Max", "Min")
_POLICY_TYPES = ("Percent", "Pods")
_METRIC_FIELDS = {
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
    "External": "external",
    "ContainerResource": "containerResource",
}
_METRIC_TYPES = tuple(sorted(_METRIC_FIELDS))
_TARGET_TYPES = ("Utilization", "Value", "AverageValue")


def validate(autoscaler: Object) -> Errors:
    """A new autoscaler."""
    target = autoscaler["spec"]["scaleTargetRef"]
    return _validate(autoscaler["spec"], 1, check_version=True, core=target.get("kind") == "ReplicationController")


def validate_update(new: Object, old: Object) -> Errors:
    """A changed one; the version of an unchanged target is left alone."""
    target, before = new["spec"]["scaleTargetRef"], old["spec"]["scaleTargetRef"]
    same = all(target.get(each, "") == before.get(each, "") for each in ("apiVersion", "kind"))
    lowest = 0 if old["spec"].get("minReplicas") == 0 else 1
    core = target.get("kind") == "ReplicationController"
    return _validate(new["spec"], lowest, check_version=not same, core=core)


def validate_status(new: Object, _old: Object) -> Errors:
    """Counts are not negative."""
    errors: Errors = []
    optional_non_negative(errors, new["status"], "status", "currentReplicas", "desiredReplicas")
    return errors


def _validate(spec: Object, lowest: int, *, check_version: bool, core: bool) -> Errors:
    errors: Errors = []
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if least is not None and least < lowest:
        errors.append(field.invalid("spec.minReplicas", least, f"must be greater than or equal to {lowest}"))
    if not most:
        errors.append(field.required("spec.maxReplicas", "must be set and greater than 0"))
    elif most < 0:
        errors.append(field.invalid("spec.maxReplicas", most, "must be greater than or equal to 1"))
    if least is not None and most < least:
        errors.append(field.invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    _validate_reference(errors, "spec.scaleTargetRef", spec["scaleTargetRef"], check_version, core)
    _validate_metrics(errors, "spec.metrics", spec.get("metrics") or [], least)
    for each in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(each)
        if rules is not None:
            _validate_rules(errors, f"spec.behavior.{each}", rules)
    return errors


def _validate_reference(errors: Errors, path: str, target: Object, check_version: bool, core: bool) -> None:
    required_segment(errors, f"{path}.kind", target.get("kind"))
    required_segment(errors, f"{path}.name", target.get("name"))
    version = target.get("apiVersion", "")
    if not check_version:
        return
    if version.count("/") > 1:
        errors.append(field.invalid(f"{path}.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    elif not core and ("/" not in version or version.startswith("/")):
        errors.append(field.invalid(f"{path}.apiVersion", version, "apiVersion must specify API group"))


def _validate_metrics(errors: Errors, path: str, metrics: list[Object], least: int | None) -> None:
    for index, metric in enumerate(metrics):
        _validate_metric(errors, f"{path}[{index}]", metric)
    if least == 0 and not any(metric.get("type") in ("Object", "External") for metric in metrics):
        problem = "must specify at least one Object or External metric to support scaling to zero replicas"
        errors.append(field.forbidden(path, problem))


def _validate_metric(errors: Errors, path: str, metric: Object) -> None:
    kind = metric.get("type", "")
    if not kind:
        errors.append(field.required(f"{path}.type", "must specify a metric source type"))
    if kind not in _METRIC_FIELDS:
        errors.append(unsupported(f"{path}.type", kind, _METRIC_TYPES))
    present = [each for each in _SOURCES if each in metric]
    if present:
        _SOURCES[present[0]](errors, f"{path}.{present[0]}", metric[present[0]])
    expected = _METRIC_FIELDS.get(kind)
    if expected is None:
        errors.append(unsupported(f"{path}.type", kind, _METRIC_TYPES))
    elif expected not in metric:
        problem = "must populate information for the given metric source"
        errors.append(field.required(f"{path}.{expected}", problem))
    if len(present) != 1:
        for each in present:
            if each != expected:
                errors.append(field.forbidden(f"{path}.{each}", "must populate the given metric source only"))


def _object(errors: Errors, path: str, source: Object) -> None:
    _validate_reference(errors, f"{path}.describedObject", source.get("describedObject") or {}, True, core=True)
    _validate_identifier(errors, f"{path}.metric", source.get("metric") or {})
    target = _validate_target(errors, f"{path}.target", source)
    if "value" not in target and "averageValue" not in target:
        problem = "must set either a target value or averageValue"
        errors.append(field.required(f"{path}.target.averageValue", problem))


def _external(errors: Errors, path: str, source: Object) -> None:
    _validate_identifier(errors, f"{path}.metric", source.get("metric") or {})
    target = _validate_target(errors, f"{path}.target", source)
    if "value" not in target and "averageValue" not in target:
        problem = "must set either a target value for metric or a per-pod target"
        errors.append(field.required(f"{path}.target.averageValue", problem))
    if "value" in target and "averageValue" in target:
        problem = "may not set both a target value for metric and a per-pod target"
        errors.append(field.forbidden(f"{path}.target.value", problem))


def _pods(errors: Errors, path: str, source: Object) -> None:
    _validate_identifier(errors, f"{path}.metric", source.get("metric") or {})
    target = _validate_target(errors, f"{path}.target", source)
    if "averageValue" not in target:
        problem = "must specify a positive target averageValue"
        errors.append(field.required(f"{path}.target.averageValue", problem))


def _resource(errors: Errors, path: str, source: Object) -> None:
    if not source.get("name"):
        errors.append(field.required(f"{path}.name", "must specify a resource name"))
    _validate_resource_target(errors, f"{path}.target", source)


def _container_resource(errors: Errors, path: str, source: Object) -> None:
    if not source.get("name"):
        errors.append(field.required(f"{path}.name", "must specify a resource name"))
    else:
        name(errors, f"{path}.name", source["name"], lambda text: list(container_resource_name(text)))
    if not source.get("container"):
        errors.append(field.required(f"{path}.container", "must specify a container"))
    else:
        name(errors, f"{path}.container", source["container"], names.dns1123_label)
    _validate_resource_target(errors, f"{path}.target", source)


_SOURCES: dict[str, Callable[[Errors, str, Object], None]] = {
    "object": _object,
    "external": _external,
    "pods": _pods,
    "resource": _resource,
    "containerResource": _container_resource,
}


def _validate_resource_target(errors: Errors, path: str, source: Object) -> None:
    target = _validate_target(errors, path, source)
    if "averageUtilization" not in target and "averageValue" not in target:
        problem = "must set either a target raw value or a target utilization"
        errors.append(field.required(f"{path}.averageUtilization", problem))
    if "averageUtilization" in target and "averageValue" in target:
        problem = "may not set both a target raw value and a target utilization"
        errors.append(field.forbidden(f"{path}.averageValue", problem))


def _validate_target(errors: Errors, path: str, source: Object) -> Object:
    target: Object = source.get("target") or {}
    kind = target.get("type", "")
    if not kind:
        errors.append(field.required(f"{path}.type", "must specify a metric target type"))
    if kind not in _TARGET_TYPES:
        errors.append(field.invalid(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue"))
    for each in ("value", "averageValue"):
        if each in target and quantity.parse(target[each]).nanos <= 0:
            errors.append(field.invalid(f"{path}.{each}", target[each], "must be positive"))
    utilization = target.get("averageUtilization")
    if utilization is not None and utilization < 1:
        errors.append(field.invalid(f"{path}.averageUtilization", utilization, "must be greater than 0"))
    return target


def _validate_identifier(errors: Errors, path: str, metric: Object) -> None:
    if not metric.get("name"):
        errors.append(field.required(f"{path}.name", "must specify a metric name"))
    else:
        name(errors, f"{path}.name", metric["name"], names.path_segment)


def _validate_rules(errors: Errors, path: str, rules: Object) -> None:
    window = rules.get("stabilizationWindowSeconds")
    if window is not None and window < 0:
        problem = "must be greater than or equal to zero"
        errors.append(field.invalid(f"{path}.stabilizationWindowSeconds", window, problem))
    if window is not None and window > 3600:
        problem = "must be less than or equal to 3600"
        errors.append(field.invalid(f"{path}.stabilizationWindowSeconds", window, problem))
    if "selectPolicy" in rules:
        one_of(errors, f"{path}.selectPolicy", rules["selectPolicy"], _SELECT_POLICIES)
    if not rules.get("policies"):
        errors.append(field.required(f"{path}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(rules.get("policies") or ()):
        _validate_policy(errors, f"{path}.policies[{index}]", policy)
    if "tolerance" in rules:
        non_negative_quantity(errors, f"{path}.tolerance", rules["tolerance"])


def _validate_policy(errors: Errors, path: str, policy: Object) -> None:
    one_of(errors, f"{path}.type", policy.get("type", ""), _POLICY_TYPES)
    value, period = policy.get("value", 0), policy.get("periodSeconds", 0)
    if value <= 0:
        errors.append(field.invalid(f"{path}.value", value, "must be greater than zero"))
    if period <= 0:
        errors.append(field.invalid(f"{path}.periodSeconds", period, "must be greater than zero"))
    if period > 1800:
        errors.append(field.invalid(f"{path}.periodSeconds", period, "must be less than or equal to 1800"))
