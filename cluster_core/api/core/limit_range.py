"""LimitRange: defaults between its limits."""

from cluster_core.api.cells import NAME, get
from cluster_core.api.core.pod_spec.defaults import round_up
from cluster_core.api.core.pod_spec.resources import container_resource_name, overcommit_allowed, resource_name
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors
from cluster_core.apimachinery import field, quantity
from cluster_core.apimachinery.names import qualified_name


def default(limit_range: Object) -> None:
    """For containers: the default limit follows the maximum, the default request the default limit or the minimum."""
    for item in limit_range["spec"].get("limits") or ():
        if item["type"] == "Container":
            _default_container(item)
        for name in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
            if name in item:
                round_up(item[name])


def _default_container(item: Object) -> None:
    limits = {**(item.get("max") or {}), **(item.get("default") or {})}
    requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
    if limits:
        item["default"] = limits
    if requests:
        item["defaultRequest"] = requests


_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_LISTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def validate(limit_range: Object) -> Errors:
    """A new limit range."""
    errors: Errors = []
    seen: set[str] = set()
    for index, item in enumerate(limit_range["spec"].get("limits") or ()):
        path, kind = f"spec.limits[{index}]", item["type"]
        _validate_type(errors, f"{path}.type", kind)
        if kind in seen:
            errors.append(field.duplicate(f"{path}.type", kind))
        seen.add(kind)
        _validate_item(errors, path, item)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_type(errors: Errors, path: str, kind: str) -> None:
    problems = qualified_name(kind)
    errors.extend(field.invalid(path, kind, problem) for problem in problems)
    if not problems and "/" not in kind and kind not in _TYPES:
        errors.append(field.invalid(path, kind, "must be a standard limit type or fully qualified"))


def _validate_item(errors: Errors, path: str, item: Object) -> None:
    check = container_resource_name if item["type"] in ("Pod", "Container") else resource_name
    known: dict[str, None] = {}
    for each in _LISTS:
        if item["type"] == "Pod" and each in ("default", "defaultRequest"):
            if item.get(each):
                errors.append(field.forbidden(f"{path}.{each}", "may not be specified when `type` is 'Pod'"))
            continue
        for resource in item.get(each) or ():
            errors.extend(field.invalid(f"{path}.{each}[{resource}]", resource, problem) for problem in check(resource))
            known[resource] = None
    bounded = any("storage" in (item.get(each) or {}) for each in ("min", "max"))
    if item["type"] == "PersistentVolumeClaim" and not bounded:
        problem = "either minimum or maximum storage value is required, but neither was provided"
        errors.append(field.required(f"{path}.limits", problem))
    skip = ("default", "defaultRequest") if item["type"] == "Pod" else ()
    for resource in known:
        amounts = {each: (item.get(each) or {}).get(resource) for each in _LISTS if each not in skip}
        _validate_amounts(errors, path, resource, amounts)


def _validate_amounts(errors: Errors, path: str, resource: str, amounts: dict[str, str | None]) -> None:
    least, most, limit, request = (amounts.get(each) for each in ("min", "max", "default", "defaultRequest"))
    for low, high, where, shown_value, text in (
        (least, most, "min", least, "min value {} is greater than max value {}"),
        (least, request, "defaultRequest", request, "min value {} is greater than default request value {}"),
        (request, most, "defaultRequest", request, "default request value {} is greater than max value {}"),
        (request, limit, "defaultRequest", request, "default request value {} is greater than default limit value {}"),
        (least, limit, "default", least, "min value {} is greater than default value {}"),
        (limit, most, "default", most, "default value {} is greater than max value {}"),
    ):
        if low is not None and high is not None and quantity.compare(low, high) > 0:
            errors.append(field.invalid(f"{path}.{where}[{resource}]", shown_value, text.format(low, high)))
    _validate_ratio(
        errors, f"{path}.maxLimitRequestRatio[{resource}]", amounts.get("maxLimitRequestRatio"), least, most
    )
    if limit and request and not overcommit_allowed(resource) and quantity.compare(limit, request):
        problem = f"default value {limit} must equal to defaultRequest value {request} in {resource}"
        errors.append(field.invalid(f"{path}.defaultRequest[{resource}]", request, problem))


def _validate_ratio(errors: Errors, path: str, ratio: str | None, least: str | None, most: str | None) -> None:
    if ratio is None:
        return
    if quantity.milli(ratio) < 1000:
        errors.append(field.invalid(path, ratio, f"ratio {ratio} is less than 1"))
    if least is not None and most is not None and quantity.milli(least):
        limit = quantity.milli(most) / quantity.milli(least)
        if quantity.milli(ratio) / 1000 > limit:
            errors.append(field.invalid(path, ratio, f"ratio {ratio} is greater than max/min = {limit:f}"))


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="LimitRange",
        plural="limitranges",
        short_names=("limits",),
        default=default,
        validate=validate,
        validate_update=validate_update,
        generation=False,
        columns=(NAME, Column("Created At", get("metadata", "creationTimestamp"), "date")),
    ),
)
