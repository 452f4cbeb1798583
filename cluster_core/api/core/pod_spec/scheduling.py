"""What a pod says about nodes: affinity, tolerations, topology spread, scheduling gates."""

from collections.abc import Sequence
from typing import Any

from cluster_core.api.validation import Errors, label_name, label_selector, name, selector_operator, unsupported
from cluster_core.apimachinery import field, names

Object = dict[str, Any]

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_WEIGHT = "must be in the range 1-100"
_EXISTS = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'


def affinity(errors: Errors, path: str, rules: Object) -> None:
    """Node affinity, pod affinity and pod anti-affinity."""
    node = rules.get("nodeAffinity")
    if node is not None:
        if _REQUIRED in node:
            node_selector(errors, f"{path}.nodeAffinity.{_REQUIRED}", node[_REQUIRED])
        for index, term in enumerate(node.get(_PREFERRED) or ()):
            where = f"{path}.nodeAffinity.{_PREFERRED}[{index}]"
            _weight(errors, where, term)
            _node_term(errors, f"{where}.preference", term["preference"], check_values=False)
    for kind in ("podAffinity", "podAntiAffinity"):
        if kind in rules:
            _pod_affinity(errors, f"{path}.{kind}", rules[kind])


def _weight(errors: Errors, path: str, term: Object) -> None:
    if not 0 < term["weight"] <= 100:
        errors.append(field.invalid(f"{path}.weight", term["weight"], _WEIGHT))


def node_selector(errors: Errors, path: str, selector: Object) -> None:
    """Terms of which one must match a node."""
    terms = selector.get("nodeSelectorTerms")
    if not terms:
        errors.append(field.required(f"{path}.nodeSelectorTerms", "must have at least one node selector term"))
        return
    for index, term in enumerate(terms):
        _node_term(errors, f"{path}.nodeSelectorTerms[{index}]", term, check_values=True)


def _node_term(errors: Errors, path: str, term: Object, *, check_values: bool) -> None:
    for index, requirement in enumerate(term.get("matchExpressions") or ()):
        _node_requirement(errors, f"{path}.matchExpressions[{index}]", requirement, check_values)
    for index, requirement in enumerate(term.get("matchFields") or ()):
        _node_field(errors, f"{path}.matchFields[{index}]", requirement)


def _node_requirement(errors: Errors, path: str, requirement: Object, check_values: bool) -> None:
    operator, values = requirement.get("operator"), requirement.get("values") or ()
    if operator in ("Gt", "Lt"):
        if len(values) != 1:
            problem = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            errors.append(field.required(f"{path}.values", problem))
    else:
        selector_operator(errors, path, operator, values)
    label_name(errors, f"{path}.key", requirement["key"])
    if check_values:
        for index, value in enumerate(values):
            name(errors, f"{path}.values[{index}]", value, names.label_value)


def _node_field(errors: Errors, path: str, requirement: Object) -> None:
    operator, values = requirement.get("operator", ""), requirement.get("values") or ()
    if operator not in ("In", "NotIn"):
        errors.append(field.invalid(f"{path}.operator", operator, "not a valid selector operator"))
    elif len(values) != 1:
        problem = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        errors.append(field.required(f"{path}.values", problem))
    if requirement["key"] != "metadata.name":
        errors.append(field.invalid(f"{path}.key", requirement["key"], "not a valid field selector key"))
        return
    for index, value in enumerate(values):
        name(errors, f"{path}.values[{index}]", value, names.dns1123_subdomain)


def _pod_affinity(errors: Errors, path: str, rules: Object) -> None:
    for index, term in enumerate(rules.get(_REQUIRED) or ()):
        _pod_term(errors, f"{path}.{_REQUIRED}[{index}]", term)
    for index, term in enumerate(rules.get(_PREFERRED) or ()):
        where = f"{path}.{_PREFERRED}[{index}]"
        _weight(errors, where, term)
        _pod_term(errors, f"{where}.podAffinityTerm", term["podAffinityTerm"])


def _pod_term(errors: Errors, path: str, term: Object) -> None:
    label_selector(errors, f"{path}.labelSelector", term.get("labelSelector"))
    label_selector(errors, f"{path}.namespaceSelector", term.get("namespaceSelector"))
    for namespace in term.get("namespaces") or ():
        name(errors, f"{path}.namespace", namespace, names.dns1123_label)
    match, mismatch = term.get("matchLabelKeys") or (), term.get("mismatchLabelKeys") or ()
    if match or mismatch:
        _label_keys(errors, path, match, mismatch, term.get("labelSelector"))
    if not term["topologyKey"]:
        errors.append(field.required(f"{path}.topologyKey", "can not be empty"))
    label_name(errors, f"{path}.topologyKey", term["topologyKey"])


