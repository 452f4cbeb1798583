"""Resource requests and limits of containers and pods: names, amounts, and how they relate."""

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from cluster_core.api.core.pod_spec.pod_resources import aggregate
from cluster_core.api.validation import NOT_NEGATIVE, Errors, name, whole_quantity
from cluster_core.apimachinery import field, names, quantity

Object = dict[str, Any]
NameCheck = Callable[[str], tuple[str, ...]]

HUGE_PAGES = "hugepages-"
_CONTAINER = frozenset(("cpu", "memory", "ephemeral-storage"))
STANDARD = frozenset((
    "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage", "limits.cpu",
    "limits.memory", "limits.ephemeral-storage", "pods", "resourcequotas", "services", "replicationcontrollers", "secrets",
    "configmaps", "persistentvolumeclaims", "storage", "requests.storage", "services.nodeports", "services.loadbalancers",
))  # fmt: skip
INTEGERS = frozenset((
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims",
    "services.nodeports", "services.loadbalancers",
))  # fmt: skip
NOT_STANDARD = "must be a standard resource type or fully qualified"
NOT_FOR_CONTAINERS = "must be a standard resource for containers"


def is_native(resource: str) -> bool:
    """Whether Kubernetes itself knows the resource."""
    return "/" not in resource or "kubernetes.io/" in resource


def is_extended(resource: str) -> bool:
    """Whether it is a device or the like, counted in whole numbers."""
    if is_native(resource) or resource.startswith("requests."):
        return False
    return not names.qualified_name(f"requests.{resource}")


def overcommit_allowed(resource: str) -> bool:
    """Whether requests may be below limits."""
    return is_native(resource) and not resource.startswith(HUGE_PAGES)


def is_standard(resource: str) -> bool:
    """Whether the name needs no domain."""
    return resource in STANDARD or resource.startswith((HUGE_PAGES, "requests.hugepages-"))


@lru_cache(maxsize=256)
def resource_name(resource: str) -> tuple[str, ...]:
    """What is wrong with the name of a resource."""
    problems = names.qualified_name(resource)
    if not problems and "/" not in resource and not is_standard(resource):
        problems = [NOT_STANDARD]
    return tuple(problems)


@lru_cache(maxsize=256)
def container_resource_name(resource: str) -> tuple[str, ...]:
    """What is wrong with the name of a container's resource."""
    problems = resource_name(resource)
    if "/" not in resource:
        if resource not in _CONTAINER and not resource.startswith(HUGE_PAGES):
            return (*problems, NOT_FOR_CONTAINERS)
    elif not is_native(resource) and not is_extended(resource):
        return (*problems, "doesn't follow extended resource name standard")
    return problems


def resource_amount(errors: Errors, path: str, resource: str, amount: str) -> None:
    """Not negative; whole where the resource is counted."""
    if amount[0] == "-":
        errors.append(field.invalid(path, amount, NOT_NEGATIVE))
    if resource not in _CONTAINER and (resource in INTEGERS or is_extended(resource)):
        whole_quantity(errors, path, amount)


def requirements(
    errors: Errors, path: str, resources: Object, claims: Collection[str], check: NameCheck = container_resource_name
) -> None:
    """Limits, requests and claims of a container (of a pod, with another `check` of names)."""
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for resource, amount in limits.items():
        _entry(errors, f"{path}.limits[{resource}]", resource, amount, check)
    for resource, amount in requests.items():
        _request(errors, path, resource, amount, limits, check)
    if limits or requests:
        named = limits.keys() | requests.keys()
        if any(resource.startswith(HUGE_PAGES) for resource in named) and not named & {"cpu", "memory"}:
            errors.append(field.forbidden(path, "HugePages require cpu or memory"))
    if resources.get("claims"):
        _claims(errors, f"{path}.claims", resources["claims"], claims)


def _entry(errors: Errors, path: str, resource: str, amount: str, check: NameCheck) -> None:
    for problem in check(resource):
        if problem.startswith(_UNSUPPORTED):
            errors.append(field.not_supported(path, resource, ("cpu", "hugepages-", "memory")))
        else:
            errors.append(field.invalid(path, resource, problem))
    resource_amount(errors, path, resource, amount)
    if resource.startswith(HUGE_PAGES):
        _huge_pages(errors, path, resource, amount)


