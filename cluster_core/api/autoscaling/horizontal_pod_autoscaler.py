"""HorizontalPodAutoscaler: autoscaling/v2 is stored; autoscaling/v1 is a view of it (see `v1_conversion`)."""

from typing import Any

from cluster_core.api.autoscaling.autoscaler_validation import validate, validate_status, validate_update
from cluster_core.api.autoscaling.v1_conversion import METRICS, from_v2, to_v2
from cluster_core.api.cells import AGE, NAME, NONE, UNKNOWN, UNSET, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status, status_reset
from cluster_core.apimachinery.gvk import GVR


def default(autoscaler: Object) -> None:
    """At least one replica, by 80 % of cpu."""
    spec = autoscaler["spec"]
    spec.setdefault("minReplicas", 1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    if "behavior" in spec:
        behavior = spec["behavior"]
        behavior["scaleUp"] = {**_scale_up(), **(behavior.get("scaleUp") or {})}
        behavior["scaleDown"] = {**_scale_down(), **(behavior.get("scaleDown") or {})}


def _scale_up() -> Object:
    return {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ],
    }


def _scale_down() -> Object:
    return {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}


def _default_v1(autoscaler: Object) -> None:
    spec = autoscaler["spec"]
    spec.setdefault("minReplicas", 1)
    if METRICS not in (autoscaler["metadata"].get("annotations") or {}):
        spec.setdefault("targetCPUUtilizationPercentage", 80)


def _reference(autoscaler: Object, _now: float) -> str:
    target = autoscaler["spec"]["scaleTargetRef"]
    return f"{target.get('kind', '')}/{target.get('name', '')}"


def _targets(autoscaler: Object, _now: float) -> str:
    specs = autoscaler["spec"].get("metrics") or []
    statuses = autoscaler["status"].get("currentMetrics") or []
    if not specs:
        return NONE
    shown = [_target(spec, statuses[index] if index < len(statuses) else {}) for index, spec in enumerate(specs)]
    text = ", ".join(shown[:2])
    return f"{text} + {len(shown) - 2} more..." if len(shown) > 2 else text


_FIELDS = {
    "External": "external",
    "Pods": "pods",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}


def _target(spec: Object, status: Object) -> str:
    field = _FIELDS.get(spec["type"])
    if field is None or field not in spec:
        return "<unknown type>"
    target: Any = spec[field]["target"]
    current: Any = (status.get(field) or {}).get("current") or {}
    if field in ("resource", "containerResource"):
        return f"{spec[field]['name']}: {_resource_target(target, current)}"
    if field == "pods":
        return f"{current.get('averageValue', UNKNOWN)}/{target.get('averageValue', '')}"
    if "averageValue" in target:
        return f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']} (avg)"
    return f"{current.get('value', UNKNOWN)}/{target.get('value', '')}"


def _resource_target(target: Object, current: Object) -> str:
    if "averageValue" in target:
        return f"{current.get('averageValue', UNKNOWN)}/{target['averageValue']}"
    now, wanted = current.get("averageUtilization"), target.get("averageUtilization")
    return f"{UNKNOWN if now is None else f'{now}%'}/{'<auto>' if wanted is None else f'{wanted}%'}"


def _minimum(autoscaler: Object, _now: float) -> str:
    return str(autoscaler["spec"].get("minReplicas", UNSET))


COLUMNS = (
    NAME,
    Column("Reference", _reference),
    Column("Targets", _targets),
    Column("MinPods", _minimum),
    Column("MaxPods", get("spec", "maxReplicas", default=0)),
    Column("Replicas", get("status", "currentReplicas", default=0)),
    AGE,
)


def stored_form(autoscaler: Object) -> Object:
    """The autoscaling/v2 form of an autoscaler in either form."""
    return autoscaler if autoscaler["apiVersion"] == "autoscaling/v2" else to_v2(autoscaler)


def _v1_column(column: Column) -> Column:
    cell = column.cell
    return column._replace(cell=lambda autoscaler, now: cell(stored_form(autoscaler), now))


def _prepare_v1(new: Object, old: Object | None) -> None:
    if new["apiVersion"] == "autoscaling/v2":
        _PREPARE(new, old)
    else:
        keep_status(new, old, {"currentReplicas": 0, "desiredReplicas": 0})


_PREPARE = status_reset(desiredReplicas=0, currentMetrics=None)

RESOURCES = (
    Resource(
        group="autoscaling",
        version="v2",
        kind="HorizontalPodAutoscaler",
        plural="horizontalpodautoscalers",
        short_names=("hpa",),
        categories=("all",),
        subresources=("status",),
        default=default,
        prepare=_PREPARE,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        generation=False,
        columns=COLUMNS,
    ),
    Resource(
        group="autoscaling",
        version="v1",
        kind="HorizontalPodAutoscaler",
        plural="horizontalpodautoscalers",
        short_names=("hpa",),
        categories=("all",),
        subresources=("status",),
        default=_default_v1,
        prepare=_prepare_v1,
        validate=lambda autoscaler: validate(stored_form(autoscaler)),
        validate_update=lambda new, old: validate_update(stored_form(new), stored_form(old)),
        validate_status=lambda new, old: validate_status(stored_form(new), stored_form(old)),
        generation=False,
        columns=tuple(_v1_column(column) for column in COLUMNS),
        storage=GVR("autoscaling", "v2", "horizontalpodautoscalers"),
        to_storage=to_v2,
        from_storage=from_v2,
    ),
)
