"""Turns the field schemas of built-in kinds into the types that server-side apply walks by."""

from functools import cache
from typing import Any

from cluster_core.api.schema import Field, Kind, Shape
from cluster_core.apimachinery.managed_fields.types import (
    ANYTHING,
    ATOMIC,
    GRANULAR,
    KEYED,
    LIST,
    MAP,
    SCALAR,
    SET,
    Type,
)

_SCALARS = {
    Kind.STRING: "string",
    Kind.BYTES: "string",
    Kind.INTEGER: "numeric",
    Kind.NUMBER: "numeric",
    Kind.BOOLEAN: "boolean",
}
_KEY_DEFAULTS = {"protocol": "TCP"}


@cache
def type_of(shape: Shape) -> Type:
    """The type of a shape wherever it stands."""
    return _build(shape, None)


def _field_type(field: Field) -> Type:
    if field.shape.kind in (Kind.STRUCT, Kind.MAP) and not field.atomic:
        return type_of(field.shape)
    return _build(field.shape, field)


def _build(shape: Shape, field: Field | None) -> Type:
    kind = shape.kind
    if kind == Kind.STRUCT:
        atomic = (field is not None and field.atomic) or bool(shape.struct and shape.struct.atomic)
        return Type(
            MAP,
            ATOMIC if atomic else GRANULAR,
            load_fields=lambda: {n: _field_type(f) for n, f in shape.fields.items()},
        )
    if kind == Kind.MAP:
        atomic = field is not None and field.atomic
        return Type(MAP, ATOMIC if atomic else GRANULAR, load_element=lambda: _element(shape))
    if kind == Kind.LIST:
        return _list(shape, field)
    if kind == Kind.ANY:
        if shape.go == "runtime.RawExtension":
            return Type(MAP, ATOMIC, load_element=lambda: ANYTHING, open=True)
        return ANYTHING
    return Type(SCALAR, scalar=_SCALARS.get(kind, "untyped"))


def _element(shape: Shape) -> Type:
    return type_of(shape.element) if shape.element is not None else ANYTHING


def _list(shape: Shape, field: Field | None) -> Type:
    list_type = field.list_type if field is not None else ""
    relation = {"map": KEYED, "set": SET}.get(list_type, ATOMIC)
    keys = field.map_keys if field is not None else ()
    defaults = _key_defaults(shape, keys)
    return Type(LIST, relation, load_element=lambda: _element(shape), keys=keys, key_defaults=defaults)


def _key_defaults(shape: Shape, keys: tuple[str, ...]) -> dict[str, Any]:
    """Key fields of built-in kinds default to their zero value, protocols to TCP."""
    fields = shape.element.fields if shape.element is not None else {}
    zeros = {k: 0 if k in fields and fields[k].shape.kind == Kind.INTEGER else "" for k in keys}
    return {k: _KEY_DEFAULTS.get(k, v) for k, v in zeros.items()}
