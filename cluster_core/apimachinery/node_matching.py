"""Matching of node selectors and tolerations against nodes, shared by scheduler, kubelet and controllers. Pure."""

from typing import Any

from cluster_core.apimachinery.selectors import Requirement

Object = dict[str, Any]
_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!", "Gt": "gt", "Lt": "lt"}


def requirements(expressions: list[Object] | None) -> tuple[Requirement, ...]:
    """The terms of a node selector's matchExpressions or matchFields. Raises KeyError for an unknown operator."""
    return tuple(
        Requirement(e["key"], _OPERATORS[e["operator"]], tuple(e.get("values") or ())) for e in expressions or ()
    )


def matches_term(term: Object, labels: dict[str, str], name: str) -> bool:
    """Whether a NodeSelectorTerm matches; a term without any requirement matches nothing."""
    expressions, fields = term.get("matchExpressions"), term.get("matchFields")
    if not expressions and not fields:
        return False
    return all(r.matches(labels) for r in requirements(expressions)) and all(
        r.matches({"metadata.name": name}) for r in requirements(fields)
    )


def matches_selector(selector: Object, labels: dict[str, str], name: str) -> bool:
    """Whether a NodeSelector matches: any one of its terms."""
    return any(matches_term(term, labels, name) for term in selector.get("nodeSelectorTerms") or ())


def matches_required(spec: Object, labels: dict[str, str], name: str) -> bool:
    """Whether a node satisfies a pod spec's nodeSelector and required node affinity."""
    wanted = spec.get("nodeSelector")
    if wanted and any(labels.get(k) != v for k, v in wanted.items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or matches_selector(required, labels, name)


def tolerates(toleration: Object, taint: Object) -> bool:
    """Whether one toleration covers one taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    key = toleration.get("key")
    if key and key != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    value, other = toleration.get("value") or "", taint.get("value") or ""
    if operator == "Equal":
        return bool(key) and value == other
    return _compares(operator, other, value)


def _compares(operator: str, taint_value: str, value: str) -> bool:
    try:
        left, right = int(taint_value), int(value)
    except ValueError:
        return False
    return left > right if operator == "Gt" else left < right


def untolerated(taints: list[Object], tolerations: list[Object], effects: tuple[str, ...]) -> Object | None:
    """The first taint with one of the effects that no toleration covers."""
    for taint in taints:
        if taint["effect"] in effects and not any(tolerates(t, taint) for t in tolerations):
            return taint
    return None
