"""Values at run time, where Python has no type of its own for them. Maps are dicts, lists are lists, optional values `Optional`."""

from typing import Any, NamedTuple

NANOS = 1_000_000_000


class UInt(int):
    """An unsigned number; `1 == 1u`, but no arithmetic mixes them."""

    __slots__ = ()


class Timestamp(NamedTuple):
    """A moment, in nanoseconds since 1970."""

    nanos: int


class Duration(NamedTuple):
    """A time span, in nanoseconds."""

    nanos: int


class TypeValue(NamedTuple):
    """A type as a value: what `type(x)` gives."""

    name: str


class Optional(NamedTuple):
    """A value that may be there: a tuple of it, or an empty one."""

    held: tuple[Any, ...] = ()


NOTHING = Optional()


class SetList(list[Any]):
    """A list whose order does not matter (`x-kubernetes-list-type: set`)."""


class KeyedList(list[Any]):
    """A list of objects that keys identify (`x-kubernetes-list-type: map`)."""

    keys: tuple[str, ...] = ()

    def identity(self, item: Any) -> tuple[Any, ...]:
        """What identifies an item."""
        return tuple(item.get(key) for key in self.keys) if isinstance(item, dict) else (item,)


def type_name(value: Any) -> str:
    """The name of a value's type."""
    if value is None:
        return "null_type"
    for kind, name in _NAMES:
        if isinstance(value, kind):
            return name
    return getattr(value, "cel_type", "dyn")


_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "bool"), (UInt, "uint"), (int, "int"), (float, "double"), (str, "string"), (bytes, "bytes"),
    (list, "list"), (dict, "map"), (Timestamp, "google.protobuf.Timestamp"), (Duration, "google.protobuf.Duration"),
    (TypeValue, "type"), (Optional, "optional_type"),
)  # fmt: skip


def equal(a: Any, b: Any) -> bool:
    """Equality across numbers, element by element in lists and maps; never true across other types."""
    if isinstance(a, bool) or isinstance(b, bool):
        return isinstance(a, bool) and isinstance(b, bool) and a == b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    if isinstance(a, list) and isinstance(b, list):
        return _equal_lists(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return len(a) == len(b) and all(key in b and equal(value, b[key]) for key, value in a.items())
    if isinstance(a, Optional) and isinstance(b, Optional):
        return len(a.held) == len(b.held) and all(map(equal, a.held, b.held))
    return type(a) is type(b) and bool(a == b)


def _equal_lists(a: list[Any], b: list[Any]) -> bool:
    if len(a) != len(b):
        return False
    for one, other in ((a, b), (b, a)):
        if isinstance(one, SetList):
            return all(contains(other, item) for item in one)
        if isinstance(one, KeyedList):
            known = {one.identity(item): item for item in other}
            return all(one.identity(item) in known and equal(item, known[one.identity(item)]) for item in one)
    return all(map(equal, a, b))


def contains(items: list[Any], wanted: Any) -> bool:
    """Whether a list has the value."""
    return any(equal(item, wanted) for item in items)


def joined(a: list[Any], b: list[Any]) -> list[Any]:
    """`a + b`: sets and keyed lists merge."""
    if isinstance(a, SetList):
        return SetList([*a, *(item for item in b if not contains(a, item))])
    if isinstance(a, KeyedList):
        merged = {a.identity(item): item for item in a}
        merged.update((a.identity(item), item) for item in b)
        result = KeyedList(merged.values())
        result.keys = a.keys
        return result
    return [*a, *b]
