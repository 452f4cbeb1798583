"""Objects of Kubernetes' own kinds against their types: every fault at once, by field.

Called by `check`. The server's typed decoding stops at the first fault; this goes on, and it also knows which fields are
required. What a kind's validation says beyond types (ranges, names, references) is the server's business.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cluster_core.api.schema.shapes import Kind, Shape
from helmpy.schemas.positions import FieldPath
from helmpy.values import spelling

_DEFAULTED = frozenset(
    {("RoleRef", "apiGroup"), ("NetworkPolicySpec", "podSelector"), ("StatefulSetSpec", "serviceName")}
)
"""Fields that the schema calls required although the server fills them in or does without."""


class Fault(NamedTuple):
    """What is wrong with one field."""

    path: FieldPath
    text: str


def faults(shape: Shape, obj: dict[str, Any]) -> Iterator[Fault]:
    """Everything in an object that its type does not allow. A null counts as absent."""
    return _value(shape, obj, ())


def expected(wanted: str, value: Any) -> str:
    """The text for a value of the wrong type."""
    return f"expected {wanted}, got {type_of(value)}"


def type_of(value: Any) -> str:
    """What JSON Schema calls the type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def unknown_field(name: str, known: Any) -> str:
    """The text for a field that the type does not have."""
    near = spelling.closest(name, known)
    return f'unknown field; did you mean "{near}"?' if near else "unknown field"


def _value(shape: Shape, value: Any, path: FieldPath) -> Iterator[Fault]:
    if value is None or shape.kind == Kind.ANY:
        return
    if shape.kind in _COLLECTIONS:
        wanted, type_, inside = _COLLECTIONS[shape.kind]
        if isinstance(value, type_):
            yield from inside(shape, value, path)
        else:
            yield Fault(path, expected(wanted, value))
        return
    text = _SCALARS[shape.kind](shape, value)
    if text:
        yield Fault(path, text)


def _struct(shape: Shape, value: dict[str, Any], path: FieldPath) -> Iterator[Fault]:
    fields = shape.fields
    for name, item in value.items():
        field = fields.get(name)
        if field is not None:
            yield from _value(field.shape, item, (*path, name))
        elif fields:
            yield Fault((*path, name), unknown_field(name, fields.keys() - value.keys()))
    for name, field in fields.items():
        if field.required and value.get(name) is None and (shape.name, name) not in _DEFAULTED:
            yield Fault((*path, name), "required field is missing")


def _list(shape: Shape, value: list[Any], path: FieldPath) -> Iterator[Fault]:
    assert shape.element is not None
    for index, item in enumerate(value):
        yield from _value(shape.element, item, (*path, index))


def _map(shape: Shape, value: dict[str, Any], path: FieldPath) -> Iterator[Fault]:
    assert shape.element is not None
    for key, item in value.items():
        yield from _value(shape.element, item, (*path, key))


# --- scalars: the fault of a value, or nothing ------------------------------------------------------------------------


def _string(_shape: Shape, value: Any) -> str:
    return "" if isinstance(value, str) else expected("string", value)


def _integer(shape: Shape, value: Any) -> str:
    if type_of(value) != "integer":
        return expected("integer", value)
    limit = 1 << (shape.bits - 1)
    return "" if -limit <= value < limit else f"{int(value)} does not fit into {shape.bits} bits"


def _boolean(_shape: Shape, value: Any) -> str:
    return "" if isinstance(value, bool) else expected("boolean", value)


def _number(_shape: Shape, value: Any) -> str:
    return "" if type_of(value) in ("integer", "number") else expected("number", value)


def _quantity(_shape: Shape, value: Any) -> str:
    from cluster_core.apimachinery import quantity

    if type_of(value) not in ("string", "integer", "number"):
        return expected("quantity", value)
    try:
        quantity.parse(value.strip()) if isinstance(value, str) else quantity.of(value)
    except quantity.QuantityError:
        return f'"{value}" is no quantity (such as 500m, 2 or 1.5Gi)'
    return ""


def _int_or_string(_shape: Shape, value: Any) -> str:
    return "" if type_of(value) in ("integer", "string") else expected("integer or string", value)


def _time(_shape: Shape, value: Any) -> str:
    from cluster_core.apimachinery import timestamps

    if not isinstance(value, str):
        return expected("time", value)
    try:
        timestamps.parse(value)
    except ValueError:
        return f'"{value}" is no time (such as 2030-01-02T15:04:05Z)'
    return ""


def _bytes(_shape: Shape, value: Any) -> str:
    import binascii

    if not isinstance(value, str):
        return expected("string", value)
    try:
        binascii.a2b_base64(value.replace("\n", "").replace("\r", ""), strict_mode=True)
    except ValueError:
        return "value is not base64"
    return ""


_COLLECTIONS: dict[Kind, tuple[str, type, Callable[[Shape, Any, FieldPath], Iterator[Fault]]]] = {
    Kind.STRUCT: ("object", dict, _struct),
    Kind.LIST: ("array", list, _list),
    Kind.MAP: ("object", dict, _map),
}
_SCALARS: dict[Kind, Callable[[Shape, Any], str]] = {
    Kind.STRING: _string,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.NUMBER: _number,
    Kind.QUANTITY: _quantity,
    Kind.INT_OR_STRING: _int_or_string,
    Kind.TIME: _time,
    Kind.MICRO_TIME: _time,
    Kind.BYTES: _bytes,
}
