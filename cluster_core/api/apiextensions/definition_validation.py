"""Validation of CustomResourceDefinitions.

What all versions have in common (for one version: all of it) is reported under `spec`, not under the versions.
"""

from collections.abc import Callable
from typing import Any

from cluster_core.api.admissionregistration.webhooks import validate_client
from cluster_core.api.apiextensions.expressions import found_at
from cluster_core.api.apiextensions.schema_rules import validate_schema
from cluster_core.api.go_structs import shown_list
from cluster_core.api.resource import Object
from cluster_core.api.validation import Errors, Verbatim, immutable, one_of
from cluster_core.apimachinery import conditions, field
from cluster_core.apimachinery.names import dns1035_label, dns1123_subdomain

APPROVAL = "api-approved.kubernetes.io"
_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_SELECTABLE = (
    "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."
)
_PROPOSAL = "see https://github.com/kubernetes/enhancements/pull/1111"
_SHARED = {
    "schema": "validation",
    "subresources": "subresources",
    "additionalPrinterColumns": "additionalPrinterColumns",
}


def validate(definition: Object) -> Errors:
    """A new definition."""
    errors: Errors = []
    spec, own_name = definition["spec"], definition["metadata"].get("name", "")
    if own_name != f"{spec['names'].get('plural', '')}.{spec.get('group', '')}":
        errors.append(field.invalid("metadata.name", own_name, 'must be spec.names.plural+"."+spec.group'))
    _validate_spec(errors, spec)
    _validate_status(errors, definition)
    _validate_approval(errors, definition)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """Group, plural and, once served, scope and kind stay."""
    errors: Errors = []
    spec, before = new["spec"], old["spec"]
    _validate_spec(errors, spec)
    if conditions.is_true(old["status"].get("conditions") or [], "Established"):
        immutable(errors, "spec.scope", spec.get("scope"), before.get("scope"))
        immutable(errors, "spec.names.kind", spec["names"].get("kind"), before["names"].get("kind"))
    immutable(errors, "spec.group", spec.get("group"), before.get("group"))
    immutable(errors, "spec.names.plural", spec["names"].get("plural"), before["names"].get("plural"))
    _validate_status(errors, new)
    if _approval_problem(new) != _approval_problem(old):
        _validate_approval(errors, new)
    return errors


def validate_status(new: Object, _old: Object) -> Errors:
    """Accepted names are names."""
    errors: Errors = []
    _validate_names(errors, "status.acceptedNames", new["status"].get("acceptedNames") or {})
    return errors


def _validate_spec(errors: Errors, spec: Object) -> None:
    group, versions = spec.get("group", ""), spec.get("versions") or []
    _validate_group(errors, "spec.group", group)
    one_of(errors, "spec.scope", spec.get("scope", ""), ("Cluster", "Namespaced"), required=True)
    shared = {each: _is_shared(versions, each) for each in _SHARED}
    for index, version in enumerate(versions):
        if "openAPIV3Schema" not in (version.get("schema") or {}):
            errors.append(field.required(f"spec.versions[{index}].schema.openAPIV3Schema"))
    for index, version in enumerate(versions):
        path = f"spec.versions[{index}]"
        _joined(errors, f"{path}.name", version.get("name", ""), dns1035_label)
        _validate_warning(errors, path, version)
        for each, check in _CHECKS.items():
            if not shared[each] and each in version:
                check(errors, f"{path}.{each}", version[each])
        if not _has_shared_fields(versions):
            _validate_selectable(errors, f"{path}.selectableFields", version)
    _validate_versions(errors, versions, shared)
    if versions:
        _joined(errors, "spec.version", versions[0].get("name", ""), dns1035_label)
    for each in ("plural", "singular", "kind", "listKind"):
        if not spec["names"].get(each):
            errors.append(field.required(f"spec.names.{each}"))
    _validate_names(errors, "spec.names", spec["names"])
    for each, check in _CHECKS.items():
        if shared[each]:
            check(errors, f"spec.{_SHARED[each]}", versions[0][each])
    if _has_shared_fields(versions):
        _validate_selectable(errors, "spec.selectableFields", versions[0])
    _validate_conversion(errors, "spec.conversion", spec.get("conversion") or {})
    if spec.get("preserveUnknownFields"):
        problem = (
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        )
        errors.append(field.invalid("spec.preserveUnknownFields", True, problem))


def _is_shared(versions: list[Object], name: str) -> bool:
    return bool(versions) and bool(versions[0].get(name)) and all(v.get(name) == versions[0][name] for v in versions)


def _has_shared_fields(versions: list[Object]) -> bool:
    return _is_shared(versions, "selectableFields")


