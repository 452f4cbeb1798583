"""FlowSchema: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import Errors, name, one_of, struct, unsupported
from cluster_core.apimachinery import conditions, field, names


def default(schema: Object) -> None:
    """In the middle of the order."""
    if not schema["spec"].get("matchingPrecedence"):
        schema["spec"]["matchingPrecedence"] = 1000


def _missing(schema: Object, _now: float) -> str:
    dangling = conditions.get((schema.get("status") or {}).get("conditions"), "Dangling")
    return str(dangling["status"]) if dangling else "?"


_VERBS = (
    "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch",
)  # fmt: skip
_SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_NAMESPACE = "each member of this list must be '*' or a DNS-1123 label; "


def validate(schema: Object) -> Errors:
    """A new schema."""
    errors: Errors = []
    spec = schema["spec"]
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in ("ByNamespace", "ByUser"):
        shown = struct({"Type": method.get("type", "")})
        errors.append(unsupported("spec.distinguisherMethod.type", shown, ("ByNamespace", "ByUser")))
    precedence, level = spec.get("matchingPrecedence", 0), (spec.get("priorityLevelConfiguration") or {}).get("name")
    path = "spec.matchingPrecedence"
    if precedence <= 0:
        errors.append(field.invalid(path, precedence, "must be a positive value"))
    if precedence > 10000:
        errors.append(field.invalid(path, precedence, "must not be greater than 10000"))
    if precedence == 1 and schema["metadata"].get("name") != "exempt":
        problem = "only the schema named 'exempt' may have matchingPrecedence 1"
        errors.append(field.invalid(path, precedence, problem))
    if not level:
        errors.append(field.required("spec.priorityLevelConfiguration.name", "must reference a priority level"))
    else:
        name(errors, "spec.priorityLevelConfiguration.name", level, names.dns1123_subdomain)
    for index, rule in enumerate(spec.get("rules") or ()):
        _validate_rule(errors, f"spec.rules[{index}]", rule)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_rule(errors: Errors, path: str, rule: Object) -> None:
    if not rule.get("subjects"):
        errors.append(field.required(f"{path}.subjects", "subjects must contain at least one value"))
    for index, subject in enumerate(rule.get("subjects") or ()):
        _validate_subject(errors, f"{path}.subjects[{index}]", subject)
    if not rule.get("resourceRules") and not rule.get("nonResourceRules"):
        errors.append(field.required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"))
    for index, item in enumerate(rule.get("resourceRules") or ()):
        where = f"{path}.resourceRules[{index}]"
        _validate_verbs(errors, f"{where}.verbs", item.get("verbs") or [])
        _validate_list(errors, f"{where}.apiGroups", item.get("apiGroups"), "api group")
        _validate_list(errors, f"{where}.resources", item.get("resources"), "resource")
        _validate_namespaces(errors, f"{where}.namespaces", item)
    for index, item in enumerate(rule.get("nonResourceRules") or ()):
        where = f"{path}.nonResourceRules[{index}]"
        _validate_verbs(errors, f"{where}.verbs", item.get("verbs") or [])
        if not item.get("nonResourceURLs"):
            problem = "nonResourceURLs must contain at least one value"
            errors.append(field.required(f"{where}.nonResourceURLs", problem))
        for place, url in enumerate(item.get("nonResourceURLs") or ()):
            problem = _url_problem(url) if url != "*" else ""
            if problem:
                errors.append(field.invalid(f"{where}.nonResourceURLs[{place}]", url, problem))


def _url_problem(url: str) -> str:
    if not url:
        return "nonResourceURL must not be empty"
    if url == "/":
        return ""
    if url[0] != "/":
        return "must start with slash"
    if " " in url:
        return "must not contain white-space"
    if "//" in url:
        return "must not contain double slash"
    if "*" in url.removesuffix("/*"):
        return "wildcard can only do suffix matching"
    return ""


def _validate_subject(errors: Errors, path: str, subject: Object) -> None:
    kind = subject.get("kind", "")
    if kind not in _SUBJECTS:
        one_of(errors, f"{path}.kind", kind, tuple(_SUBJECTS))
        return
    own = _SUBJECTS[kind]
    found = subject.get(own)
    if found is None:
        errors.append(field.required(f"{path}.{own}", f"{own} is required when subject kind is '{kind}'"))
    else:
        if not found.get("name"):
            errors.append(field.required(f"{path}.{own}.name"))
        if kind == "ServiceAccount" and not found.get("namespace"):
            errors.append(field.required(f"{path}.{own}.namespace", "must specify namespace for service account"))
    for other_kind, other in reversed(_SUBJECTS.items()):
        if other != own and other in subject:
            problem = f"{other} is forbidden when subject kind is not '{other_kind}'"
            errors.append(field.forbidden(f"{path}.{other}", problem))


def _validate_verbs(errors: Errors, path: str, verbs: list[str]) -> None:
    if not verbs:
        errors.append(field.required(path, "verbs must contain at least one value"))
    elif "*" in verbs:
        if len(verbs) > 1:
            errors.append(field.invalid(path, verbs, "if '*' is present, must not specify other verbs"))
    elif not set(verbs).issubset(_VERBS):
        errors.append(unsupported(path, verbs, _VERBS))


def _validate_list(errors: Errors, path: str, values: list[str] | None, what: str) -> None:
    if not values:
        errors.append(field.required(path, f"resource rules must supply at least one {what}"))
    elif len(values) > 1 and "*" in values:
        errors.append(field.invalid(path, values, f"if '*' is present, must not specify other {what}s"))


def _validate_namespaces(errors: Errors, path: str, item: Object) -> None:
    found = item.get("namespaces") or []
    if not found and not item.get("clusterScope"):
        problem = "resource rules that are not cluster scoped must supply at least one namespace"
        errors.append(field.required(path, problem))
    elif "*" in found:
        if len(found) > 1:
            errors.append(field.invalid(path, found, "if '*' is present, must not specify other namespaces"))
    else:
        for index, text in enumerate(found):
            for problem in names.dns1123_label(text):
                errors.append(field.invalid(f"{path}[{index}]", text, _NAMESPACE + problem))


RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        version="v1",
        kind="FlowSchema",
        plural="flowschemas",
        namespaced=False,
        subresources=("status",),
        default=default,
        validate=validate,
        validate_update=validate_update,
        prepare=status_reset(),
        columns=(
            NAME,
            Column("PriorityLevel", get("spec", "priorityLevelConfiguration", "name")),
            Column("MatchingPrecedence", get("spec", "matchingPrecedence", default=0)),
            Column("DistinguisherMethod", get("spec", "distinguisherMethod", "type", default=NONE)),
            AGE,
            Column("MissingPL", _missing),
        ),
    ),
)
