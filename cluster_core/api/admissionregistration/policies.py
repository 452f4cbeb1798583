"""Admission policies and their bindings: what the validating and the mutating kinds share."""

from cluster_core.api.admissionregistration.webhooks import default_match
from cluster_core.api.cells import AGE, NAME, UNSET, get, selector
from cluster_core.api.resource import Column, Object


def default_policy(policy: Object) -> None:
    """Policies fail closed."""
    spec = policy["spec"]
    spec.setdefault("failurePolicy", "Fail")
    if "matchConstraints" in spec:
        _default_resources(spec["matchConstraints"])


def default_binding(binding: Object) -> None:
    """A binding matches what its policy matches."""
    if "matchResources" in binding["spec"]:
        _default_resources(binding["spec"]["matchResources"])


def _default_resources(match: Object) -> None:
    default_match(match)
    for name in ("resourceRules", "excludeResourceRules"):
        for rule in match.get(name) or ():
            rule.setdefault("scope", "*")


def _param_kind(policy: Object, _now: float) -> str:
    kind = policy["spec"].get("paramKind")
    return f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else UNSET


def _param_reference(binding: Object, _now: float) -> str:
    reference = binding["spec"].get("paramRef")
    if not reference:
        return UNSET
    if reference.get("name"):
        return f"{reference.get('namespace') or '*'}/{reference['name']}"
    return selector(reference["selector"]) if "selector" in reference else UNSET


def policy_columns(name: str, field: str) -> tuple[Column, ...]:
    """Columns of a policy that counts the items of one spec field."""
    return (
        NAME,
        Column(name, lambda policy, _: len(policy["spec"].get(field) or ()), "integer"),
        Column("ParamKind", _param_kind),
        AGE,
    )


BINDING_COLUMNS = (NAME, Column("PolicyName", get("spec", "policyName")), Column("ParamRef", _param_reference), AGE)
