"""What schemas of custom resources must be like: structural, and free of what the API server does not support.

CEL rules are checked for presence only, not compiled.
"""

import re
from collections.abc import Iterator
from typing import Any

from cluster_core.api.apiextensions.expressions import place_problems, rule_problems
from cluster_core.api.resource import Object
from cluster_core.api.validation import Errors, one_of, unsupported
from cluster_core.apimachinery import field

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
_NOT_SUPPORTED = {
    "id": "id is not supported",
    "additionalItems": "additionalItems is not supported",
    "patternProperties": "patternProperties is not supported",
    "definitions": "definitions is not supported",
    "dependencies": "dependencies is not supported",
    "$ref": "$ref is not supported",
}
_UNIQUE = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
_EMPTY = {
    "root": "must not be empty at the root",
    "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}
_METADATA = "must not specify anything other than name and generateName, but metadata is implicitly specified"
_NESTED = {
    "type": "must be empty to be structural",
    "additionalProperties": "must be undefined to be structural",
    "default": "must be undefined to be structural",
    "title": "must be empty to be structural",
    "description": "must be empty to be structural",
    "nullable": "must be false to be structural",
    "x-kubernetes-preserve-unknown-fields": "must be false to be structural",
    "x-kubernetes-embedded-resource": "must be false to be structural",
    "x-kubernetes-int-or-string": "must be false to be structural",
    "x-kubernetes-list-map-keys": "must be empty to be structural",
    "x-kubernetes-list-type": "must be undefined to be structural",
    "x-kubernetes-map-type": "must be undefined to be structural",
    "x-kubernetes-validations": "must be empty to be structural",
}
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_EMBEDDED = "x-kubernetes-embedded-resource"
_EITHER = "x-kubernetes-int-or-string"
_LIST_TYPE = "x-kubernetes-list-type"
_MAP_TYPE = "x-kubernetes-map-type"
_KEYS = "x-kubernetes-list-map-keys"
_RULES = "x-kubernetes-validations"


def validate_schema(errors: Errors, path: str, schema: Object) -> None:
    """The schema of a version."""
    before = len(errors)
    if schema.get("nullable"):
        errors.append(field.forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    if not _unsupported_parts(schema):
        found: Errors = []
        _structural(found, path, schema, "root")
        _complete(found, path, path, schema, schema)
        errors += sorted(found, key=lambda error: f"{error.path}: {error.message}")
        if not found:
            _defaults(errors, path, schema)
    _supported(errors, path, schema)
    if len(errors) == before:
        errors += rule_problems(schema, path)


def _unsupported_parts(schema: Any) -> bool:
    if not isinstance(schema, dict):
        return False
    bad = schema.get("uniqueItems") or schema.get("type") == "null" or isinstance(schema.get("items"), list)
    if bad or schema.get(_PRESERVE) is False or any(each in schema for each in _NOT_SUPPORTED):
        return True
    return any(_unsupported_parts(child) for _, child in _children(schema))


def _children(schema: Object) -> Iterator[tuple[str, Object]]:
    for each in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(each), dict):
            yield each, schema[each]
    for name, child in sorted((schema.get("properties") or {}).items()):
        yield f"properties[{name}]", child
    for each in ("allOf", "oneOf", "anyOf"):
        for index, child in enumerate(schema.get(each) or ()):
            yield f"{each}[{index}]", child


def _structural(errors: Errors, path: str, schema: Object, level: str) -> None:
    kind, properties = schema.get("type", ""), schema.get("properties") or {}
    if kind == "array" and "items" not in schema:
        errors.append(field.required(f"{path}.items", "must be specified"))
    if isinstance(schema.get("items"), dict):
        _structural(errors, f"{path}.items", schema["items"], "item")
    for name, child in properties.items():
        _structural(errors, f"{path}.properties[{name}]", child, "field")
    more = schema.get("additionalProperties")
    if more is not None and more is not False:
        if level == "root":
            errors.append(field.forbidden(f"{path}.additionalProperties", "must not be used at the root"))
        if isinstance(more, dict):
            _structural(errors, f"{path}.additionalProperties", more, "field")
    for each in (_PRESERVE, _EMBEDDED):
        if schema.get(_EITHER) and schema.get(each):
            errors.append(field.invalid(f"{path}.{each}", True, f"must be false if {_EITHER} is true"))
    _values(errors, path, schema)
    _structural_type(errors, path, schema, level, kind)
    _structural_metadata(errors, path, schema, level, properties)


def _structural_type(errors: Errors, path: str, schema: Object, level: str, kind: str) -> None:
    embedded = schema.get(_EMBEDDED)
    if embedded and kind != "object":
        problem = f"must be object if {_EMBEDDED} is true"
        errors.append(field.invalid(f"{path}.type", kind, problem) if kind else field.required(f"{path}.type", problem))
    elif not kind and not schema.get(_EITHER) and not schema.get(_PRESERVE):
        errors.append(field.required(f"{path}.type", _EMPTY[level]))
    if embedded and "additionalProperties" in schema:
        problem = f"must not be used if {_EMBEDDED} is set"
        errors.append(field.forbidden(f"{path}.additionalProperties", problem))
    if level == "root" and kind and kind != "object":
        errors.append(field.invalid(f"{path}.type", kind, "must be object at the root"))


def _structural_metadata(errors: Errors, path: str, schema: Object, level: str, properties: Object) -> None:
    embedded = schema.get(_EMBEDDED)
    whole = level == "root" or bool(embedded)
    for each in ("kind", "apiVersion"):
        if whole and each in properties and properties[each].get("type") != "string":
            kind = properties[each].get("type", "")
            errors.append(field.invalid(f"{path}.properties[{each}].type", kind, "must be string"))
    metadata = properties.get("metadata")
    if metadata is not None:
        where = f"{path}.properties[metadata]"
        if whole and metadata.get("type") != "object":
            errors.append(field.invalid(f"{where}.type", metadata.get("type", ""), "must be object"))
        if level == "root" and not _only_names(metadata):
            errors.append(field.forbidden(where, _METADATA))
    if embedded and not schema.get(_PRESERVE) and not properties:
        problem = f"must not be empty if {_EMBEDDED} is true without {_PRESERVE}"
        errors.append(field.required(f"{path}.properties", problem))


def _only_names(metadata: Object) -> bool:
    rest = {key for key in metadata if key not in ("type", "default", "properties")}
    return not rest and set(metadata.get("properties") or ()) <= {"name", "generateName"}


def _values(errors: Errors, path: str, schema: Object, *, skip_any: bool | None = None) -> None:
    if not (schema.get("anyOf") == _INT_OR_STRING if skip_any is None else skip_any):
        for index, child in enumerate(schema.get("anyOf") or ()):
            _nested(errors, f"{path}.anyOf[{index}]", child)
    for index, child in enumerate(schema.get("allOf") or ()):
        first = index == 0 and skip_any is None and child.get("anyOf") == _INT_OR_STRING
        _nested(errors, f"{path}.allOf[{index}]", child, skip_any=first)
    for index, child in enumerate(schema.get("oneOf") or ()):
        _nested(errors, f"{path}.oneOf[{index}]", child)
    if "not" in schema:
        _nested(errors, f"{path}.not", schema["not"])
    if schema.get("pattern"):
        _pattern(errors, f"{path}.pattern", schema["pattern"])


def _pattern(errors: Errors, path: str, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        start = pattern[error.pos or 0 :]
        known = {
            "unterminated character set": "missing closing ]",
            "missing ), unterminated subpattern": "missing closing )",
        }
        problem = f"{known.get(error.msg, error.msg)}: `{start if 'set' in error.msg else pattern}`"
        text = f"must be a valid regular expression, but isn't: error parsing regexp: {problem}"
        errors.append(field.invalid(path, pattern, text))


def _nested(errors: Errors, path: str, schema: Object, *, skip_any: bool = False) -> None:
    _values(errors, path, schema, skip_any=skip_any)
    if isinstance(schema.get("items"), dict):
        _nested(errors, f"{path}.items", schema["items"])
    for name, child in (schema.get("properties") or {}).items():
        _nested(errors, f"{path}.properties[{name}]", child)
    for each, problem in _NESTED.items():
        if schema.get(each) or (each == "default" and each in schema):
            errors.append(field.forbidden(f"{path}.{each}", problem))
    if "metadata" in (schema.get("properties") or {}):
        errors.append(field.forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context"))


def _complete(errors: Errors, path: str, where: str, rules: Object, schema: Object | None) -> None:
    children = [("not", rules["not"])] if "not" in rules else []
    for each in ("allOf", "anyOf", "oneOf"):
        children += [(f"{each}[{index}]", child) for index, child in enumerate(rules.get(each) or ())]
    for name, child in children:
        _complete_nested(errors, path, f"{where}.{name}", child, schema)


def _complete_nested(errors: Errors, path: str, where: str, rules: Object, schema: Object | None) -> None:
    if schema is None:
        errors.append(field.required(path, f"because it is defined in {where}"))
        return
    _complete(errors, path, where, rules, schema)
    if isinstance(rules.get("items"), dict):
        items = schema.get("items")
        _complete_nested(errors, f"{path}.items", f"{where}.items", rules["items"], items)
    for name, child in (rules.get("properties") or {}).items():
        part = f"properties[{name}]"
        known = (schema.get("properties") or {}).get(name)
        _complete_nested(errors, f"{path}.{part}", f"{where}.{part}", child, known)


_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _defaults(errors: Errors, path: str, schema: Object) -> None:
    if "default" in schema:
        _default(errors, f"{path}.default", schema, schema["default"])
    for name, child in _children(schema):
        _defaults(errors, f"{path}.{name}", child)


def _default(errors: Errors, path: str, schema: Object, value: Any) -> None:
    wanted = _PYTHON_TYPES.get(schema.get("type", ""))
    fits = value is None or wanted is None or (isinstance(value, wanted) and (bool in wanted or value is not True))
    if not fits:
        kind = next((name for name in _JSON_TYPES if isinstance(value, _PYTHON_TYPES[name])), "null")
        problem = f' in body must be of type {schema["type"]}: "{kind}"'
        errors.append(field.FieldError(path, field.TYPE_INVALID, f'Invalid value: "{kind}": {problem}'))


_JSON_TYPES = ("boolean", "integer", "number", "string", "array", "object")


def _supported(errors: Errors, path: str, schema: Object) -> None:
    kind = schema.get("type", "")
    if kind and kind not in _TYPES:
        errors.append(unsupported(f"{path}.type", kind, _TYPES))
    for each, problem in _NOT_SUPPORTED.items():
        if each in schema:
            errors.append(field.forbidden(f"{path}.{each}", problem))
    if kind == "null":
        problem = "type cannot be set to null, use nullable as an alternative"
        errors.append(field.forbidden(f"{path}.type", problem))
    if isinstance(schema.get("items"), list):
        errors.append(field.forbidden(f"{path}.items", "items must be a schema object and not an array"))
    if schema.get("uniqueItems"):
        errors.append(field.forbidden(f"{path}.uniqueItems", _UNIQUE))
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        problem = "additionalProperties and properties are mutual exclusive"
        errors.append(field.forbidden(f"{path}.additionalProperties", problem))
    for name, child in _children(schema):
        _supported(errors, f"{path}.{name}", child)
    if schema.get(_PRESERVE) is False:
        errors.append(field.invalid(f"{path}.{_PRESERVE}", False, "must be true or undefined"))
    _topology(errors, path, schema, kind)
    for index, rule in enumerate(schema.get(_RULES) or ()):
        _rule(errors, f"{path}.{_RULES}[{index}]", rule)
        if rule.get("fieldPath"):
            place_problems(errors, f"{path}.{_RULES}[{index}]", schema, rule["fieldPath"])


def _topology(errors: Errors, path: str, schema: Object, kind: str) -> None:
    for each, wanted, values in (
        (_MAP_TYPE, "object", ("atomic", "granular")),
        (_LIST_TYPE, "array", ("atomic", "set", "map")),
    ):
        if each not in schema:
            continue
        if kind != wanted:
            problem = f"must be {wanted} if {each} is specified"
            where = f"{path}.type"
            errors.append(field.invalid(where, kind, problem) if kind else field.required(where, problem))
        one_of(errors, f"{path}.{each}", schema[each], values)
    if schema.get(_KEYS) and schema.get(_LIST_TYPE) != "map":
        where, problem = f"{path}.{_LIST_TYPE}", f"must be map if {_KEYS} is non-empty"
        given = schema.get(_LIST_TYPE)
        errors.append(field.required(where, problem) if given is None else field.invalid(where, given, problem))
    if schema.get(_LIST_TYPE) == "map":
        _list_map(errors, path, schema)
    if schema.get(_LIST_TYPE) in ("set", "map") and isinstance(schema.get("items"), dict):
        _items(errors, path, schema, schema["items"])


def _list_map(errors: Errors, path: str, schema: Object) -> None:
    keys, items = schema.get(_KEYS) or [], schema.get("items")
    if not keys:
        errors.append(field.required(f"{path}.{_KEYS}", f"must not be empty if {_LIST_TYPE} is map"))
    if items is None:
        errors.append(field.required(f"{path}.items", f"must have a schema if {_LIST_TYPE} is map"))
        return
    if items.get("type") != "object":
        problem = f"must be object if parent array's {_LIST_TYPE} is map"
        errors.append(field.invalid(f"{path}.items.type", items.get("type", ""), problem))
        return
    for index, key in enumerate(keys):
        known = (items.get("properties") or {}).get(key)
        if known is None:
            errors.append(field.invalid(f"{path}.{_KEYS}", keys, "entries must all be names of item properties"))
        elif known.get("type") in ("array", "object"):
            problem = f"must be a scalar type if parent array's {_LIST_TYPE} is map"
            errors.append(field.invalid(f"{path}.items.properties[{key}].type", items["type"], problem))
        if key in keys[:index]:
            errors.append(field.invalid(f"{path}.{_KEYS}", keys, "must not contain duplicate entries"))


def _items(errors: Errors, path: str, schema: Object, items: Object) -> None:
    list_type = schema[_LIST_TYPE]
    if items.get("nullable"):
        problem = f"cannot be nullable when {_LIST_TYPE} is {list_type}"
        errors.append(field.forbidden(f"{path}.items.nullable", problem))
    if list_type != "map":
        return
    for key in schema.get(_KEYS) or ():
        known = (items.get("properties") or {}).get(key)
        if known is None:
            continue
        where = f"{path}.items.properties[{key}]"
        if key not in (items.get("required") or ()) and "default" not in known:
            problem = f"this property is in {_KEYS}, so it must have a default or be a required property"
            errors.append(field.required(f"{where}.default", problem))
        if known.get("nullable"):
            problem = f"this property is in {_KEYS}, so it cannot be nullable"
            errors.append(field.forbidden(f"{where}.nullable", problem))


def _rule(errors: Errors, path: str, rule: Object) -> None:
    text, message = rule.get("rule", "").strip(), rule.get("message", "")
    if not text:
        errors.append(field.required(f"{path}.rule", "rule is not specified"))
    elif message and not message.strip():
        errors.append(field.invalid(f"{path}.message", message, "must be non-empty if specified"))
    elif "\n" in message.strip():
        errors.append(field.invalid(f"{path}.message", message, "must not contain line breaks"))
    elif "\n" in text and not message:
        problem = "message must be specified if rule contains line breaks"
        errors.append(field.required(f"{path}.message", problem))
    expression = rule.get("messageExpression", "")
    if expression and not expression.strip():
        problem = "messageExpression must be non-empty if specified"
        errors.append(field.required(f"{path}.messageExpression", problem))
    if "reason" in rule:
        one_of(errors, f"{path}.reason", rule["reason"], _REASONS)
