"""ResourceQuota: amounts, status reset, columns."""

from typing import Any

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.core.pod_spec.defaults import round_up
from cluster_core.api.core.pod_spec.resources import INTEGERS, STANDARD, is_extended, resource_name
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import IMMUTABLE, Errors, name, non_negative_quantity, struct, whole_quantity
from cluster_core.apimachinery import field


def default(quota: Object) -> None:
    """Amounts are whole thousandths."""
    for holder, amounts in ((quota["spec"], "hard"), (quota["status"], "hard"), (quota["status"], "used")):
        if amounts in holder:
            round_up(holder[amounts])


def _usage(quota: Object, limits: bool) -> str:
    status = quota["status"]
    hard, used = status.get("hard") or {}, status.get("used") or {}
    names = sorted(name for name in hard if name.startswith("limits.") == limits)
    return ", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in names)


NOT_FOR_QUOTA = "must be a standard resource for quota"
_EXISTS_ONLY = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)
_POD_RESOURCES = frozenset(("pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"))
_CLAIM_RESOURCES = frozenset(("persistentvolumeclaims", "requests.storage"))
_COUNTED = {
    "Terminating": _POD_RESOURCES,
    "NotTerminating": _POD_RESOURCES,
    "NotBestEffort": _POD_RESOURCES,
    "PriorityClass": _POD_RESOURCES,
    "CrossNamespacePodAffinity": _POD_RESOURCES,
    "BestEffort": frozenset(("pods",)),
    "VolumeAttributesClass": _CLAIM_RESOURCES,
}
_CONFLICTS = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))


def validate(quota: Object) -> Errors:
    """A new quota."""
    return _validate_spec(quota["spec"])


def validate_update(new: Object, old: Object) -> Errors:
    """Scopes stay."""
    errors = _validate_spec(new["spec"])
    before, scopes = (o["spec"].get("scopes") for o in (old, new))
    if set(before or ()) != set(scopes or ()):
        errors.append(field.invalid("spec.scopes", scopes, IMMUTABLE))
    return errors


def validate_status(new: Object, _old: Object) -> Errors:
    """Amounts."""
    errors: Errors = []
    for each in ("hard", "used"):
        _validate_amounts(errors, f"status.{each}", new["status"].get(each))
    return errors


def _validate_spec(spec: Object) -> Errors:
    errors: Errors = []
    hard = spec.get("hard") or {}
    _validate_amounts(errors, "spec.hard", hard)
    scopes = spec.get("scopes") or []
    for scope in scopes:
        if scope not in _COUNTED:
            errors.append(field.invalid("spec.scopes", scopes, "unsupported scope"))
        _validate_resources(errors, "spec.scopes", hard, scope, scopes)
    _validate_conflicts(errors, "spec.scopes", set(scopes), scopes or None)
    if "scopeSelector" in spec:
        _validate_selector(errors, spec, hard)
    return errors


def _validate_amounts(errors: Errors, path: str, amounts: Object | None) -> None:
    for resource, amount in (amounts or {}).items():
        where = f"{path}[{resource}]"
        name(errors, where, resource, lambda text: list(resource_name(text)))
        if "/" not in resource and not _is_counted(resource):
            errors.append(field.invalid(where, resource, NOT_FOR_QUOTA))
        non_negative_quantity(errors, where, amount)
        if resource in INTEGERS or is_extended(resource):
            whole_quantity(errors, where, amount)


def _is_counted(resource: str) -> bool:
    return (resource in STANDARD and resource != "storage") or resource.startswith(
        ("hugepages-", "requests.hugepages-")
    )


def _validate_resources(errors: Errors, path: str, hard: Object, scope: str, shown_value: Any) -> None:
    counted = _COUNTED.get(scope)
    for resource in sorted(hard):
        if counted is not None and _is_counted(resource) and resource not in counted:
            errors.append(field.invalid(path, shown_value, "unsupported scope applied to resource"))


def _validate_conflicts(errors: Errors, path: str, scopes: set[str], shown_value: Any) -> None:
    for pair in _CONFLICTS:
        if scopes.issuperset(pair):
            errors.append(field.invalid(path, shown_value, "conflicting scopes"))


def _validate_selector(errors: Errors, spec: Object, hard: Object) -> None:
    path = "spec.scopeSelector.matchExpressions"
    found = spec["scopeSelector"].get("matchExpressions") or []
    terms = [{"ScopeName": r["scopeName"], "Operator": r["operator"], "Values": r.get("values")} for r in found]
    for requirement in found:
        scope, operator, values = requirement["scopeName"], requirement["operator"], requirement.get("values")
        if scope not in _COUNTED:
            errors.append(field.invalid(f"{path}.scopeName", scope, "unsupported scope"))
        _validate_resources(errors, path, hard, scope, struct({"MatchExpressions": terms}))
        if operator != "Exists" and scope in _COUNTED and scope not in ("PriorityClass", "VolumeAttributesClass"):
            errors.append(field.invalid(f"{path}.operator", operator, _EXISTS_ONLY))
        _validate_operator(errors, path, operator, values)
    scopes = {requirement["scopeName"] for requirement in found}
    _validate_conflicts(errors, path, scopes, spec.get("scopes"))


def _validate_operator(errors: Errors, path: str, operator: str, values: list[str] | None) -> None:
    if operator in ("In", "NotIn"):
        if not values:
            problem = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            errors.append(field.required(f"{path}.values", problem))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            problem = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            errors.append(field.invalid(f"{path}.values", values, problem))
    else:
        errors.append(field.invalid(f"{path}.operator", operator, "not a valid selector operator"))


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ResourceQuota",
        plural="resourcequotas",
        short_names=("quota",),
        subresources=("status",),
        default=default,
        prepare=status_reset(),
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        generation=False,
        columns=(
            NAME,
            Column("Request", lambda quota, _: _usage(quota, limits=False)),
            Column("Limit", lambda quota, _: _usage(quota, limits=True)),
            AGE,
        ),
    ),
)