def _label_keys(
    errors: Errors, path: str, match: Sequence[str], mismatch: Sequence[str], selector: Object | None
) -> None:
    for each, keys in (("matchLabelKeys", match), ("mismatchLabelKeys", mismatch)):
        if keys and selector is None:
            errors.append(field.forbidden(f"{path}.{each}", "must not be specified when labelSelector is not set"))
        elif keys:
            for index, key in enumerate(keys):
                label_name(errors, f"{path}.{each}[{index}]", key)
    if selector is not None:
        known = set(selector.get("matchLabels") or ())
        for expression in selector.get("matchExpressions") or ():
            key = expression["key"]
            if key in match and key in known:
                problem = "exists in both matchLabelKeys and labelSelector"
                errors.append(field.invalid(f"{path}[{list(match).index(key)}]", key, problem))
            known.add(key)
    for index, key in enumerate(match):
        if key in mismatch:
            problem = "exists in both matchLabelKeys and mismatchLabelKeys"
            errors.append(field.invalid(f"{path}.matchLabelKeys[{index}]", key, problem))


def tolerations(errors: Errors, path: str, found: list[Object]) -> None:
    """What taints a pod bears."""
    for index, toleration in enumerate(found):
        key, operator = toleration.get("key", ""), toleration.get("operator", "")
        if key and operator == "Exists" and len(toleration) <= 3 and toleration.get("effect") == "NoExecute":
            continue  # as admission adds to every pod
        _toleration(errors, f"{path}[{index}]", toleration, key, operator)


def _toleration(errors: Errors, path: str, toleration: Object, key: str, operator: str) -> None:
    effect, value = toleration.get("effect", ""), toleration.get("value", "")
    if key:
        label_name(errors, f"{path}.key", key)
    elif operator != "Exists":
        errors.append(field.invalid(f"{path}.operator", operator, _EXISTS))
    if "tolerationSeconds" in toleration and effect != "NoExecute":
        problem = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        errors.append(field.invalid(f"{path}.effect", effect, problem))
    if operator in ("Equal", ""):
        problems = names.label_value(value)
        if problems:
            errors.append(field.invalid(f"{path}.operator", value, ";".join(problems)))
    elif operator == "Exists":
        if value:
            problem = "value must be empty when `operator` is 'Exists'"
            errors.append(field.invalid(f"{path}.operator", value, problem))
    elif operator in ("Lt", "Gt"):
        errors.append(unsupported(f"{path}.operator", operator, ("Equal", "Exists", "Lt", "Gt")))
    else:
        errors.append(unsupported(f"{path}.operator", operator, ("Equal", "Exists")))
    if effect and effect not in EFFECTS:
        errors.append(unsupported(f"{path}.effect", effect, EFFECTS))


def topology_spread(errors: Errors, path: str, constraints: list[Object]) -> None:
    """How pods are spread over domains."""
    for index, constraint in enumerate(constraints):
        _spread(errors, f"{path}[{index}]", constraint, constraints[index + 1 :])


def _spread(errors: Errors, path: str, constraint: Object, others: list[Object]) -> None:
    key, action = constraint["topologyKey"], constraint["whenUnsatisfiable"]
    if constraint["maxSkew"] <= 0:
        errors.append(field.invalid(f"{path}.maxSkew", constraint["maxSkew"], "must be greater than zero"))
    if not key:
        errors.append(field.required(f"{path}.topologyKey", "can not be empty"))
    if action not in ("DoNotSchedule", "ScheduleAnyway"):
        errors.append(unsupported(f"{path}.whenUnsatisfiable", action, ("DoNotSchedule", "ScheduleAnyway")))
    if any(other["topologyKey"] == key and other["whenUnsatisfiable"] == action for other in others):
        errors.append(field.duplicate(f"{path}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}"))
    least = constraint.get("minDomains")
    if least is not None:
        if least <= 0:
            errors.append(field.invalid(f"{path}.minDomains", least, "must be greater than zero"))
        if action != "DoNotSchedule":
            problem = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
            errors.append(field.invalid(f"{path}.minDomains", least, problem))
    for each in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        policy = constraint.get(each)
        if policy is not None and policy not in ("Honor", "Ignore"):
            errors.append(unsupported(f"{path}.{each}", policy, ("Honor", "Ignore")))
    match = constraint.get("matchLabelKeys")
    if match:
        _label_keys(errors, path, match, (), constraint.get("labelSelector"))
    label_selector(errors, f"{path}.labelSelector", constraint.get("labelSelector"))


def gates(errors: Errors, path: str, found: list[Object]) -> None:
    """Names of scheduling gates, each once."""
    seen: set[str] = set()
    for index, gate in enumerate(found):
        gate_name = gate.get("name", "")
        label_name(errors, f"{path}[{index}]", gate_name)
        if gate_name in seen:
            errors.append(field.duplicate(f"{path}[{index}]", gate_name))
        seen.add(gate_name)
