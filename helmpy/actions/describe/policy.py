"""Disruption budgets, autoscalers, priority classes."""

from typing import Any

from helmpy.actions.describe.context import Context, date
from helmpy.actions.describe.pods import annotations, heading, marks
from helmpy.actions.describe.workloads import selector_text
from helmpy.actions.describe.writer import Writer


def disruption_budget(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A PodDisruptionBudget."""
    spec, status = obj["spec"], obj.get("status") or {}
    heading(w, obj)
    for label, field in (("Min available", "minAvailable"), ("Max unavailable", "maxUnavailable")):
        if spec.get(field) is not None:
            w.field(0, label, spec[field])
    w.field(0, "Selector", selector_text(spec.get("selector")))
    w.line(0, "Status:")
    for label, field in (
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ):
        w.field(2, label, status.get(field, 0))


def autoscaler(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A HorizontalPodAutoscaler."""
    spec, status = obj["spec"], obj.get("status") or {}
    heading(w, obj)
    marks(w, obj)
    w.field(0, "CreationTimestamp", date(obj["metadata"]["creationTimestamp"]))
    w.field(0, "Reference", f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}")
    w.field(0, "Metrics", "( current / target )")
    current = status.get("currentMetrics") or []
    for position, metric in enumerate(spec.get("metrics") or []):
        _metric(w, metric, current[position] if position < len(current) else {})
    w.field(0, "Min replicas", spec.get("minReplicas", "<unset>"))
    w.field(0, "Max replicas", spec["maxReplicas"])
    kind = spec["scaleTargetRef"]["kind"]
    w.field(
        0, f"{kind} pods", f"{status.get('currentReplicas', 0)} current / {status.get('desiredReplicas', 0)} desired"
    )
    conditions = status.get("conditions") or []
    if conditions:
        w.line(0, "Conditions:")
        rows = [[c["type"], c["status"], c.get("reason", ""), c.get("message", "")] for c in conditions]
        w.rows(1, ["Type", "Status", "Reason", "Message"], rows)


def _metric(w: Writer, metric: dict[str, Any], current: dict[str, Any]) -> None:
    if metric["type"] != "Resource":
        w.field(1, f"{metric['type'].lower()} metric", "<unknown>")
        return
    resource, found = metric["resource"], (current.get("resource") or {}).get("current") or {}
    target = resource["target"]
    if target.get("averageUtilization") is not None:
        have = found.get("averageUtilization")
        value = "<unknown>" if have is None else f"{have}% ({found.get('averageValue', '')})"
        label = f"resource {resource['name']} on pods  (as a percentage of request)"
        w.field(1, label, f"{value} / {target['averageUtilization']}%")
        return
    value = found.get("averageValue", "<unknown>")
    w.field(1, f"resource {resource['name']} on pods", f"{value} / {target.get('averageValue', '')}")


def priority_class(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A PriorityClass."""
    w.field(0, "Name", obj["metadata"]["name"])
    w.field(0, "Value", obj.get("value", 0))
    w.field(0, "GlobalDefault", bool(obj.get("globalDefault")))
    w.field(0, "PreemptionPolicy", obj.get("preemptionPolicy", ""))
    w.field(0, "Description", obj.get("description", ""))
    annotations(w, obj)
