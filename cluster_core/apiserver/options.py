"""Checks of a request's options: what is in its query, and DeleteOptions."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cluster_core.apimachinery import errors, field
from cluster_core.apimachinery.field import FieldError
from cluster_core.apimachinery.request import Request

_KINDS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}
_MANAGER_LIMIT = 128
APPLY = "application/apply-patch+yaml"


def check(request: Request) -> None:
    """Refuse a writing request whose options make no sense; raises ApiError."""
    query = request.query
    if not query or (len(query) == 1 and not _manager(query.get("fieldManager", "?\0"))):
        return
    kind = _KINDS.get(request.verb, "DeleteOptions")
    problems = _dry_run(request.query)
    if request.verb in _KINDS:
        problems += _patch(request) if request.verb == "patch" else []
        problems += _manager(request.query.get("fieldManager", ""))
        problems += _field_validation(request.query)
    if problems:
        raise errors.invalid(f"{kind}.meta.k8s.io", "", problems)


def check_patch(request: Request) -> None:
    """Server-side apply needs a manager, whatever the query."""
    if request.content_type.partition(";")[0].strip() == APPLY and not request.query.get("fieldManager"):
        problem = field.required("fieldManager", "is required for apply patch")
        raise errors.invalid("PatchOptions.meta.k8s.io", "", [problem])


def whole_number(text: str) -> int:
    """A number in a query; raises bad request."""
    try:
        return int(text)
    except ValueError:
        raise errors.bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _patch(request: Request) -> list[FieldError]:
    if request.content_type.partition(";")[0].strip() != APPLY and "force" in request.query:
        return [field.forbidden("force", "may not be specified for non-apply patch")]
    return []


def _dry_run(query: Mapping[str, str]) -> list[FieldError]:
    stated = query.get("dryRun")
    if not stated or stated == "All":
        return []
    return [field.not_supported("dryRun", [stated], ["All"])]


def _field_validation(query: Mapping[str, str]) -> list[FieldError]:
    stated, supported = query.get("fieldValidation", ""), ["", "Ignore", "Strict", "Warn"]
    return [] if stated in supported else [field.not_supported("fieldValidation", stated, supported)]


@lru_cache(maxsize=256)
def _manager(name: str) -> tuple[FieldError, ...]:
    problems = []
    if len(name) > _MANAGER_LIMIT:
        problems.append(field.too_long("fieldManager", _MANAGER_LIMIT))
    for position, char in enumerate(name):
        if not char.isprintable():
            shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)
            text = f'Invalid value: "{shown}": invalid character U+{ord(char):04X} (at position {position})'
            problems.append(FieldError("fieldManager", field.INVALID, text))
    return tuple(problems)


_POLICIES = ("Foreground", "Background", "Orphan")


def check_delete(options: Mapping[str, Any]) -> None:
    """Refuse DeleteOptions that make no sense; raises ApiError."""
    policy = options.get("propagationPolicy")
    problems: list[FieldError] = []
    if policy is not None and options.get("orphanDependents") is not None:
        text = "orphanDependents and deletionPropagation cannot be both set"
        problems.append(field.invalid("propagationPolicy", policy, text))
    elif policy is not None and policy not in _POLICIES:
        text = f'Unsupported value: {field.value_text(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"'
        problems.append(FieldError("propagationPolicy", field.NOT_SUPPORTED, text))
    if problems:
        raise errors.invalid("DeleteOptions.meta.k8s.io", "", problems)


# Lists and watches

_MATCH = "resourceVersionMatch"


def check_list(query: Mapping[str, str], watch: bool) -> None:
    """Refuse list or watch options that make no sense; raises ApiError."""
    if query.get("timeoutSeconds"):
        whole_number(query["timeoutSeconds"])
    problems = _watch_problems(query) if watch else _list_problems(query)
    if problems:
        raise errors.invalid("ListOptions.meta.k8s.io", "", problems)


def _list_problems(query: Mapping[str, str]) -> list[FieldError]:
    match, version = query.get(_MATCH, ""), query.get("resourceVersion", "")
    problems = []
    if "sendInitialEvents" in query:
        problems.append(field.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    if not match:
        return problems
    if query.get("continue"):
        problems.append(field.forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
    if not version:
        problems.append(field.forbidden(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided"))
    if match not in ("Exact", "NotOlderThan"):
        supported = '"Exact", "NotOlderThan", ""'
        text = f"Unsupported value: {field.value_text(match)}: supported values: {supported}"
        problems.append(FieldError(_MATCH, field.NOT_SUPPORTED, text))
    elif match == "Exact" and version == "0":
        problems.append(field.forbidden(_MATCH, f'{_MATCH} "exact" is forbidden for resourceVersion "0"'))
    return problems


def _watch_problems(query: Mapping[str, str]) -> list[FieldError]:
    match = query.get(_MATCH, "")
    if "sendInitialEvents" not in query:
        if not match:
            return []
        return [field.forbidden(_MATCH, f"{_MATCH} is forbidden for watch unless sendInitialEvents is provided")]
    problems = []
    if match != "NotOlderThan":
        text = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        problems.append(field.forbidden(_MATCH, text))
        if match:
            shown = f'Unsupported value: {field.value_text(match)}: supported values: "NotOlderThan"'
            problems.append(FieldError(_MATCH, field.NOT_SUPPORTED, shown))
    return problems
