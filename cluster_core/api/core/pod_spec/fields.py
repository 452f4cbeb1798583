"""References to a pod's own fields and resources, from environment variables and downward API volumes."""

from collections.abc import Collection
from typing import Any

from cluster_core.api.validation import Errors, label_name, unsupported
from cluster_core.apimachinery import field

Object = dict[str, Any]

_RESOURCES = (
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory",
)  # fmt: skip
_HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_BYTE_DIVISORS = frozenset(("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"))
_BYTES = (
    "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the {} resource"
)
_CPU = "only divisor's values 1m and 1 are supported with the cpu resource"
_LABELS = frozenset((
    "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName", "status.phase", "status.hostIP", "status.hostIPs",
    "status.podIP", "status.podIPs",
))  # fmt: skip


def field_selector(errors: Errors, path: str, selector: Object, allowed: Collection[str]) -> None:
    """A fieldRef: `metadata.name`, `metadata.labels['app']` and the like."""
    if not selector.get("apiVersion"):
        errors.append(field.required(f"{path}.apiVersion"))
        return
    target = selector.get("fieldPath", "")
    if not target:
        errors.append(field.required(f"{path}.fieldPath"))
        return
    if selector["apiVersion"] != "v1":
        problem = f"error converting fieldPath: unsupported pod version: {selector['apiVersion']}"
        errors.append(field.invalid(f"{path}.fieldPath", target, problem))
        return
    base, subscript = split_subscript(target)
    if subscript is None:
        if target not in _LABELS and target != "spec.host":
            problem = f"error converting fieldPath: field label not supported: {target}"
            errors.append(field.invalid(f"{path}.fieldPath", target, problem))
        elif target not in allowed:
            errors.append(unsupported(f"{path}.fieldPath", target, sorted(allowed)))
    elif base == "metadata.annotations":
        label_name(errors, path, subscript.lower())
    elif base == "metadata.labels":
        label_name(errors, path, subscript)
    else:
        problem = f"error converting fieldPath: field label does not support subscript: {target}"
        errors.append(field.invalid(f"{path}.fieldPath", target, problem))


def split_subscript(target: str) -> tuple[str, str | None]:
    """`metadata.labels['app']` -> ("metadata.labels", "app"); None without a subscript."""
    if target.endswith("']"):
        base, bracket, rest = target.partition("['")
        if bracket and base:
            return base, rest[:-2]
    return target, None


def resource_selector(errors: Errors, path: str, selector: Object, *, volume: bool) -> None:
    """A resourceFieldRef; from a volume it names its container."""
    resource = selector.get("resource", "")
    if volume and not selector.get("containerName"):
        errors.append(field.required(f"{path}.containerName"))
    elif not resource:
        errors.append(field.required(f"{path}.resource"))
    elif resource not in _RESOURCES and not resource.startswith(_HUGE_PAGES):
        errors.append(unsupported(f"{path}.resource", resource, _RESOURCES))
    divisor = selector.get("divisor", "0")
    if divisor != "0":
        problem = _divisor_problem(resource, divisor)
        if problem:
            errors.append(field.invalid(f"{path}.divisor", resource, problem))


def _divisor_problem(resource: str, divisor: str) -> str:
    kind = resource.partition(".")[2]
    if kind == "cpu":
        return "" if divisor in ("1m", "1") else _CPU
    named = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}.get(kind)
    if kind.startswith("hugepages-"):
        named = "hugepages"
    return "" if named is None or divisor in _BYTE_DIVISORS else _BYTES.format(named)
