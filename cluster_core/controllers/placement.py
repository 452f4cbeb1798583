"""Whether a pod may be on a node: tolerations against taints, node selectors and required node affinity.

The DaemonSet controller and the taint eviction controller decide with it; the scheduler has its own plugins.
"""

from collections.abc import Collection, Iterable
from typing import Any

Object = dict[str, Any]


def tolerates(toleration: Object, taint: Object) -> bool:
    """Whether one toleration covers one taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    if operator == "Equal":
        return bool(toleration.get("value", "") == taint.get("value", ""))
    return _compares(operator, toleration.get("value", ""), taint.get("value", ""))


def _compares(operator: str, tolerated: str, value: str) -> bool:
    try:
        return int(value) > int(tolerated) if operator == "Gt" else int(value) < int(tolerated)
    except ValueError:
        return False


def untolerated(taints: Iterable[Object], tolerations: Collection[Object], effects: Collection[str]) -> Object | None:
    """The first taint with one of these effects that nothing tolerates."""
    for taint in taints:
        if taint["effect"] in effects and not any(tolerates(toleration, taint) for toleration in tolerations):
            return taint
    return None


def fits_affinity(spec: Object, node: Object) -> bool:
    """Whether a node has the labels that nodeSelector and required node affinity ask for."""
    labels = node["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(matches_term(term, node) for term in required.get("nodeSelectorTerms") or ())


def matches_term(term: Object, node: Object) -> bool:
    """Whether a node matches a node selector term; an empty term matches nothing."""
    expressions, fields = term.get("matchExpressions") or [], term.get("matchFields") or []
    if not expressions and not fields:
        return False
    labels = node["metadata"].get("labels") or {}
    own_fields = {"metadata.name": node["metadata"]["name"]}
    return all(_holds(e, labels) for e in expressions) and all(_holds(f, own_fields) for f in fields)


def _holds(requirement: Object, values: Object) -> bool:
    key, operator, wanted = requirement["key"], requirement["operator"], requirement.get("values") or []
    present = values.get(key)
    if operator == "In":
        return present in wanted
    if operator == "NotIn":
        return present not in wanted
    if operator == "Exists":
        return present is not None
    if operator == "DoesNotExist":
        return present is None
    try:
        left, right = int(present or ""), int(wanted[0])
    except (ValueError, IndexError):
        return False
    return left > right if operator == "Gt" else left < right
