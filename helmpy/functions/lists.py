"""List functions. Each comes as `name` and `mustName`; both fail with the same text, since Go's panics are caught.

A function that returns nothing for an empty list returns a nil list, which JSON writes as null.
"""

import math
from collections.abc import Callable

from helmpy.annotations import Any
from helmpy.functions.conversions import float_to_int, to_int
from helmpy.functions.defaults import empty
from helmpy.functions.equality import EqualSet
from helmpy.golang.function import Function
from helmpy.golang.limits import check_items
from helmpy.golang.types import GoError, NilList, SliceSlice, Uint8, kind_name

NIL_POINTER = "runtime error: invalid memory address or nil pointer dereference"
LENGTH_OUT_OF_RANGE = "runtime error: makeslice: len out of range"


def items_of(value: Any, complaint: str) -> list[Any]:
    """The items of a slice; anything else raises GoError(`complaint` with the Go kind filled in)."""
    if value is None:
        raise GoError(NIL_POINTER)
    if isinstance(value, list):
        return value
    if isinstance(value, bytes):
        return [Uint8(byte) for byte in value]
    raise GoError(complaint.format(kind_name(value)))


def make_list(*values: Any) -> list[Any]:
    """The arguments as a list."""
    return list(values)


def push(values: Any, item: Any) -> list[Any]:
    """A new list with `item` at the end."""
    return [*items_of(values, "Cannot push on type {}"), item]


def prepend(values: Any, item: Any) -> list[Any]:
    """A new list with `item` at the start."""
    return [item, *items_of(values, "Cannot prepend on type {}")]


def chunk(size: int, values: Any) -> SliceSlice:
    """Lists of `size` items, the last one shorter."""
    items = items_of(values, "Cannot chunk type {}")
    chunks = _chunk_count(len(items), size)
    if chunks < 0 or (size < 0 and chunks > 0):
        raise GoError(LENGTH_OUT_OF_RANGE)
    return SliceSlice([list(items[i * size : (i + 1) * size]) for i in range(chunks)])


def _chunk_count(length: int, size: int) -> int:
    """Go's floating-point count: division by zero gives an infinity, which converts to the least int64."""
    if size == 0:
        return float_to_int(math.inf)
    return math.floor((length - 1) / size) + 1


def first(values: Any) -> Any:
    """The first item, nil if there is none."""
    items = items_of(values, "Cannot find first on type {}")
    return items[0] if items else None


def last(values: Any) -> Any:
    """The last item, nil if there is none."""
    items = items_of(values, "Cannot find last on type {}")
    return items[-1] if items else None


def rest(values: Any) -> list[Any]:
    """All but the first item."""
    items = items_of(values, "Cannot find rest on type {}")
    return list(items[1:]) if items else NilList()


def initial(values: Any) -> list[Any]:
    """All but the last item."""
    items = items_of(values, "Cannot find initial on type {}")
    return list(items[:-1]) if items else NilList()


def reverse(values: Any) -> list[Any]:
    """The items in reverse order."""
    return list(items_of(values, "Cannot find reverse on type {}")[::-1])


def compact(values: Any) -> list[Any]:
    """Without empty items."""
    return [item for item in items_of(values, "Cannot compact on type {}") if not empty(item)]


def uniq(values: Any) -> list[Any]:
    """Without repeated items."""
    seen = EqualSet()
    out = []
    for item in items_of(values, "Cannot find uniq on type {}"):
        if item not in seen:
            seen.add(item)
            out.append(item)
    return out


def without(values: Any, *unwanted: Any) -> list[Any]:
    """Without the items equal to one of `unwanted`."""
    omitted = EqualSet(unwanted)
    return [item for item in items_of(values, "Cannot find without on type {}") if item not in omitted]


def has(needle: Any, haystack: Any) -> bool:
    """Whether a list holds an equal item; nil holds nothing."""
    return haystack is not None and needle in EqualSet(items_of(haystack, "Cannot find has on type {}"))


def cut(values: Any, *indices: Any) -> Any:
    """Items from the first index up to the second one; nil for an empty list."""
    items = items_of(values, "list should be type of slice or array but {}")
    if not items:
        return None
    start = to_int(indices[0]) if indices else 0
    end = to_int(indices[1]) if len(indices) > 1 else len(items)
    if not 0 <= start <= end <= len(items):
        raise GoError("reflect.Value.Slice: slice index out of bounds")
    part = values[start:end]
    return part if isinstance(values, bytes) else type(values)(part)


def concat(*lists: Any) -> list[Any]:
    """All items of all lists."""
    out = [item for values in lists for item in items_of(values, "Cannot concat type {} as list")]
    check_items(len(out), "concat")
    return out or NilList()


def _twice(name: str, call: Callable[..., Any], params: tuple[str, ...], returns: str) -> tuple[Function, Function]:
    """A function under its own name and under its `must` name."""
    must = "must" + name[0].upper() + name[1:]
    return Function(name, call, params, returns), Function(must, call, params, returns)


TABLE = (
    *_twice("append", push, ("any", "any"), "[]any"),
    *_twice("chunk", chunk, ("int", "any"), "[][]any"),
    *_twice("compact", compact, ("any",), "[]any"),
    Function("concat", concat, ("...any",), "any"),
    *_twice("first", first, ("any",), "any"),
    *_twice("has", has, ("any", "any"), "bool"),
    *_twice("initial", initial, ("any",), "[]any"),
    *_twice("last", last, ("any",), "any"),
    Function("list", make_list, ("...any",), "[]any"),
    *_twice("prepend", prepend, ("any", "any"), "[]any"),
    *_twice("push", push, ("any", "any"), "[]any"),
    *_twice("rest", rest, ("any",), "[]any"),
    *_twice("reverse", reverse, ("any",), "[]any"),
    *_twice("slice", cut, ("any", "...any"), "any"),
    Function("tuple", make_list, ("...any",), "[]any"),
    *_twice("uniq", uniq, ("any",), "[]any"),
    *_twice("without", without, ("any", "...any"), "[]any"),
)
