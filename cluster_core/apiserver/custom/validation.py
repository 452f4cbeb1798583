"""Checks custom objects against their schema, worded as the API server words it."""

from typing import Any

from cluster_core.apimachinery import field
from cluster_core.apimachinery.field import FieldError
from cluster_core.apiserver.custom import formats
from cluster_core.apiserver.custom.structural import EMBEDDED, INT_OR_STRING

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
        is_number = isinstance(value, float) and schema.get("type") == "integer"
        return [
            problem,
            *_enum_problems(schema, value, path),
            *(_number_problems(schema, value, path) if is_number else ()),
        ]
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
    form = schema.get("format", "")
    if form and not formats.fits(form, value):
        text = f"Invalid value: {field.value_text(value)}: {path} in body must be of type {form}: {field.value_text(value)}"
        problems.append(FieldError(path or "<nil>", field.TYPE_INVALID, text))
    return problems


def _matches(pattern: str, value: str) -> bool:
    import re2

    try:
        return re2.search(pattern, value) is not None
    except re2.error:
        return True


def _number_problems(schema: Schema, value: float, path: str) -> list[FieldError]:
    problems = _range_problems(schema, value, path)
    factor = schema.get("multipleOf")
    if factor and value % factor:
        problems.append(_invalid(path, value, f"should be a multiple of {_number(factor)}"))
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
    return problems


def _range_problems(schema: Schema, value: float, path: str) -> list[FieldError]:
    """Whole numbers, and of as many bits as the format says."""
    if schema.get("type") != "integer":
        return []
    form = schema.get("format", "")
    bits = {"int32": 31, "int64": 63}.get(form, 63)
    if float(value).is_integer() and -(1 << bits) <= value < 1 << bits:
        return []
    shown = f"with format {form}" if form else "(default format)"
    return [field.invalid("<nil>", "", f"Checked value must be of type integer {shown} in {path}")]


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
    if schema.get(EMBEDDED):
        problems += [field.required(f"{path}.{name}") for name in ("apiVersion", "kind") if not value.get(name)]
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
    problems = _any_problems(schema, value, path) + _one_problems(schema, value, path)
    found = [_validate(part, value, path) for part in schema.get("allOf") or ()]
    for each in found:
        problems += each
    if any(found):
        problems.append(
            _whole(path, "must validate all the schemas (allOf)" + ("" if [] in found else ". None validated"))
        )
    if "not" in schema and not _validate(schema["not"], value, path):
        problems.append(_whole(path, "must not validate the schema (not)"))
    return problems


def _whole(path: str, text: str) -> FieldError:
    """A problem of the combination of schemas, which the original knows no field for."""
    return field.invalid("<nil>", "", f'"{path}" {text}')


def _any_problems(schema: Schema, value: Any, path: str) -> list[FieldError]:
    found = [_validate(part, value, path) for part in schema.get("anyOf") or ()]
    if not found or [] in found:
        return []
    return [_whole(path, "must validate at least one schema (anyOf)"), *min(found, key=len)]


def _one_problems(schema: Schema, value: Any, path: str) -> list[FieldError]:
    found = [_validate(part, value, path) for part in schema.get("oneOf") or ()]
    fitting = found.count([])
    if not found or fitting == 1:
        return []
    text = "must validate one and only one schema (oneOf). "
    if fitting:
        return [_whole(path, f"{text}Found {fitting} valid alternatives")]
    return [_whole(path, f"{text}Found none valid"), *min(found, key=len)]


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
