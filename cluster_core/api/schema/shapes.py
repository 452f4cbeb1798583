"""Shapes: what a value of one API type looks like, built from the definitions on first use.

Readers: `decode`, server-side apply and strategic merge patch (list and map kinds, merge keys), pruning. A shape is shared and never
changed after it was built.
"""

from enum import IntEnum
from functools import cache, cached_property
from typing import Any

from cluster_core.api.schema.definitions import DEFAULT_VERSION, definitions, kinds
from cluster_core.apimachinery.gvk import GVK


class Kind(IntEnum):
    """The kinds of value."""

    STRING = 0
    INTEGER = 1
    BOOLEAN = 2
    NUMBER = 3
    STRUCT = 4
    LIST = 5
    MAP = 6
    QUANTITY = 7
    INT_OR_STRING = 8
    TIME = 9
    MICRO_TIME = 10
    BYTES = 11
    ANY = 12


_SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": (Kind.QUANTITY, "resource.Quantity"),
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": (Kind.INT_OR_STRING, "intstr.IntOrString"),
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": (Kind.TIME, "v1.Time"),
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": (Kind.MICRO_TIME, "v1.MicroTime"),
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": (Kind.ANY, "v1.FieldsV1"),
    "io.k8s.apimachinery.pkg.runtime.RawExtension": (Kind.ANY, "runtime.RawExtension"),
}
_ZERO: dict[Kind, Any] = {
    Kind.STRING: "",
    Kind.INTEGER: 0,
    Kind.BOOLEAN: False,
    Kind.NUMBER: 0,
    Kind.QUANTITY: "0",
    Kind.INT_OR_STRING: 0,
}
"""What an absent value is written as where it must be written; null for the rest."""


class Shape:
    """One type. `go` is its Go name as errors show it; `bits` the width of an integer; `element` of a list or map."""

    __slots__ = ("bits", "definition", "element", "go", "kind", "name", "struct")

    def __init__(self, kind: Kind, go: str, *, bits: int = 0, element: "Shape | None" = None) -> None:
        self.kind = kind
        self.go = go
        self.bits = bits
        self.element = element
        self.struct: _Struct | None = None
        self.name = go.rpartition(".")[2]

    @property
    def fields(self) -> "dict[str, Field]":
        """JSON name -> field of a struct; empty for other kinds."""
        return self.struct.fields if self.struct else {}

    def __repr__(self) -> str:
        return f"Shape({self.go})"


class Field:
    """One field of a struct: its shape, what is written when it is empty, and how a list or map of it merges.

    `keep`: a zero value that was given is kept. `merge_key` and `patch_strategies` rule strategic merge patches; `list_type`
    ("atomic" "set" "map"), `map_keys` and `atomic` rule server-side apply. `required`: the schema calls it so.
    `null`: absent is null rather than zero.
    """

    __slots__ = (
        "atomic",
        "keep",
        "list_type",
        "map_keys",
        "merge_key",
        "name",
        "null",
        "patch_strategies",
        "required",
        "shape",
        "written",
    )

    def __init__(self, name: str, shape: Shape, raw: dict[str, Any], required: bool, marks: str) -> None:
        kind = shape.kind
        self.name = name
        self.shape = shape
        self.required = required
        self.written = "=" in marks or "!" in marks or (required and "?" not in marks)
        if kind == Kind.STRUCT:
            self.written = "=" in marks
        elif kind > Kind.MAP and kind != Kind.BYTES:
            self.written = "!" in marks
        self.null = "*" in marks
        self.keep = self.null or self.written or kind in (Kind.STRUCT, Kind.QUANTITY, Kind.INT_OR_STRING, Kind.ANY)
        self.merge_key: str = raw.get("x-kubernetes-patch-merge-key", "")
        self.patch_strategies: tuple[str, ...] = tuple(
            filter(None, raw.get("x-kubernetes-patch-strategy", "").split(","))
        )
        self.list_type: str = raw.get("x-kubernetes-list-type", "")
        self.map_keys: tuple[str, ...] = tuple(raw.get("x-kubernetes-list-map-keys", ()))
        self.atomic: bool = raw.get("x-kubernetes-map-type") == "atomic" or self.list_type == "atomic"


