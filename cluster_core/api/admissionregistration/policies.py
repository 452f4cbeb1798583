"""Admission policies and their bindings: what the validating and the mutating kinds share."""

from cluster_core.api.admissionregistration.expressions import PolicyTypes, policy_problems
from cluster_core.api.admissionregistration.match_rules import FAILURE_POLICIES, validate_conditions, validate_resources
from cluster_core.api.admissionregistration.webhooks import default_match
from cluster_core.api.cells import AGE, NAME, UNSET, get, selector
from cluster_core.api.resource import Column, Object
from cluster_core.api.validation import Errors, label_selector, name, one_of
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1035_label, dns1123_subdomain, path_segment


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
    for rules in ("resourceRules", "excludeResourceRules"):
        for rule in match.get(rules) or ():
            rule.setdefault("scope", "*")


_IDENTIFIER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")


def validate_policy(errors: Errors, spec: Object, *, mutating: bool) -> PolicyTypes:
    """What both kinds of policy have; the types for the rest of its expressions."""
    one_of(errors, "spec.failurePolicy", spec.get("failurePolicy"), FAILURE_POLICIES, required=True)
    if "paramKind" in spec:
        _validate_param_kind(errors, "spec.paramKind", spec["paramKind"])
    if "matchConstraints" not in spec:
        errors.append(field.required("spec.matchConstraints"))
    else:
        match = spec["matchConstraints"]
        validate_resources(errors, "spec.matchConstraints", match, mutating=mutating)
        if not match.get("resourceRules"):
            errors.append(field.required("spec.matchConstraints.resourceRules"))
    conditions = spec.get("matchConditions") or []
    validate_conditions(errors, "spec.matchConditions", conditions, params="paramKind" in spec)
    for index, variable in enumerate(spec.get("variables") or ()):
        _validate_variable(errors, f"spec.variables[{index}]", variable)
    return policy_problems(errors, spec)


def _validate_variable(errors: Errors, path: str, variable: Object) -> None:
    own_name = variable.get("name", "")
    if not own_name.strip():
        errors.append(field.required(f"{path}.name", "name is not specified"))
    elif not _IDENTIFIER.issuperset(own_name) or own_name[0].isdigit():
        errors.append(field.invalid(f"{path}.name", own_name, "must be a valid CEL identifier"))
    if not variable.get("expression", "").strip():
        errors.append(field.required(f"{path}.expression", "expression is not specified"))


def _validate_param_kind(errors: Errors, path: str, kind: Object) -> None:
    version, own_kind = kind.get("apiVersion", ""), kind.get("kind", "")
    if not version:
        errors.append(field.required(f"{path}.apiVersion"))
    elif version.count("/") > 1:
        errors.append(field.invalid(f"{path}.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    else:
        group, _, plain = version.rpartition("/")
        for text, rule in ((group, dns1123_subdomain), (plain, dns1035_label)):
            problems = rule(text) if text else []
            if problems:
                errors.append(field.invalid(f"{path}.apiVersion", text, ",".join(problems)))
        if not plain:
            errors.append(field.invalid(f"{path}.apiVersion", version, "version must be specified"))
    if not own_kind:
        errors.append(field.required(f"{path}.kind"))
    elif dns1035_label(own_kind.lower()):
        problem = "may have mixed case, but should otherwise match: " + ",".join(dns1035_label(own_kind.lower()))
        errors.append(field.invalid(f"{path}.kind", own_kind, problem))


def validate_binding(errors: Errors, spec: Object, *, mutating: bool) -> None:
    """What both kinds of binding have."""
    if not spec.get("policyName"):
        errors.append(field.required("spec.policyName"))
    else:
        name(errors, "spec.policyName", spec["policyName"], dns1123_subdomain)
    if "paramRef" in spec:
        _validate_reference(errors, "spec.paramRef", spec["paramRef"])
    if "matchResources" in spec:
        validate_resources(errors, "spec.matchResources", spec["matchResources"], mutating=mutating)


def _validate_reference(errors: Errors, path: str, reference: Object) -> None:
    own_name, chosen = reference.get("name"), reference.get("selector")
    if own_name:
        name(errors, f"{path}.name", own_name, path_segment)
        if chosen is not None:
            errors.append(field.forbidden(f"{path}.name", "name and selector are mutually exclusive"))
    if chosen is not None:
        label_selector(errors, f"{path}.selector", chosen)
        if own_name:
            errors.append(field.forbidden(f"{path}.selector", "name and selector are mutually exclusive"))
    elif not own_name:
        errors.append(field.required(path, "one of name or selector must be specified"))
    action = reference.get("parameterNotFoundAction")
    one_of(errors, f"{path}.parameterNotFoundAction", action, ("Allow", "Deny"), required=True)


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