def _validate_selectable(errors: Errors, path: str, version: Object) -> None:
    schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    seen: set[str] = set()
    for index, each in enumerate(version.get("selectableFields") or ()):
        where, text = f"{path}[{index}].jsonPath", each.get("jsonPath", "")
        if not text:
            errors.append(field.required(where))
            continue
        place, found = found_at(schema, text)
        if found is None:
            problem = "is an invalid path: does not refer to a valid field"
            errors.append(field.invalid(where, text, problem))
            continue
        if place.startswith(".metadata"):
            errors.append(field.invalid(where, text, "must not point to fields in metadata"))
        if found.get("type") not in ("string", "boolean", "integer"):
            errors.append(field.invalid(where, text, _SELECTABLE))
        if place in seen:
            errors.append(field.duplicate(where, text))
        seen.add(place)
    if len(seen) > 8:
        errors.append(field.too_many(path, len(seen), 8))


def _validate_group(errors: Errors, path: str, group: str) -> None:
    if not group:
        errors.append(field.required(path))
    elif dns1123_subdomain(group):
        _joined(errors, path, group, dns1123_subdomain)
    elif "." not in group:
        errors.append(field.invalid(path, group, "should be a domain with at least one dot"))


def _joined(errors: Errors, path: str, text: str, rule: Callable[[str], list[str]], prefix: str = "") -> None:
    problems = rule(text.lower() if prefix else text)
    if problems:
        errors.append(field.invalid(path, text, prefix + ",".join(problems)))


def _validate_warning(errors: Errors, path: str, version: Object) -> None:
    warning = version.get("deprecationWarning")
    if warning is None:
        return
    problems = []
    if not version.get("deprecated"):
        problems = ["can only be set for deprecated versions"]
    elif len(warning) > 256:
        problems = ["must be <= 256 characters long"]
    elif not warning:
        problems = ["must not be an empty string"]
    errors.extend(field.invalid(f"{path}.deprecationWarning", warning, problem) for problem in problems)


