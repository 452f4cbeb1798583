"""Selectors and pod templates of workloads: how they must fit, and the counts in their status."""

from typing import Any

from cluster_core.api.core.pod_spec.validation import template_errors
from cluster_core.api.validation import Errors, label_selector, non_negative, selector_text, unsupported
from cluster_core.apimachinery import field, selectors

Object = dict[str, Any]

MISMATCH = "`selector` does not match template `labels`"
TOO_MANY = "cannot be greater than status.replicas"


def selector_errors(errors: Errors, path: str, selector: Object | None, kind: str) -> bool:
    """A workload's selector: given, valid, not empty. False if it cannot be used."""
    if selector is None:
        errors.append(field.required(path))
        return True
    before = len(errors)
    label_selector(errors, path, selector)
    usable = len(errors) == before
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        errors.append(field.invalid(path, selector_text(selector), f"empty selector is invalid for {kind}"))
    return usable


def labels_match(errors: Errors, path: str, template: Object, selector: Object | None) -> None:
    """The template's labels satisfy the selector."""
    labels = template["metadata"].get("labels")
    if not selectors.from_object(selector).matches(labels):
        errors.append(field.invalid(f"{path}.metadata.labels", labels, MISMATCH))


def always_restarted(errors: Errors, path: str, spec: Object, kind: str) -> None:
    """Pods of the workload restart always and live without limit."""
    if spec.get("restartPolicy") != "Always":
        errors.append(unsupported(f"{path}.restartPolicy", spec.get("restartPolicy", ""), ("Always",)))
    if "activeDeadlineSeconds" in spec:
        problem = f"activeDeadlineSeconds in {kind} is not Supported"
        errors.append(field.forbidden(f"{path}.activeDeadlineSeconds", problem))


def replica_template(errors: Errors, path: str, template: Object, selector: Object | None) -> None:
    """The template of a Deployment or ReplicaSet."""
    labels_match(errors, path, template, selector)
    template_errors(errors, path, template)
    always_restarted(errors, f"{path}.spec", template["spec"], "ReplicaSet")


def status_counts(
    errors: Errors, status: Object, fields: tuple[str, ...], bounded: tuple[str, ...], ready: str
) -> None:
    """Counts are not negative; the `bounded` ones do not exceed the replicas, nor the available the ready."""
    for each in fields:
        if status.get(each) is not None:
            non_negative(errors, f"status.{each}", status[each])
    replicas = status.get("replicas", 0)
    for each in bounded:
        if status.get(each, 0) > replicas:
            errors.append(field.invalid(f"status.{each}", status[each], TOO_MANY))
    available = status.get("availableReplicas", 0)
    if available > status.get("readyReplicas", 0):
        errors.append(field.invalid("status.availableReplicas", available, f"cannot be greater than {ready}"))


def not_decremented(errors: Errors, new: Object, old: Object) -> None:
    """The collision count only grows."""
    after, before = new.get("collisionCount"), old.get("collisionCount")
    if before is not None and (after is None or after < before):
        errors.append(field.invalid("status.collisionCount", after or 0, "cannot be decremented"))
