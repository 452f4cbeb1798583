"""Go's own template functions: comparison, len, index, print, printf, escaping. `slice` is there too, though Sprig hides it.

Called by generated code. `and` and `or` are compiled; their entries only say that they exist.
"""

from collections.abc import Callable

from helmpy.annotations import Any
from helmpy.golang.fmt import sprint, sprintf, sprintln, value_text
from helmpy.golang.function import Function
from helmpy.golang.strconv import is_print
from helmpy.golang.types import (
    GoError,
    Uint8,
    go_bytes,
    go_string,
    kind_name,
    type_name,
)
from helmpy.gotemplate.arguments import in_interface

_BAD_COMPARISON = "invalid type for comparison"
_BASIC: dict[str, str] = {
    "bool": "bool",
    "string": "string",
    "float32": "float",
    "float64": "float",
    "complex64": "complex",
    "complex128": "complex",
    **dict.fromkeys(("int", "int8", "int16", "int32", "int64"), "int"),
    **dict.fromkeys(("uint", "uint8", "uint16", "uint32", "uint64", "uintptr"), "uint"),
}
_INTEGERS = frozenset({"int", "uint"})


# --- comparison ------------------------------------------------------------------------------------------------------


def eq(first: Any, *others: Any) -> bool:
    """Whether the first equals any of the others."""
    if not others:
        raise GoError("missing argument for comparison")
    return any(_equal(first, other) for other in others)


def _equal(first: Any, other: Any) -> bool:
    kind = type(first)
    if kind is type(other) and kind in (str, int, float, bool):
        return bool(first == other)
    basic, wanted = _BASIC.get(kind_name(first)), _BASIC.get(kind_name(other))
    if basic != wanted:
        if basic in _INTEGERS and wanted in _INTEGERS:
            return int(first) == int(other)
        if first is not None and other is not None:
            raise GoError(f"incompatible types for comparison: {type_name(first)} and {type_name(other)}")
        return False
    if basic is not None:
        return bool(first == other)
    return _equal_composite(first, other)


def _equal_composite(first: Any, other: Any) -> bool:
    if first is None or other is None:
        return _is_nil(first) and _is_nil(other)
    if kind_name(first) != kind_name(other):
        raise GoError(
            f"non-comparable types {_bad_string(first)}: {type_name(first)}, {type_name(other)}: {value_text(other)}"
        )
    if _is_nil(first) or _is_nil(other):
        return _is_nil(first) and _is_nil(other)
    if kind_name(other) in ("slice", "map", "func"):
        raise GoError(f"non-comparable type {_bad_string(other)}: {type_name(other)}")
    return first is other or (kind_name(first) == "struct" and bool(first == other))


def _is_nil(value: Any) -> bool:
    return value is None or getattr(type(value), "GO_NIL", False)


def _bad_string(value: Any) -> str:
    """Go formats the value with %s."""
    return sprintf("%s", value)


def ne(first: Any, other: Any) -> bool:
    """Whether the two differ."""
    return not eq(first, other)


def lt(first: Any, other: Any) -> bool:
    """Whether the first is less; strings compare bytewise."""
    basic, wanted = _BASIC.get(kind_name(first)), _BASIC.get(kind_name(other))
    if basic is None or wanted is None:
        raise GoError(_BAD_COMPARISON)
    if basic != wanted and not (basic in _INTEGERS and wanted in _INTEGERS):
        raise GoError(f"incompatible types for comparison: {type_name(first)} and {type_name(other)}")
    if basic in ("bool", "complex"):
        raise GoError(_BAD_COMPARISON)
    if basic == "string":
        return go_bytes(first) < go_bytes(other)
    return bool(first < other)


def le(first: Any, other: Any) -> bool:
    """Whether the first is less or equal."""
    return lt(first, other) or eq(first, other)


def gt(first: Any, other: Any) -> bool:
    """Whether the first is greater."""
    return not le(first, other)


def ge(first: Any, other: Any) -> bool:
    """Whether the first is greater or equal."""
    return not lt(first, other)


def not_(value: Any) -> bool:
    """The opposite of the value's truth."""
    return not value


# --- containers ------------------------------------------------------------------------------------------------------