class _Struct:
    """The fields of a struct, resolved on first use (types may contain themselves)."""

    def __init__(self, version: str, name: str, raw: dict[str, Any]) -> None:
        self._version = version
        self._name = name
        self._raw = raw

    @cached_property
    def atomic(self) -> bool:
        return self._raw.get("x-kubernetes-map-type") == "atomic"

    @cached_property
    def fields(self) -> dict[str, Field]:
        marks = _presence().get(_short_name(self._name), {})
        required = set(self._raw.get("required") or ())
        top = "x-kubernetes-group-version-kind" in self._raw
        found = {}
        for name, raw in self._raw.get("properties", {}).items():
            mark, go = marks.get(name, ("", ""))
            if top and name in ("metadata", "spec", "status"):
                mark = "" if mark == "*" else "="
            found[name] = Field(name, _shape_of(self._version, raw, go), raw, name in required, mark)
        return found

    @cached_property
    def written(self) -> tuple[Field, ...]:
        """The fields that are always written."""
        return tuple(field for field in self.fields.values() if field.written)


def _short_name(name: str) -> str:
    """As in the presence table: "core.v1.Pod", "meta.v1.ObjectMeta"."""
    return ".".join(name.rsplit(".", 3)[1:])


@cache
def _presence() -> dict[str, dict[str, tuple[str, str]]]:
    """Type -> field -> (marks, Go type name)."""
    from cluster_core.api.schema.presence import PRESENCE

    table = {}
    for line in PRESENCE.splitlines():
        name, *entries = line.split(" ")
        table[name] = dict(map(_presence_entry, entries))
    return table


def _presence_entry(entry: str) -> tuple[str, tuple[str, str]]:
    field, _, go = entry.partition(":")
    name = field.rstrip("*!?=")
    return name, (field[len(name) :], go)


@cache
def shape_named(name: str, version: str = DEFAULT_VERSION) -> Shape:
    """The shape of a definition such as "io.k8s.api.core.v1.PodSpec". Raises KeyError."""
    raw = definitions(version)[name]
    if name in _SPECIAL:
        kind, go = _SPECIAL[name]
        return Shape(kind, go)
    go = ".".join(name.rsplit(".", 2)[1:])
    if "properties" not in raw and raw.get("type") is None:
        return Shape(Kind.ANY, go)
    shape = Shape(Kind.STRUCT, go)
    shape.struct = _Struct(version, name, raw)
    return shape


def shape_for(gvk: GVK, version: str = DEFAULT_VERSION) -> Shape | None:
    """The shape of a kind's objects in a Kubernetes minor, or None if that minor has no such kind."""
    name = kinds(version).get((gvk.group, gvk.version, gvk.kind))
    return shape_named(name, version) if name else None


_SCALARS = {"string": Kind.STRING, "integer": Kind.INTEGER, "boolean": Kind.BOOLEAN, "number": Kind.NUMBER}
_SCALAR_GO = {Kind.STRING: "string", Kind.BOOLEAN: "bool", Kind.NUMBER: "float64"}


def _shape_of(version: str, raw: dict[str, Any], go: str = "") -> Shape:
    reference = raw.get("$ref")
    if reference:
        return shape_named(reference.rpartition("/")[2], version)
    type_ = raw.get("type")
    if isinstance(type_, list):
        type_ = type_[0]
    if type_ == "array":
        element = _shape_of(version, raw["items"], go.removeprefix("[]") if go.startswith("[]") else "")
        return Shape(Kind.LIST, go or f"[]{element.go}", element=element)
    if type_ == "object":
        return _map_shape(version, raw, go)
    return _scalar_shape(raw, type_, go)


def _map_shape(version: str, raw: dict[str, Any], go: str) -> Shape:
    if "additionalProperties" not in raw:
        return Shape(Kind.ANY, go or "runtime.RawExtension")
    value_go = go.partition("]")[2] if go.startswith("map[") else ""
    element = _shape_of(version, raw["additionalProperties"], value_go)
    return Shape(Kind.MAP, go or f"map[string]{element.go}", element=element)


def _scalar_shape(raw: dict[str, Any], type_: str | None, go: str) -> Shape:
    if raw.get("format") == "byte":
        return Shape(Kind.BYTES, "[]uint8")
    kind = _SCALARS.get(type_ or "")
    if kind is None:
        return Shape(Kind.ANY, go or "interface {}")
    if kind == Kind.INTEGER:
        bits = 32 if raw.get("format") == "int32" else 64
        return Shape(kind, go or f"int{bits}", bits=bits)
    return Shape(kind, go or _SCALAR_GO[kind])


def zero(shape: Shape) -> Any:
    """What an absent value of this shape is written as where it must be written (a fresh value)."""
    if shape.kind == Kind.STRUCT:
        assert shape.struct is not None
        return {field.name: empty(field) for field in shape.struct.written}
    return _ZERO.get(shape.kind)


def empty(field: Field) -> Any:
    """What a field that is always written holds when nothing was given (a fresh value)."""
    return None if field.null else zero(field.shape)
