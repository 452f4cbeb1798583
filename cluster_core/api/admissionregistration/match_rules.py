"""What webhooks and admission policies match: rules, operations, selectors and conditions."""

from cluster_core.api.admissionregistration.expressions import condition_problems
from cluster_core.api.resource import Object
from cluster_core.api.validation import Errors, label_name, label_selector, name, one_of
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import path_segment

_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_MUTATING_OPERATIONS = ("*", "CONNECT", "CREATE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")
MATCH_POLICIES = ("Equivalent", "Exact")
FAILURE_POLICIES = ("Fail", "Ignore")


def validate_rule(errors: Errors, path: str, rule: Object, *, mutating: bool = False) -> None:
    """Operations on resources."""
    operations = rule.get("operations") or []
    if not operations:
        errors.append(field.required(f"{path}.operations"))
    _only_star(errors, f"{path}.operations", operations, "operations")
    for index, operation in enumerate(operations):
        one_of(errors, f"{path}.operations[{index}]", operation, _MUTATING_OPERATIONS if mutating else _OPERATIONS)
    groups, versions = rule.get("apiGroups") or [], rule.get("apiVersions") or []
    if not groups:
        errors.append(field.required(f"{path}.apiGroups"))
    _only_star(errors, f"{path}.apiGroups", groups, "API groups")
    if not versions:
        errors.append(field.required(f"{path}.apiVersions"))
    _only_star(errors, f"{path}.apiVersions", versions, "API versions")
    for index, version in enumerate(versions):
        if not version:
            errors.append(field.required(f"{path}.apiVersions[{index}]"))
    _validate_resources(errors, f"{path}.resources", rule.get("resources") or [])
    if "scope" in rule:
        one_of(errors, f"{path}.scope", rule["scope"], _SCOPES)


def _only_star(errors: Errors, path: str, values: list[str], what: str) -> None:
    if len(values) > 1 and "*" in values:
        errors.append(field.invalid(path, values, f"if '*' is present, must not specify other {what}"))


def _validate_resources(errors: Errors, path: str, resources: list[str]) -> None:
    if not resources:
        errors.append(field.required(path))
    all_parts: set[str] = set()
    all_resources: set[str] = set()
    plain = False
    for index, text in enumerate(resources):
        where = f"{path}[{index}]"
        resource, slash, part = text.partition("/")
        if not text:
            errors.append(field.required(where))
        elif not slash:
            plain = text != "*"
        else:
            if resource in all_parts:
                errors.append(field.invalid(where, text, f"if '{resource}/*' is present, must not specify {text}"))
            if part in all_resources:
                errors.append(field.invalid(where, text, f"if '*/{part}' is present, must not specify {text}"))
            if part == "*":
                all_parts.add(resource)
            if resource == "*":
                all_resources.add(part)
    if len(resources) > 1 and "*/*" in resources:
        errors.append(field.invalid(path, resources, "if '*/*' is present, must not specify other resources"))
    if "*" in resources and plain:
        problem = "if '*' is present, must not specify other resources without subresources"
        errors.append(field.invalid(path, resources, problem))


def validate_resources(errors: Errors, path: str, match: Object, *, mutating: bool = False) -> None:
    """The objects a policy is about."""
    one_of(errors, f"{path}.matchPolicy", match.get("matchPolicy"), MATCH_POLICIES, required=True)
    for each in ("namespaceSelector", "objectSelector"):
        label_selector(errors, f"{path}.{each}", match.get(each))
    for each in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(match.get(each) or ()):
            where = f"{path}.{each}[{index}]"
            _validate_names(errors, f"{where}.resourceNames", rule.get("resourceNames") or [])
            validate_rule(errors, where, rule, mutating=mutating)


def _validate_names(errors: Errors, path: str, found: list[str]) -> None:
    for index, text in enumerate(found):
        name(errors, f"{path}[{index}]", text, path_segment)
        if text in found[:index]:
            errors.append(field.duplicate(f"{path}[{index}]", text))


def validate_conditions(errors: Errors, path: str, conditions: list[Object], *, params: bool = False) -> None:
    """Named conditions; their expressions are bools."""
    if len(conditions) > 64:
        errors.append(field.too_many(path, len(conditions), 64))
    seen: set[str] = set()
    for index, condition in enumerate(conditions):
        where, own_name = f"{path}[{index}]", condition.get("name", "")
        if not condition.get("expression", "").strip():
            errors.append(field.required(f"{where}.expression"))
        else:
            condition_problems(errors, f"{where}.expression", condition["expression"], params=params)
        if not own_name:
            errors.append(field.required(f"{where}.name"))
            continue
        label_name(errors, f"{where}.name", own_name)
        if own_name in seen:
            errors.append(field.duplicate(f"{where}.name", own_name))
        seen.add(own_name)