def length(value: Any, nested: Any = False) -> int:
    """len: bytes of a string, elements of a list or map."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(go_bytes(value))
    if value is None:
        if in_interface(nested):
            raise GoError("len of nil pointer")
        raise GoError("reflect: call of reflect.Value.Type on zero Value")
    if kind_name(value) in ("slice", "map"):
        return len(value)
    raise GoError(f"len of type {_pointed(value)}")


def _pointed(value: Any) -> str:
    return type_name(value).removeprefix("*")


def index(item: Any, *indexes: Any) -> Any:
    """`index x 1 "a"`: x[1]["a"]; a missing key gives the zero value."""
    if item is None:
        raise GoError("index of untyped nil")
    for step in indexes:
        if item is None:
            raise GoError("index of nil pointer")
        item = _element(item, step)
    return item


def _element(item: Any, step: Any) -> Any:
    kind = kind_name(item)
    if kind == "map":
        return _entry(item, step)
    if isinstance(item, str):
        data = go_bytes(item)
        return Uint8(data[_position(step, len(data), kind="string")])
    if kind == "slice":
        at = _position(step, len(item))
        return Uint8(item[at]) if isinstance(item, bytes) else item[at]
    raise GoError(f"can't index item of type {_pointed(item)}")


def _entry(item: dict[str, Any], key: Any) -> Any:
    if key is None:
        raise GoError("value is nil; should be of type string")
    if kind_name(key) != "string":
        raise GoError(f"value has type {type_name(key)}; should be string")
    return item.get(key, getattr(type(item), "GO_ZERO", None))


def _position(step: Any, size: int, *, end: bool = False, kind: str = "slice") -> int:
    """An index checked against the size (`end`: which may also be the size itself, as in slices)."""
    if step is None:
        raise GoError("cannot index slice/array with nil")
    if _BASIC.get(kind_name(step)) not in _INTEGERS:
        raise GoError(f"cannot index slice/array with type {type_name(step)}")
    if step < 0 or step > size:
        raise GoError(f"index out of range: {int(step)}")
    if step == size and not end:
        raise GoError(f"reflect: {kind} index out of range")
    return int(step)


def slice_(item: Any, *indexes: Any) -> Any:
    """`slice x 1 2`: x[1:2]."""
    if item is None:
        raise GoError("slice of untyped nil")
    if len(indexes) > 3:
        raise GoError(f"too many slice indexes: {len(indexes)}")
    is_text = isinstance(item, str)
    if is_text and len(indexes) == 3:
        raise GoError("cannot 3-index slice a string")
    if not is_text and kind_name(item) != "slice":
        raise GoError(f"can't slice item of type {type_name(item)}")
    data: Any = go_bytes(item) if is_text else item
    bounds = [0, len(data), len(data)]
    for place, step in enumerate(indexes):
        bounds[place] = _position(step, len(data), end=True)
    for low, high in ((bounds[0], bounds[1]), (bounds[1], bounds[2])):
        if low > high:
            raise GoError(f"invalid slice index: {low} > {high}")
    part = data[bounds[0] : bounds[1]]
    return go_string(part) if is_text else type(item)(part)


def call(name: str | None, function: Any, *arguments: Any) -> Any:
    """call: charts hold no function values, so this always fails. `name` is None for a piped value."""
    if function is None:
        raise GoError("call of nil")
    if name is None:
        name = function if isinstance(function, str) else f"<{type_name(function)} Value>"
    raise GoError(f"non-function {name} of type {type_name(function)}")


# --- text ------------------------------------------------------------------------------------------------------------


def _joined(values: tuple[Any, ...]) -> str:
    """The operands as the escaping functions print them."""
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return sprint(*("<no value>" if value is None else value for value in values)) if values else ""


_HTML = {0: "\ufffd", ord('"'): "&#34;", ord("'"): "&#39;", ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
_JAVASCRIPT = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def html(*values: Any) -> str:
    """Text escaped for HTML."""
    return _joined(values).translate(_HTML)


def js(*values: Any) -> str:
    """Text escaped for JavaScript."""
    return "".join(map(_javascript, _joined(values)))


def _javascript(char: str) -> str:
    if char in _JAVASCRIPT:
        return _JAVASCRIPT[char]
    if "\ud800" <= char <= "\udfff":
        return char  # a stray byte passes for U+FFFD, which can be printed
    if char < " " or not is_print(char):
        return f"\\u{ord(char):04X}" if char != "\x7f" else char
    return char


def urlquery(*values: Any) -> str:
    """Text escaped for the query of a URL."""
    from urllib.parse import quote_plus

    return quote_plus(go_bytes(_joined(values)), safe="")


def _functions() -> dict[str, Callable[..., Any]]:
    return {
        "and": lambda *values: None,
        "call": call,
        "eq": eq,
        "ge": ge,
        "gt": gt,
        "html": html,
        "index": index,
        "js": js,
        "le": le,
        "len": length,
        "lt": lt,
        "ne": ne,
        "not": not_,
        "or": lambda *values: None,
        "print": sprint,
        "printf": sprintf,
        "println": sprintln,
        "slice": slice_,
        "urlquery": urlquery,
    }


_PARAMS: dict[str, tuple[str, ...]] = {
    "call": ("any", "...any"),
    "index": ("any", "...any"),
    "slice": ("any", "...any"),
    "eq": ("any", "...any"),
    "and": ("any", "...any"),
    "or": ("any", "...any"),
    "printf": ("string", "...any"),
    **dict.fromkeys(("print", "println", "html", "js", "urlquery"), ("...any",)),
    **dict.fromkeys(("ne", "lt", "le", "gt", "ge"), ("any", "any")),
    **dict.fromkeys(("not", "len"), ("any",)),
}
_RETURNS = {
    **dict.fromkeys(("print", "printf", "println", "html", "js", "urlquery"), "string"),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge", "not"), "bool"),
    "len": "int",
}

BUILTINS = {
    name: Function(name, function, _PARAMS[name], _RETURNS.get(name, "any")) for name, function in _functions().items()
}