def _validate_versions(errors: Errors, versions: list[Object], shared: dict[str, bool]) -> None:
    names = [version.get("name", "") for version in versions]
    if len(set(names)) < len(names):
        errors.append(field.invalid("spec.versions", _shown(versions, shared), "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        problem = "must have exactly one version marked as storage version"
        errors.append(field.invalid("spec.versions", _shown(versions, shared), problem))


def _shown(versions: list[Object], shared: dict[str, bool]) -> Verbatim:
    kept = [{k: v for k, v in version.items() if not shared.get(k)} for version in versions]
    return shown_list("CustomResourceDefinitionVersion", kept)


def _validate_names(errors: Errors, path: str, names: Object) -> None:
    for each in ("plural", "singular"):
        if names.get(each):
            _joined(errors, f"{path}.{each}", names[each], dns1035_label)
    mixed = "may have mixed case, but should otherwise match: "
    for each in ("kind", "listKind"):
        if names.get(each):
            _joined(errors, f"{path}.{each}", names[each], dns1035_label, mixed)
    _validate_each(errors, f"{path}.shortNames", names.get("shortNames"))
    if names.get("kind") and names["kind"] == names.get("listKind"):
        problem = "kind and listKind may not be the same"
        errors.append(field.invalid(f"{path}.listKind", names["listKind"], problem))
    _validate_each(errors, f"{path}.categories", names.get("categories"))


def _validate_each(errors: Errors, path: str, texts: list[str] | None) -> None:
    for index, text in enumerate(texts or ()):
        _joined(errors, f"{path}[{index}]", text, dns1035_label)


def _validate_version_schema(errors: Errors, path: str, validation: Object) -> None:
    schema = validation.get("openAPIV3Schema")
    if schema is not None:
        validate_schema(errors, f"{path}.openAPIV3Schema", schema)


def _validate_subresources(errors: Errors, path: str, subresources: Object) -> None:
    scale = subresources.get("scale")
    if scale is None:
        return
    for each, start in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        where = f"{path}.scale.{each}"
        if not scale.get(each):
            errors.append(field.required(where))
        else:
            _validate_path(errors, where, scale[each], (start,), f"should be a json path under {start[:-1]}")
    if scale.get("labelSelectorPath"):
        problem = "should be a json path under either .spec or .status"
        where = f"{path}.scale.labelSelectorPath"
        _validate_path(errors, where, scale["labelSelectorPath"], (".spec.", ".status."), problem)


def _validate_path(errors: Errors, path: str, text: str, starts: tuple[str, ...], problem: str) -> None:
    if not text.startswith("."):
        errors.append(field.invalid(path, text, "must be a simple json path starting with ."))
    elif not text.startswith(starts):
        errors.append(field.invalid(path, text, problem))


def _validate_columns(errors: Errors, path: str, columns: list[Object]) -> None:
    for index, column in enumerate(columns):
        where, kind, form = f"{path}[{index}]", column.get("type", ""), column.get("format", "")
        if not column.get("name"):
            errors.append(field.required(f"{where}.name"))
        wanted = f"must be one of {','.join(_COLUMN_TYPES)}"
        if not kind:
            errors.append(field.required(f"{where}.type", wanted))
        elif kind not in _COLUMN_TYPES:
            errors.append(field.invalid(f"{where}.type", kind, wanted))
        if form and form not in _FORMATS:
            errors.append(field.invalid(f"{where}.format", form, f"must be one of {','.join(_FORMATS)}"))
        if not column.get("jsonPath"):
            errors.append(field.required(f"{where}.JSONPath"))
        else:
            _validate_path(errors, f"{where}.JSONPath", column["jsonPath"], (".",), "")


_CHECKS: dict[str, Callable[[Errors, str, Any], None]] = {
    "schema": _validate_version_schema,
    "subresources": _validate_subresources,
    "additionalPrinterColumns": _validate_columns,
}


def _validate_conversion(errors: Errors, path: str, conversion: Object) -> None:
    strategy, webhook = conversion.get("strategy", ""), conversion.get("webhook") or {}
    one_of(errors, f"{path}.strategy", strategy, ("None", "Webhook"), required=True)
    config, versions = webhook.get("clientConfig"), webhook.get("conversionReviewVersions")
    if strategy != "Webhook":
        for name, given in (("webhookClientConfig", config), ("conversionReviewVersions", versions)):
            if given:
                problem = "should not be set when strategy is not set to Webhook"
                errors.append(field.forbidden(f"{path}.{name}", problem))
        return
    if config is None:
        errors.append(field.required(f"{path}.webhookClientConfig", "required when strategy is set to Webhook"))
    else:
        validate_client(errors, f"{path}.webhookClientConfig", config)
    _validate_review_versions(errors, f"{path}.conversionReviewVersions", versions)


def _validate_review_versions(errors: Errors, path: str, versions: list[str] | None) -> None:
    if not versions:
        errors.append(field.required(path))
        return
    for index, version in enumerate(versions):
        if version in versions[:index]:
            errors.append(field.invalid(f"{path}[{index}]", version, "duplicate version"))
        else:
            errors.extend(field.invalid(f"{path}[{index}]", version, text) for text in dns1035_label(version))
    if not {"v1", "v1beta1"}.intersection(versions):
        errors.append(field.invalid(path, versions, "must include at least one of v1, v1beta1"))


def _validate_status(errors: Errors, definition: Object) -> None:
    status, versions = definition["status"], definition["spec"].get("versions") or []
    _validate_names(errors, "status.acceptedNames", status.get("acceptedNames") or {})
    stored = status.get("storedVersions")
    if not stored:
        errors.append(field.invalid("status.storedVersions", stored, "must have at least one stored version"))
        return
    for version in versions:
        if version.get("storage") and version.get("name") not in stored:
            problem = f"must have the storage version {version.get('name', '')}"
            errors.append(field.invalid("status.storedVersions", stored, problem))
    known = {version.get("name") for version in versions}
    for index, name in enumerate(stored):
        if name not in known:
            problem = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions "
                f"until a storage migration ensures no data remains persisted in {name} and removes {name} from "
                "status.storedVersions"
            )
            errors.append(field.invalid(f"status.storedVersions[{index}]", name, problem))


def _approval_problem(definition: Object) -> str:
    group = definition["spec"].get("group", "")
    if group not in ("k8s.io", "kubernetes.io") and not group.endswith((".k8s.io", ".kubernetes.io")):
        return ""
    text = (definition["metadata"].get("annotations") or {}).get(APPROVAL, "")
    if not text:
        return f'protected groups must have approval annotation "{APPROVAL}", {_PROPOSAL}'
    scheme, found, rest = text.partition("://")
    if text.startswith("unapproved") or (scheme and found and rest.partition("/")[0]):
        return ""
    return (
        f'protected groups must have approval annotation "{APPROVAL}" with either a URL or a reason starting with '
        f'"unapproved", {_PROPOSAL}'
    )


def _validate_approval(errors: Errors, definition: Object) -> None:
    problem, path = _approval_problem(definition), f"metadata.annotations[{APPROVAL}]"
    text = (definition["metadata"].get("annotations") or {}).get(APPROVAL, "")
    if problem:
        errors.append(field.invalid(path, text, problem) if text else field.required(path, problem))
