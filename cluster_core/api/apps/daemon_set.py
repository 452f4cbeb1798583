"""DaemonSet: defaults, status reset, the deprecated template generation, columns."""

from cluster_core.api.apps import templates
from cluster_core.api.cells import AGE, NAME, get, labels, selector_or_none, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.core.pod_spec.disabled import drop_disabled
from cluster_core.api.core.pod_spec.validation import template_errors
from cluster_core.api.core.pod_spec.warnings import template_warnings
from cluster_core.api.go_structs import shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import (
    Errors,
    immutable,
    int_or_percent,
    int_or_percent_value,
    label_selector,
    not_more_than_all,
    optional_non_negative,
    selector_text,
    unsupported,
)
from cluster_core.apimachinery import field

TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_STATUS = {"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0}


def default(daemon_set: Object) -> None:
    """Rolled over one pod at a time."""
    spec = daemon_set["spec"]
    strategy = spec["updateStrategy"]
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    default_template(spec["template"])


def prepare(new: Object, old: Object | None) -> None:
    """The template's generation counts up, whatever the client says."""
    drop_disabled(new["spec"]["template"]["spec"], old)
    keep_status(new, old, _STATUS)
    if old is None:
        generation = max(1, _template_generation(new))
    else:
        changed = new["spec"]["template"] != old["spec"]["template"]
        generation = _template_generation(old) + changed
    metadata = new["metadata"]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), TEMPLATE_GENERATION: str(generation)}


def _template_generation(daemon_set: Object) -> int:
    text = (daemon_set["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "")
    return int(text) if text.isdecimal() else 0


def validate(daemon_set: Object) -> Errors:
    """A new daemon set."""
    errors: Errors = []
    spec = daemon_set["spec"]
    selector, template = spec.get("selector"), spec["template"]
    before = len(errors)
    label_selector(errors, "spec.selector", selector)
    if len(errors) == before:
        templates.labels_match(errors, "spec.template", template, selector)
    if selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        value = selector_text(selector)
        errors.append(field.invalid("spec.selector", value, "empty selector is invalid for daemonset"))
    template_errors(errors, "spec.template", template)
    templates.always_restarted(errors, "spec.template.spec", template["spec"], "DaemonSet")
    optional_non_negative(errors, spec, "spec", "minReadySeconds")
    _validate_strategy(errors, "spec.updateStrategy", spec["updateStrategy"])
    optional_non_negative(errors, spec, "spec", "revisionHistoryLimit")
    return errors


def _validate_strategy(errors: Errors, path: str, strategy: Object) -> None:
    if strategy["type"] == "OnDelete":
        return
    if strategy["type"] != "RollingUpdate":
        value = shown("DaemonSetUpdateStrategy", strategy)
        errors.append(unsupported(path, value, ("RollingUpdate", "OnDelete")))
        return
    unavailable, surge = (strategy["rollingUpdate"][each] for each in ("maxUnavailable", "maxSurge"))
    for check in (int_or_percent, not_more_than_all):
        check(errors, f"{path}.rollingUpdate.maxUnavailable", unavailable)
        check(errors, f"{path}.rollingUpdate.maxSurge", surge)
    if int_or_percent_value(unavailable) and int_or_percent_value(surge):
        problem = "may not be set when maxUnavailable is non-zero"
        errors.append(field.invalid(f"{path}.rollingUpdate.maxSurge", surge, problem))
    elif not int_or_percent_value(unavailable) and not int_or_percent_value(surge):
        problem = "cannot be 0 when maxSurge is 0"
        errors.append(field.required(f"{path}.rollingUpdate.maxUnavailable", problem))


def validate_update(new: Object, old: Object) -> Errors:
    """A changed daemon set: the selector stays."""
    errors: Errors = []
    selector = new["spec"].get("selector")
    immutable(errors, "spec.selector", selector, old["spec"].get("selector"), selector_text(selector))
    return errors + validate(new)


_COUNTS = (
    "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration",
    "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount",
)  # fmt: skip


def validate_status(new: Object, old: Object) -> Errors:
    """A changed status."""
    errors: Errors = []
    optional_non_negative(errors, new["status"], "status", *_COUNTS)
    templates.not_decremented(errors, new["status"], old["status"])
    return errors


def warnings(new: Object, old: Object | None) -> list[str]:
    """What is odd about the template."""
    return template_warnings(new["spec"]["template"], old["spec"]["template"] if old is not None else None)


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="DaemonSet",
        plural="daemonsets",
        short_names=("ds",),
        categories=("all",),
        subresources=("status",),
        default=default,
        prepare=prepare,
        warnings=warnings,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        columns=(
            NAME,
            Column("Desired", get("status", "desiredNumberScheduled", default=0), "integer"),
            Column("Current", get("status", "currentNumberScheduled", default=0), "integer"),
            Column("Ready", get("status", "numberReady", default=0), "integer"),
            Column("Up-to-date", get("status", "updatedNumberScheduled", default=0), "integer"),
            Column("Available", get("status", "numberAvailable", default=0), "integer"),
            Column("Node Selector", lambda ds, _: labels(ds["spec"]["template"]["spec"].get("nodeSelector"))),
            AGE,
            *workload_columns(
                lambda ds: ds["spec"]["template"]["spec"], lambda ds: selector_or_none(ds["spec"].get("selector"))
            ),
        ),
    ),
)
