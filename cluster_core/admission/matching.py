"""Which writes a policy's or binding's match rules mean. Pure; called by the policy plugins."""

from collections.abc import Mapping
from typing import Any

from cluster_core.admission.chain import Attributes
from cluster_core.apimachinery.selectors import from_object

Object = dict[str, Any]


def matches_resources(rules: Object, attributes: Attributes, namespace: Object | None) -> bool:
    """Whether a write is meant: both selectors fit, some rule does, and none of those that exclude."""
    return (
        _fits_namespace(rules.get("namespaceSelector"), attributes, namespace)
        and _fits_object(rules.get("objectSelector"), attributes)
        and not any(_fits_rule(rule, attributes) for rule in rules.get("excludeResourceRules") or ())
        and (not rules.get("resourceRules") or any(_fits_rule(rule, attributes) for rule in rules["resourceRules"]))
    )


def _fits_namespace(selector: Object | None, attributes: Attributes, namespace: Object | None) -> bool:
    if not selector:
        return True
    if attributes.resource.plural == "namespaces" and not attributes.resource.group:
        owner = attributes.object if attributes.object is not None else attributes.old_object
    elif not attributes.namespace:
        return True
    else:
        owner = namespace
    return from_object(selector).matches(_labels(owner))


def _fits_object(selector: Object | None, attributes: Attributes) -> bool:
    if not selector:
        return True
    wanted = from_object(selector)
    both = (attributes.object, attributes.old_object)
    return any(wanted.matches(_labels(obj)) for obj in both if isinstance(obj, dict))


def _labels(obj: Mapping[str, Any] | None) -> Mapping[str, str]:
    return ((obj or {}).get("metadata") or {}).get("labels") or {}


def _fits_rule(rule: Object, attributes: Attributes) -> bool:
    resource = attributes.resource
    if not _has(rule.get("operations"), attributes.operation) or not _has(rule.get("apiGroups"), resource.group):
        return False
    if not _has(rule.get("apiVersions"), resource.version):
        return False
    scope = rule.get("scope", "*")
    if scope != "*" and (scope == "Namespaced") is not bool(attributes.namespace):
        return False
    names = rule.get("resourceNames")
    if names and attributes.name not in names:
        return False
    return any(_fits_resource(text, resource.plural, attributes.subresource) for text in rule.get("resources") or ())


def _has(listed: list[str] | None, wanted: str) -> bool:
    return bool(listed) and ("*" in listed or wanted in listed)  # type: ignore[operator]


def _fits_resource(text: str, plural: str, subresource: str) -> bool:
    resource, slash, part = text.partition("/")
    if resource not in ("*", plural):
        return False
    return part in ("*", subresource) if slash else not subresource
