"""Static types. Objects know their fields; `T(name)` are parameters of overloads, filled in by the checker."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Type:
    """`kind` is the name of a plain type, or list, map, type, object, opaque, param; `name` that of an object, opaque type or parameter."""

    kind: str
    name: str = ""
    params: tuple["Type", ...] = ()

    def __str__(self) -> str:
        if self.kind in ("object", "param"):
            return self.name
        shown = self.name if self.kind == "opaque" else self.kind
        return f"{shown}({', '.join(map(str, self.params))})" if self.params else shown


@dataclass(frozen=True, slots=True)
class ObjectType(Type):
    """An object with known fields; equal to others of its name."""

    fields: Callable[[], Mapping[str, Type]] = dict

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and other.kind == "object" and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


INT, UINT, DOUBLE, BOOL, STRING, BYTES = (Type(k) for k in ("int", "uint", "double", "bool", "string", "bytes"))
NULL, DYN, ERROR = Type("null"), Type("dyn"), Type("error")
TIMESTAMP, DURATION = Type("timestamp"), Type("duration")


def list_of(element: Type) -> Type:
    """A list's type."""
    return Type("list", "", (element,))


def map_of(key: Type, value: Type) -> Type:
    """A map's type."""
    return Type("map", "", (key, value))


def type_of(type: Type) -> Type:
    """The type of a type."""
    return Type("type", "", (type,))


def opaque(name: str, *params: Type) -> Type:
    """A type without visible parts."""
    return Type("opaque", name, params)


def optional(element: Type) -> Type:
    """`optional_type(element)`."""
    return opaque("optional_type", element)


def param(name: str) -> Type:
    """A parameter of an overload."""
    return Type("param", name)


def object_type(name: str, fields: Callable[[], Mapping[str, Type]]) -> Type:
    """An object's type; `fields` is called when first needed."""
    return ObjectType("object", name, (), fields)


class Substitutions:
    """What stands for each parameter, as far as known."""

    __slots__ = ("_known",)

    def __init__(self, known: dict[str, Type] | None = None) -> None:
        self._known = dict(known or {})

    def copy(self) -> "Substitutions":
        """Another of the same."""
        return Substitutions(self._known)

    def applied(self, type: Type, *, free_is_dyn: bool = False) -> Type:
        """The type with its parameters replaced."""
        if type.kind == "param":
            found = self._known.get(type.name)
            if found is None:
                return DYN if free_is_dyn else type
            return self.applied(found, free_is_dyn=free_is_dyn)
        if not type.params:
            return type
        params = tuple(self.applied(p, free_is_dyn=free_is_dyn) for p in type.params)
        return type if params == type.params else Type(type.kind, type.name, params)

    def assign(self, a: Type, b: Type) -> bool:
        """Whether `a` may stand where `b` is wanted; binds parameters on the way."""
        if b.kind == "param":
            valid, has_value = self._bind(a, b)
            if valid or has_value:
                return valid
        if a.kind == "param":
            return self._bind(b, a)[0]
        if "dyn" in (a.kind, b.kind) or "error" in (a.kind, b.kind):
            return True
        if a.kind == "null":
            return _is_nullable(b)
        if b.kind == "null":
            return _is_nullable(a)
        if a.kind == "type":
            return b.kind == "type"
        if a.kind in ("list", "map", "opaque"):
            same = (a.kind, a.name, len(a.params)) == (b.kind, b.name, len(b.params))
            return same and all(self.assign(x, y) for x, y in zip(a.params, b.params, strict=True))
        return a == b

    def _bind(self, value: Type, parameter: Type) -> tuple[bool, bool]:
        if value == parameter:
            return True, True
        known = self._known.get(parameter.name)
        if known is not None:
            if not self.assign(value, known):
                return False, True
            if not _occurs(value, parameter, self._known):
                self._known[parameter.name] = more_general(value, known)
            return True, True
        if _occurs(value, parameter, self._known):
            return False, False
        self._known[parameter.name] = value
        return True, False


def _occurs(value: Type, parameter: Type, known: dict[str, Type]) -> bool:
    if value == parameter:
        return True
    if value.kind == "param" and value.name in known:
        return _occurs(known[value.name], parameter, known)
    return any(_occurs(p, parameter, known) for p in value.params)


def _is_nullable(type: Type) -> bool:
    return type.kind in ("null", "object", "timestamp", "duration")


def more_general(a: Type, b: Type) -> Type:
    """The less specific one of two types that fit each other."""
    return a if _is_less_specific(a, b) else b


def _is_less_specific(a: Type, b: Type) -> bool:
    if a.kind in ("dyn", "param"):
        return True
    if b.kind in ("dyn", "param") or a.kind != b.kind or a.name != b.name or len(a.params) != len(b.params):
        return False
    return all(_is_less_specific(x, y) for x, y in zip(a.params, b.params, strict=True))
