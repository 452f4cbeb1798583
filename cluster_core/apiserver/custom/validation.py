"""Checks custom objects against their schema, worded as the API server words it."""

from typing import Any

from cluster_core.apimachinery import field
from cluster_core.apimachinery.field import FieldError
from cluster_core.apiserver.custom.structural import INT_OR_STRING

Schema = dict[str, Any]
_ROOT = frozenset(("apiVersion", "kind", "metadata"))


def validate(schema: Schema, obj: dict[str, Any]) -> list[FieldError]:
    """Every problem of an object."""
    shown = {k: v for k, v in obj.items() if k not in _ROOT}
    own = {k: v for k, v in (schema.get("properties") or {}).items() if k not in _ROOT}
    required = [r for r in schema.get("required") or () if r not in _ROOT]
    problems = _validate({**schema, "properties": own, "required": required}, shown, "")
    return problems + list_problems(schema, obj, "")


def type_name(value: Any) -> str:
    """The JSON schema type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _validate(schema: Schema, value: Any, path: str) -> list[FieldError]:
    if value is None and schema.get("nullable"):
        return []
    problem = _type_problem(schema, value, path)
    if problem is not None:
        return [problem, *_enum_problems(schema, value, path)]
    problems = _enum_problems(schema, value, path)
    if isinstance(value, str):
        problems += _string_problems(schema, value, path)
    elif isinstance(value, dict):
        problems += _object_problems(schema, value, path)
    elif isinstance(value, list):
        problems += _array_problems(schema, value, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        problems += _number_problems(schema, value, path)
    return problems + _combined_problems(schema, value, path)


def _invalid(path: str, value: Any, text: str) -> FieldError:
    return field.invalid(path or "<nil>", value, f"{path} in body {text}")


def _type_problem(schema: Schema, value: Any, path: str) -> FieldError | None:
    found = type_name(value)
    if schema.get(INT_OR_STRING):
        wanted = "integer,string"
        good = found in ("integer", "string")
    else:
        wanted = schema.get("type", "")
        good = not wanted or found == wanted or (wanted == "number" and found == "integer")
    if good:
        return None
    text = f'Invalid value: "{found}": {path} in body must be of type {wanted}: "{found}"'
    return FieldError(path or "<nil>", field.TYPE_INVALID, text)


def _enum_problems(schema: Schema, value: Any, path: str) -> list[FieldError]:
    choices = schema.get("enum")
    if choices is None or value in choices:
        return []
    listed = ", ".join(field.value_text(c) for c in choices)
    text = f"Unsupported value: {field.value_text(value)}: supported values: {listed}"
    return [FieldError(path, field.NOT_SUPPORTED, text)]


def _string_problems(schema: Schema, value: str, path: str) -> list[FieldError]:
    problems = []
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        problems.append(field.too_long(path, schema["maxLength"]))
    if "minLength" in schema and len(value) < schema["minLength"]:
        problems.append(_invalid(path, value, f"should be at least {schema['minLength']} chars long"))
    if "pattern" in schema and not _matches(schema["pattern"], value):
        problems.append(_invalid(path, value, f"should match '{schema['pattern']}'"))
    problem = _format_problem(schema.get("format", ""), value)
    if problem:
        problems.append(_invalid(path, value, f"must be of type {schema['format']}: {field.value_text(value)}"))
    return problems


def _matches(pattern: str, value: str) -> bool:
    import re2

    try:
        return re2.search(pattern, value) is not None
    except re2.error:
        return True


def _format_problem(name: str, value: str) -> bool:
    from cluster_core.apimachinery import timestamps

    if name == "date-time":
        try:
            timestamps.parse(value)
        except ValueError:
            return True
    if name in ("ipv4", "ipv6", "cidr"):
        import ipaddress

        try:
            ipaddress.ip_network(value, strict=False) if name == "cidr" else ipaddress.ip_address(value)
        except ValueError:
            return True
    if name == "byte":
        import binascii

        try:
            binascii.a2b_base64(value, strict_mode=True)
        except (binascii.Error, ValueError):
            return True
    return False


def _number_problems(schema: Schema, value: float, path: str) -> list[FieldError]:
    problems = []
    most, least = schema.get("maximum"), schema.get("minimum")
    if most is not None:
        if schema.get("exclusiveMaximum"):
            if value >= most:
                problems.append(_invalid(path, value, f"should be less than {_number(most)}"))
        elif value > most:
            problems.append(_invalid(path, value, f"should be less than or equal to {_number(most)}"))
    if least is not None:
        if schema.get("exclusiveMinimum"):
            if value <= least:
                problems.append(_invalid(path, value, f"should be greater than {_number(least)}"))
        elif value < least:
            problems.append(_invalid(path, value, f"should be greater than or equal to {_number(least)}"))
    factor = schema.get("multipleOf")
    if factor and value % factor:
        problems.append(_invalid(path, value, f"should be a multiple of {_number(factor)}"))
    return problems


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _object_problems(schema: Schema, value: dict[str, Any], path: str) -> list[FieldError]:
    problems = []
    count = len(value)
    if "maxProperties" in schema and count > schema["maxProperties"]:
        problems.append(field.too_many(path, count, schema["maxProperties"]))
    if "minProperties" in schema and count < schema["minProperties"]:
        problems.append(_invalid(path, count, f"should have at least {schema['minProperties']} properties"))
    for name in schema.get("required") or ():
        if name not in value:
            problems.append(field.required(f"{path}.{name}" if path else name))
    properties, additional = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, child in value.items():
        place = f"{path}.{name}" if path else name
        if name in properties:
            problems += _validate(properties[name], child, place)
        elif isinstance(additional, dict):
            problems += _validate(additional, child, place)
    return problems


def _array_problems(schema: Schema, value: list[Any], path: str) -> list[FieldError]:
    problems = []
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        problems.append(field.too_many(path, len(value), schema["maxItems"]))
    if "minItems" in schema and len(value) < schema["minItems"]:
        problems.append(_invalid(path, len(value), f"should have at least {schema['minItems']} items"))
    items = schema.get("items")
    if isinstance(items, dict):
        for index, item in enumerate(value):
            problems += _validate(items, item, f"{path}[{index}]")
    return problems


def _combined_problems(schema: Schema, value: Any, path: str) -> list[FieldError]:
    problems = []
    shown = value if not isinstance(value, (dict, list)) else path.rpartition(".")[2]
    fitting = [not _validate(s, value, path) for s in schema.get("anyOf") or ()]
    if fitting and not any(fitting):
        problems.append(_invalid(path, shown, "must validate at least one schema (anyOf)"))
    fitting = [not _validate(s, value, path) for s in schema.get("oneOf") or ()]
    if fitting and sum(fitting) != 1:
        found = "Found none valid" if not any(fitting) else f"Found {sum(fitting)} valid alternatives"
        problems.append(_invalid(path, shown, f"must validate one and only one schema (oneOf). {found}"))
    for part in schema.get("allOf") or ():
        problems += _validate(part, value, path)
    if "not" in schema and not _validate(schema["not"], value, path):
        problems.append(_invalid(path, shown, "must not validate the schema (not)"))
    return problems


def list_problems(schema: Schema, value: Any, path: str) -> list[FieldError]:
    """Repeated items of lists that are sets or maps."""
    problems: list[FieldError] = []
    if isinstance(value, dict):
        properties, additional = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, child in value.items():
            below = properties.get(name, additional)
            if isinstance(below, dict):
                problems += list_problems(below, child, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        problems += _duplicates(schema, value, path)
        items = schema.get("items")
        if isinstance(items, dict):
            for index, item in enumerate(value):
                problems += list_problems(items, item, f"{path}[{index}]")
    return problems


def _duplicates(schema: Schema, value: list[Any], path: str) -> list[FieldError]:
    kind = schema.get("x-kubernetes-list-type")
    if kind not in ("set", "map"):
        return []
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    problems, seen = [], []
    for index, item in enumerate(value):
        identity = {k: item.get(k) for k in keys if k in item} if kind == "map" and isinstance(item, dict) else item
        if identity in seen:
            problems.append(field.duplicate(f"{path}[{index}]", identity))
        seen.append(identity)
    return problems