def _request(errors: Errors, path: str, resource: str, amount: str, limits: Object, check: NameCheck) -> None:
    requests = f"{path}.requests"
    for problem in check(resource):
        if problem.startswith(_UNSUPPORTED):
            errors.append(field.not_supported(f"{requests}[{resource}]", resource, ("cpu", "hugepages-", "memory")))
        else:
            errors.append(field.invalid(f"{requests}[{resource}]", resource, problem))
    resource_amount(errors, f"{requests}[{resource}]", resource, amount)
    limit = limits.get(resource)
    if limit is not None:
        if amount != limit:
            order = quantity.compare(amount, limit)
            if order and not overcommit_allowed(resource):
                problem = f"must be equal to {resource} limit of {limit}"
                errors.append(field.invalid(requests, amount, problem))
            elif order > 0:
                problem = f"must be less than or equal to {resource} limit of {limit}"
                errors.append(field.invalid(requests, amount, problem))
    elif not overcommit_allowed(resource):
        errors.append(field.required(f"{path}.limits", "Limit must be set for non overcommitable resources"))
    if resource.startswith(HUGE_PAGES):
        _huge_pages(errors, f"{requests}[{resource}]", resource, amount)


def _huge_pages(errors: Errors, path: str, resource: str, amount: str) -> None:
    try:
        size = quantity.parse(resource.removeprefix(HUGE_PAGES)).nanos
    except quantity.QuantityError:
        size = 0
    if not size or quantity.parse(amount).nanos % size:
        errors.append(field.invalid(path, amount, f"{amount} is not positive integer multiple of {resource}"))


def _claims(errors: Errors, path: str, wanted: list[Object], known: Collection[str]) -> None:
    seen: set[str] = set()
    for index, claim in enumerate(wanted):
        _claim(errors, f"{path}[{index}]", claim, seen, known)


def _claim(errors: Errors, path: str, claim: Object, seen: set[str], known: Collection[str]) -> None:
    claimed, request = claim.get("name", ""), claim.get("request", "")
    if not claimed:
        errors.append(field.required(path))
        return
    if claimed in seen:
        errors.append(field.duplicate(path, claimed))
    else:
        if request:
            name(errors, f"{path}.request", request, names.dns1123_label)
        key = f"{claimed}/{request}" if request else claimed
        if key in seen:
            errors.append(field.duplicate(path, key))
        elif not request:
            errors.extend(field.duplicate(path, claimed) for other in seen if other.startswith(f"{claimed}/"))
        seen.add(key)
    if claimed not in known:
        detail = f": {', '.join(sorted(known))}" if known else " which is empty"
        error = field.not_found(path, claimed)
        text = f"{error.message}: must be one of the names in pod.spec.resourceClaims{detail}"
        errors.append(error._replace(message=text))


_UNSUPPORTED = "\0unsupported"


def _pod_resource_name(resource: str) -> tuple[str, ...]:
    problems = resource_name(resource)
    if problems:
        return problems
    return () if resource in ("cpu", "memory") or resource.startswith(HUGE_PAGES) else (_UNSUPPORTED,)


def pod_level(errors: Errors, path: str, spec: Object, claims: Collection[str]) -> None:
    """The pod's own requests and limits against those of its containers."""
    resources = spec["resources"]
    if (spec.get("os") or {}).get("name") == "windows":
        errors.append(field.forbidden(path, "may not be set for a windows pod"))
        return
    if resources.get("claims"):
        errors.append(field.forbidden(f"{path}.claims", "claims may not be set for Resources at pod-level"))
    requirements(errors, path, resources, claims, _pod_resource_name)
    _consistent(errors, path, spec, resources)


def _consistent(errors: Errors, path: str, spec: Object, resources: Object) -> None:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for resource, amount in aggregate(spec, "requests").items():
        if resource in requests and quantity.compare(amount, requests[resource]) > 0:
            problem = f"must be greater than or equal to aggregate container requests of {amount}"
            errors.append(field.invalid(f"{path}.requests[{resource}]", requests[resource], problem))
    for resource, amount in aggregate(spec, "limits").items():
        if resource.startswith(HUGE_PAGES) and resource in limits and quantity.compare(amount, limits[resource]) > 0:
            problem = f"must be greater than or equal to aggregate container limits of {amount}"
            errors.append(field.invalid(f"{path}.limits[{resource}]", limits[resource], problem))
    for index, container in enumerate(spec.get("containers") or ()):
        for resource, amount in (container["resources"].get("limits") or {}).items():
            if resource in limits and quantity.compare(amount, limits[resource]) > 0:
                where = f"{path}.containers[{index}][{resource}].limits"
                problem = f"must be less than or equal to pod limits of {limits[resource]}"
                errors.append(field.invalid(where, amount, problem))
