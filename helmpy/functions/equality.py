"""reflect.DeepEqual, and finding equal items in lists.

Called by `types` and `lists`. Types must match: int 1 differs from float64 1, a nil list from an empty one.
"""

from collections.abc import Iterable

from helmpy.annotations import Any
from helmpy.golang.types import Struct, kind_name, type_name

MAX_DEPTH = 300


def deep_equal(a: Any, b: Any, depth: int = 0) -> bool:
    """reflect.DeepEqual(a, b); structures deeper than MAX_DEPTH (cycles) count as equal from there on."""
    if a is None or b is None:
        return a is b
    if type_name(a) != type_name(b) or getattr(a, "GO_NIL", False) != getattr(b, "GO_NIL", False):
        return False
    if depth > MAX_DEPTH or (a is b and kind_name(a) in ("map", "slice", "ptr")):
        return True
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(deep_equal(a[key], b[key], depth + 1) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(deep_equal(x, y, depth + 1) for x, y in zip(a, b, strict=True))
    if isinstance(a, Struct) and not isinstance(a, int):
        return bool(a == b)
    return bool(a == b)


class EqualSet:
    """Values to be found again by DeepEqual; scalars are found by hash, so that long lists stay cheap."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._scalars: set[tuple[str, Any]] = set()
        self._others: list[Any] = []
        for value in values:
            self.add(value)

    def add(self, value: Any) -> None:
        if _hashable(value):
            self._scalars.add((type_name(value), value))
        else:
            self._others.append(value)

    def __contains__(self, value: Any) -> bool:
        if _hashable(value):
            return (type_name(value), value) in self._scalars and value == value
        return any(deep_equal(value, other) for other in self._others)


def _hashable(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float, bytes))
