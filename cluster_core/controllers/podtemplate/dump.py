"""A pod template printed as Go's spew prints it with `%#v`: the bytes that the pod-template-hash is taken of.

One printer per Go type, built on first use and kept. A printer gives the value without its type; a field is printed as
`Name:(type)value`. Empty lists and maps print as nil, since they do not survive storage.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from cluster_core.controllers.podtemplate import layout
from cluster_core.controllers.podtemplate.quantity_dump import dump_quantity

Printer = Callable[[Any], str]

_SCALARS = frozenset(("string", "bool", "int", "int32", "int64"))
_ZERO_TIME = "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"


def dump_template(template: dict[str, Any]) -> str:
    """`(v1.PodTemplateSpec){ObjectMeta:(v1.ObjectMeta){...} Spec:(v1.PodSpec){...}}`."""
    return "(v1.PodTemplateSpec)" + printer("PodTemplateSpec")(template)


@cache
def type_name(go_type: str) -> str:
    """A type as spew names it: "[]Container" -> "[]v1.Container"."""
    if go_type.startswith("[]"):
        return "[]" + type_name(go_type[2:])
    if go_type.startswith("*"):
        return "*" + type_name(go_type[1:])
    if go_type.startswith("map["):
        key, _, value = go_type[4:].partition("]")
        return f"map[{type_name(key)}]{type_name(value)}"
    return go_type if go_type in _SCALARS or "." in go_type else "v1." + go_type


@cache
def printer(go_type: str) -> Printer:
    """The printer of one Go type (None, or absent, is its zero value)."""
    if go_type.startswith("*"):
        raise ValueError("pointers are printed by their field")
    if go_type in _SPECIAL:
        return _SPECIAL[go_type]
    underlying = layout.named().get(go_type, go_type)
    if underlying.startswith("[]"):
        return _list_printer(underlying[2:])
    if underlying.startswith("map["):
        return _map_printer(underlying.partition("]")[2])
    if underlying in _SCALARS:
        return {"string": _string, "bool": _bool}.get(underlying, _integer)
    return _struct_printer(go_type)


def _string(value: Any) -> str:
    return value or ""


def _bool(value: Any) -> str:
    return "true" if value else "false"


def _integer(value: Any) -> str:
    return str(int(value)) if value else "0"


def _time(_: Any) -> str:
    return _ZERO_TIME


def _int_or_string(value: Any) -> str:
    if isinstance(value, str):
        return "{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)" + value + "}"
    return "{Type:(intstr.Type)0 IntVal:(int32)" + _integer(value) + " StrVal:(string)}"


_SPECIAL: dict[str, Printer] = {
    "Time": _time,
    "types.UID": _string,
    "intstr.IntOrString": _int_or_string,
    "resource.Quantity": dump_quantity,
    "FieldsV1": lambda _: "{Raw:([]uint8)<nil>}",
}


def _list_printer(element: str) -> Printer:
    one = printer(element)
    return lambda values: "[" + " ".join(map(one, values)) + "]" if values else "<nil>"


def _map_printer(element: str) -> Printer:
    one = printer(element)

    def dump(values: Any) -> str:
        if not values:
            return "<nil>"
        return "map[" + " ".join(f"{key}:{one(values[key])}" for key in sorted(values)) + "]"

    return dump


def _struct_printer(go_type: str) -> Printer:
    fields: list[tuple[str, Callable[[dict[str, Any]], str]]] = []

    def dump(value: Any) -> str:
        if not fields:
            fields.extend((f"{f.name}:", _field_printer(f)) for f in layout.structs()[go_type])
        value = value or {}
        return "{" + " ".join([label + show(value) for label, show in fields]) + "}"

    return dump


def _field_printer(field: layout.Field) -> Callable[[dict[str, Any]], str]:
    key = field.json
    if field.type.startswith("*"):
        nil, some = f"({type_name(field.type)})<nil>", f"(*{type_name(field.type[1:])})"
        target = printer(field.type[1:])
        return lambda owner: nil if owner.get(key) is None else some + target(owner[key])
    prefix, show = f"({type_name(field.type)})", printer(field.type)
    if not key:
        return lambda owner: prefix + show(owner)
    return lambda owner: prefix + show(owner.get(key))
