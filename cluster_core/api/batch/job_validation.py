"""Validation of job specs, shared by jobs and the job templates of cron jobs."""

from typing import Any

from cluster_core.api.core.pod_spec.validation import template_errors
from cluster_core.api.go_structs import shown
from cluster_core.api.validation import (
    Errors,
    domain_prefixed_path,
    label_name,
    non_negative,
    one_of,
    optional_non_negative,
    unsupported,
)
from cluster_core.apimachinery import field
from cluster_core.apimachinery.field import FieldError

Object = dict[str, Any]

_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_COUNTS = (
    "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex",
    "maxFailedIndexes",
)  # fmt: skip
_MANY_COMPLETIONS = 100_000
_INDEXED_ONLY = "requires indexed completion mode"


def go_list(values: tuple[str, ...]) -> str:
    """A list of strings as Go's %q prints it."""
    return "[" + " ".join(f'"{value}"' for value in values) + "]"


def without_value(path: str, detail: str) -> FieldError:
    """`Invalid value: detail`, where there is no value to show."""
    return FieldError(path, field.INVALID, f"Invalid value: {detail}")


def job_spec(errors: Errors, path: str, spec: Object) -> None:
    """Everything but the selector."""
    optional_non_negative(errors, spec, path, *_COUNTS)
    if "maxFailedIndexes" in spec and "backoffLimitPerIndex" not in spec:
        errors.append(field.required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    if "managedBy" in spec:
        domain_prefixed_path(errors, f"{path}.managedBy", spec["managedBy"])
        if len(spec["managedBy"]) > 63:
            errors.append(field.too_long(f"{path}.managedBy", 63))
    mode = spec.get("completionMode")
    if mode is not None:
        one_of(errors, f"{path}.completionMode", mode, ("NonIndexed", "Indexed"))
    if mode == "Indexed":
        _indexed(errors, path, spec)
    if mode in (None, "NonIndexed"):
        for each in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if each in spec:
                errors.append(field.invalid(f"{path}.{each}", spec[each], _INDEXED_ONLY))
    if "podFailurePolicy" in spec:
        _failure_policy(errors, f"{path}.podFailurePolicy", spec)
    if "successPolicy" in spec:
        _success_policy(errors, f"{path}.successPolicy", spec, mode)
    replacement = spec.get("podReplacementPolicy")
    if replacement is not None:
        allowed = ("Failed",) if "podFailurePolicy" in spec else ("Failed", "TerminatingOrFailed")
        one_of(errors, f"{path}.podReplacementPolicy", replacement, allowed)
    template_errors(errors, f"{path}.template", spec["template"])
    _restart_policy(errors, f"{path}.template.spec.restartPolicy", spec)


def _restart_policy(errors: Errors, path: str, spec: Object) -> None:
    policy = spec["template"]["spec"].get("restartPolicy", "")
    if policy in ("Always", ""):
        errors.append(field.required(path, 'valid values: "OnFailure", "Never"'))
    elif policy not in ("OnFailure", "Never"):
        errors.append(unsupported(path, policy, ("OnFailure", "Never")))
    elif "podFailurePolicy" in spec and policy != "Never":
        problem = 'only "Never" is supported when podFailurePolicy is specified'
        errors.append(field.invalid(path, policy, problem))


def _indexed(errors: Errors, path: str, spec: Object) -> None:
    completions, parallelism = spec.get("completions"), spec.get("parallelism")
    failed = spec.get("maxFailedIndexes")
    if completions is None:
        errors.append(field.required(f"{path}.completions", "when completion mode is Indexed"))
    if parallelism is not None and parallelism > 100_000:
        problem = "must be less than or equal to 100000 when completion mode is Indexed"
        errors.append(field.invalid(f"{path}.parallelism", parallelism, problem))
    if completions is not None and failed is not None and failed > completions:
        problem = "must be less than or equal to completions"
        errors.append(field.invalid(f"{path}.maxFailedIndexes", failed, problem))
    if failed is not None and failed > 100_000:
        errors.append(field.invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to 100000"))
    if completions is not None and completions > _MANY_COMPLETIONS and "backoffLimitPerIndex" in spec:
        _many_completions(errors, path, parallelism, failed)


def _many_completions(errors: Errors, path: str, parallelism: int | None, failed: int | None) -> None:
    limit = (
        "must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index"
    )
    if failed is None:
        problem = "must be specified when completions is above 100000"
        errors.append(field.required(f"{path}.maxFailedIndexes", problem))
    if parallelism is not None and parallelism > 10_000:
        errors.append(field.invalid(f"{path}.parallelism", parallelism, limit))
    if failed is not None and failed > 10_000:
        errors.append(field.invalid(f"{path}.maxFailedIndexes", failed, limit))


def _failure_policy(errors: Errors, path: str, spec: Object) -> None:
    rules = spec["podFailurePolicy"].get("rules") or []
    if len(rules) > 20:
        errors.append(field.too_many(f"{path}.rules", len(rules), 20))
    pod_spec = spec["template"]["spec"]
    known = {c["name"] for group in ("containers", "initContainers") for c in pod_spec.get(group) or ()}
    for index, rule in enumerate(rules):
        _failure_rule(errors, f"{path}.rules[{index}]", rule, spec, known)


def _failure_rule(errors: Errors, path: str, rule: Object, spec: Object, known: set[str]) -> None:
    action, codes, conditions = rule.get("action", ""), rule.get("onExitCodes"), rule.get("onPodConditions")
    if not action:
        errors.append(field.required(f"{path}.action", f"valid values: {go_list(_ACTIONS)}"))
    elif action == "FailIndex":
        if "backoffLimitPerIndex" not in spec:
            errors.append(field.invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set"))
    elif action not in _ACTIONS:
        errors.append(unsupported(f"{path}.action", action, _ACTIONS))
    if codes is not None:
        _exit_codes(errors, f"{path}.onExitCodes", codes, known)
    if conditions:
        _conditions(errors, f"{path}.onPodConditions", conditions)
    if codes is not None and conditions:
        errors.append(without_value(path, "specifying both OnExitCodes and OnPodConditions is not supported"))
    if codes is None and not conditions:
        errors.append(without_value(path, "specifying one of OnExitCodes and OnPodConditions is required"))


def _conditions(errors: Errors, path: str, patterns: list[Object]) -> None:
    statuses = ("False", "True", "Unknown")
    if len(patterns) > 20:
        errors.append(field.too_many(path, len(patterns), 20))
    for index, pattern in enumerate(patterns):
        label_name(errors, f"{path}[{index}].type", pattern.get("type", ""))
        status = pattern.get("status", "")
        if not status:
            errors.append(field.required(f"{path}[{index}].status", f"valid values: {go_list(statuses)}"))
        elif status not in statuses:
            errors.append(unsupported(f"{path}[{index}].status", status, statuses))


def _exit_codes(errors: Errors, path: str, codes: Object, known: set[str]) -> None:
    operator, values, container = codes.get("operator", ""), codes.get("values") or [], codes.get("containerName")
    if not operator:
        errors.append(field.required(f"{path}.operator", f"valid values: {go_list(('In', 'NotIn'))}"))
    elif operator not in ("In", "NotIn"):
        errors.append(unsupported(f"{path}.operator", operator, ("In", "NotIn")))
    if container is not None and container not in known:
        problem = "must be one of the container or initContainer names in the pod template"
        errors.append(field.invalid(f"{path}.containerName", container, problem))
    if not values:
        errors.append(field.invalid(f"{path}.values", values, "at least one value is required"))
    elif len(values) > 255:
        errors.append(field.too_many(f"{path}.values", len(values), 255))
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            errors.append(field.invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator"))
        if value in values[:index]:
            errors.append(field.duplicate(f"{path}.values[{index}]", value))
    if values != sorted(values):
        errors.append(field.invalid(f"{path}.values", values, "must be ordered"))


def _success_policy(errors: Errors, path: str, spec: Object, mode: str | None) -> None:
    policy = spec["successPolicy"]
    if mode != "Indexed":
        errors.append(field.invalid(path, shown("SuccessPolicy", policy), _INDEXED_ONLY))
        return
    rules = policy.get("rules") or []
    if not rules:
        problem = "at least one rules must be specified when the successPolicy is specified"
        errors.append(field.required(f"{path}.rules", problem))
    if len(rules) > 20:
        errors.append(field.too_many(f"{path}.rules", len(rules), 20))
    for index, rule in enumerate(rules):
        _success_rule(errors, f"{path}.rules[{index}]", rule, spec.get("completions") or 0)


def _success_rule(errors: Errors, path: str, rule: Object, completions: int) -> None:
    indexes, count = rule.get("succeededIndexes"), rule.get("succeededCount")
    if indexes is None and count is None:
        problem = "at least one of succeededCount or succeededIndexes must be specified"
        errors.append(field.required(path, problem))
    total = 0
    if indexes is not None:
        if len(indexes) > 65536:
            errors.append(field.too_long(f"{path}.succeededIndexes", 65536))
        total, problem = count_indexes(indexes, completions)
        if problem:
            text = f"error parsing succeededIndexes: {problem}"
            errors.append(field.invalid(f"{path}.succeededIndexes", indexes, text))
    if count is not None:
        non_negative(errors, f"{path}.succeededCount", count)
        if count > completions:
            problem = f"must be less than or equal to {completions} (the number of specified completions)"
            errors.append(field.invalid(f"{path}.succeededCount", count, problem))
        if indexes is not None and count > total:
            problem = (
                f"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
            )
            errors.append(field.invalid(f"{path}.succeededCount", count, problem))


def count_indexes(text: str, completions: int) -> tuple[int, str]:
    """How many indexes `1,3-5` names, and what is wrong with it ("" if nothing)."""
    total, last = 0, -1
    for part in text.split(",") if text else ():
        first, end, problem = _interval(part, completions)
        if problem:
            return 0, problem
        if last >= first:
            return 0, f"non-increasing order, previous: {last}, current: {first}"
        total, last = total + end - first + 1, end
    return total, ""


def _interval(text: str, completions: int) -> tuple[int, int, str]:
    limits = text.split("-")
    if len(limits) > 2:
        rule = "violates the requirement that an index interval can have at most two parts separated by '-'"
        return 0, 0, f'the fragment "{text}" {rule}'
    numbers = []
    for limit in limits:
        if not (limit.isascii() and limit.isdigit()):
            return 0, 0, f'cannot convert string to integer for index: "{limit}"'
        if int(limit) >= completions:
            return 0, 0, f'too large index: "{limit}"'
        numbers.append(int(limit))
    if len(numbers) == 2 and numbers[0] >= numbers[1]:
        return 0, 0, f"non-increasing order, previous: {numbers[0]}, current: {numbers[1]}"
    return numbers[0], numbers[-1], ""
