"""Deployment: defaults, status reset, columns."""

from cluster_core.api.apps import templates
from cluster_core.api.cells import AGE, NAME, selector, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.core.pod_spec.disabled import drop_disabled
from cluster_core.api.core.pod_spec.warnings import workload_warnings
from cluster_core.api.go_structs import shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import (
    Errors,
    immutable,
    int_or_percent,
    int_or_percent_value,
    non_negative,
    not_more_than_all,
    optional_non_negative,
    selector_text,
    unsupported,
)
from cluster_core.apimachinery import field


def default(deployment: Object) -> None:
    """One replica, rolled over by a quarter at a time."""
    spec = deployment["spec"]
    spec.setdefault("replicas", 1)
    strategy = spec["strategy"]
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    default_template(spec["template"])


def validate(deployment: Object) -> Errors:
    """A new deployment."""
    errors: Errors = []
    spec = deployment["spec"]
    non_negative(errors, "spec.replicas", spec["replicas"])
    selector = spec.get("selector")
    if templates.selector_errors(errors, "spec.selector", selector, "deployment"):
        templates.replica_template(errors, "spec.template", spec["template"], selector)
    else:
        errors.append(field.invalid("spec.selector", selector_text(selector), "invalid label selector"))
    _validate_strategy(errors, "spec.strategy", spec["strategy"])
    wait, deadline = spec.get("minReadySeconds", 0), spec.get("progressDeadlineSeconds")
    non_negative(errors, "spec.minReadySeconds", wait)
    optional_non_negative(errors, spec, "spec", "revisionHistoryLimit", "progressDeadlineSeconds")
    if deadline is not None and deadline <= wait:
        errors.append(field.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return errors


def _validate_strategy(errors: Errors, path: str, strategy: Object) -> None:
    kind, rolling = strategy["type"], strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            problem = "may not be specified when strategy `type` is 'Recreate'"
            errors.append(field.forbidden(f"{path}.rollingUpdate", problem))
    elif kind != "RollingUpdate":
        errors.append(unsupported(path, shown("DeploymentStrategy", strategy), ("Recreate", "RollingUpdate")))
    else:
        _validate_rolling_update(errors, f"{path}.rollingUpdate", rolling or {})


def _validate_rolling_update(errors: Errors, path: str, rolling: Object) -> None:
    unavailable, surge = rolling["maxUnavailable"], rolling["maxSurge"]
    int_or_percent(errors, f"{path}.maxUnavailable", unavailable)
    int_or_percent(errors, f"{path}.maxSurge", surge)
    if not int_or_percent_value(unavailable) and not int_or_percent_value(surge):
        problem = "may not be 0 when `maxSurge` is 0"
        errors.append(field.invalid(f"{path}.maxUnavailable", unavailable, problem))
    not_more_than_all(errors, f"{path}.maxUnavailable", unavailable)


def validate_update(new: Object, old: Object) -> Errors:
    """A changed deployment: the selector stays."""
    errors = validate(new)
    selector = new["spec"].get("selector")
    immutable(errors, "spec.selector", selector, old["spec"].get("selector"), selector_text(selector))
    return errors


_COUNTS = (
    "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
    "terminatingReplicas", "collisionCount",
)  # fmt: skip


def validate_status(new: Object, old: Object) -> Errors:
    """A changed status."""
    errors: Errors = []
    bounded = ("updatedReplicas", "readyReplicas", "availableReplicas")
    templates.status_counts(errors, new["status"], _COUNTS, bounded, "readyReplicas")
    templates.not_decremented(errors, new["status"], old["status"])
    return errors


def _ready(deployment: Object, _now: float) -> str:
    return f"{deployment['status'].get('readyReplicas', 0)}/{deployment['spec'].get('replicas', 0)}"


def prepare(new: Object, old: Object | None) -> None:
    """Status belongs to the controller."""
    keep_status(new, old, {})
    drop_disabled(new["spec"]["template"]["spec"], old)


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="Deployment",
        plural="deployments",
        short_names=("deploy",),
        categories=("all",),
        subresources=("scale", "status"),
        default=default,
        prepare=prepare,
        warnings=workload_warnings,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        generation_metadata=("annotations",),
        columns=(
            NAME,
            Column("Ready", _ready),
            Column("Up-to-date", lambda d, _: d["status"].get("updatedReplicas", 0)),
            Column("Available", lambda d, _: d["status"].get("availableReplicas", 0)),
            AGE,
            *workload_columns(lambda d: d["spec"]["template"]["spec"], lambda d: selector(d["spec"].get("selector"))),
        ),
    ),
)
