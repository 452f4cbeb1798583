"""Rules of roles: what Role and ClusterRole share."""

from cluster_core.api.resource import Object
from cluster_core.api.validation import Errors
from cluster_core.apimachinery import field


def validate_rules(role: Object, namespaced: bool) -> Errors:
    """Every rule names verbs, and resources or URLs."""
    errors: Errors = []
    for index, rule in enumerate(role.get("rules") or ()):
        _validate_rule(errors, f"rules[{index}]", rule, namespaced)
    return errors


def _validate_rule(errors: Errors, path: str, rule: Object, namespaced: bool) -> None:
    if not rule.get("verbs"):
        errors.append(field.required(f"{path}.verbs", "verbs must contain at least one value"))
    urls = rule.get("nonResourceURLs")
    if urls:
        if namespaced:
            problem = "namespaced rules cannot apply to non-resource URLs"
            errors.append(field.invalid(f"{path}.nonResourceURLs", urls, problem))
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            problem = "rules cannot apply to both regular resources and non-resource URLs"
            errors.append(field.invalid(f"{path}.nonResourceURLs", urls, problem))
        return
    if not rule.get("apiGroups"):
        errors.append(field.required(f"{path}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        errors.append(field.required(f"{path}.resources", "resource rules must supply at least one resource"))
