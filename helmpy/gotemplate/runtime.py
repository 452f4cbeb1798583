"""What generated code calls: reading fields, calling methods, iterating, printing.

Fields are map keys or what a Struct names; nothing else of a Python object can be reached. Must not know of templates.
"""

from collections.abc import Iterator

from helmpy.annotations import Any, NoReturn
from helmpy.golang.fmt import sorted_keys, value_text
from helmpy.golang.function import Function
from helmpy.golang.strconv import quote
from helmpy.golang.types import GoError, Struct, Uint8, kind_name, type_name
from helmpy.gotemplate.arguments import GO_NAMES, NIL_EXPRESSIONS, NIL_MAKERS, check, in_interface
from helmpy.gotemplate.errors import OperationError

_INTEGERS = frozenset(
    {"int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr"}
)
# Methods, and the zero value of missing keys, of each class of map seen so far.
_MAPS: dict[type, tuple[Any, Any]] = {dict: ((), None)}


def fail(text: str) -> NoReturn:
    """An error that was clear when the template was compiled."""
    raise OperationError(text)


def text(value: Any) -> str:
    """What an action prints."""
    if type(value) is str:
        return value
    if value is None:
        return "<no value>"
    kind = kind_name(value)
    if kind == "ptr" and isinstance(value, Struct) and not value.STRINGER:
        # The template follows pointers before it prints.
        return value_text(value)[1:]
    return value_text(value)


def field_text(value: Any) -> str:
    """What an action prints of a field or variable: String() methods of the pointer apply too."""
    if type(value) is str:
        return value
    return str(value) if getattr(type(value), "POINTER_STRINGER", False) else text(value)


# --- fields ----------------------------------------------------------------------------------------------------------


def field(receiver: Any, names: tuple[str, ...], nested: Any = False) -> Any:
    """`.x.y.z` of a value; a missing key is nil, and a field of such a nil an error."""
    if receiver is None and not in_interface(nested):
        return None
    value = receiver
    for name in names:
        known = _MAPS.get(type(value))
        if known is None or name in known[0]:
            return _walk(receiver, names, nested)
        value = value.get(name, known[1])
    return value


def field_strict(receiver: Any, names: tuple[str, ...], nested: Any = False) -> Any:
    """As `field`, but a missing key is an error."""
    if receiver is None and not in_interface(nested):
        raise OperationError(f"nil data; no entry for key {quote(names[0])}")
    value = receiver
    for index, name in enumerate(names):
        known = _MAPS.get(type(value))
        if known is None or name in known[0]:
            value, nested = _step(value, name, nested if index == 0 else True)
            continue
        if name not in value:
            raise OperationError(f"map has no entry for key {quote(name)}")
        value = value[name]
    return value


def _walk(value: Any, names: tuple[str, ...], nested: Any) -> Any:
    for name in names:
        value, nested = _step(value, name, nested)
    return value


def _step(value: Any, name: str, nested: Any) -> tuple[Any, bool]:
    """One field of any value, and whether it came out of an interface."""
    kind = type(value)
    if value is None:
        raise OperationError(f"nil pointer evaluating interface {{}}.{name}")
    methods = getattr(kind, "GO_METHODS", None)
    if methods and name in methods:
        return _call(_bound(value, name), name), True
    if isinstance(value, dict):
        known = _MAPS.setdefault(kind, (getattr(kind, "GO_METHODS", ()), getattr(kind, "GO_ZERO", None)))
        return value.get(name, known[1]), known[1] is None
    if isinstance(value, Struct) and name in value.GO_FIELDS:
        return getattr(value, value.GO_FIELDS[name]), False
    shown = "interface {}" if in_interface(nested) else type_name(value)
    raise OperationError(f"can't evaluate field {name} in type {shown}")


# --- methods ---------------------------------------------------------------------------------------------------------


def _bound(value: Any, name: str) -> Function:
    kind = type(value)
    returns = getattr(kind, "GO_RETURNS", {}).get(name)
    params = getattr(kind, "GO_PARAMS", {}).get(name, ())
    call = getattr(value, kind.GO_METHODS[name])
    return Function(name, call, params, "any" if returns is None else ",".join(returns))


def _call(function: Function, name: str) -> Any:
    """A method without arguments."""
    _check_method(function, 0, 0)
    try:
        return function.call()
    except GoError as error:
        raise OperationError(f"error calling {name}: ", error) from None


def _check_method(function: Function, count: int, explicit: int) -> None:
    params = function.params
    if params and params[-1].startswith("..."):
        if count < len(params) - 1:
            wanted = len(params) - 1
            raise OperationError(f"wrong number of args for {function.name}: want at least {wanted} got {explicit}")
    elif count != len(params):
        raise OperationError(f"wrong number of args for {function.name}: want {len(params)} got {count}")
    results = function.returns.split(",")
    if len(results) == 2 and results[1] != "error":
        shown = GO_NAMES.get(results[1], results[1])
        raise OperationError(
            f"invalid function signature for {function.name}: second return value should be error; is {shown}"
        )
    if len(results) > 2:
        raise OperationError(f"function {function.name} has {len(results)} return values; should be 1 or 2")


def method(receiver: Any, name: str, count: int, explicit: int, nested: Any) -> Function:
    """The method that is about to be called with arguments."""
    if receiver is None:
        if in_interface(nested):
            raise OperationError(f"nil pointer evaluating interface {{}}.{name}")
        return Function(name, lambda *arguments: None, ("...any",))
    methods = getattr(type(receiver), "GO_METHODS", None)
    if methods and name in methods:
        function = _bound(receiver, name)
        _check_method(function, count, explicit)
        return function
    if isinstance(receiver, dict):
        raise OperationError(f"{name} is not a method but has arguments")
    if isinstance(receiver, Struct) and name in receiver.GO_FIELDS:
        raise OperationError(f"{name} has arguments but cannot be invoked as function")
    shown = "interface {}" if in_interface(nested) else type_name(receiver)
    raise OperationError(f"can't evaluate field {name} in type {shown}")


def _parameter(function: Function, index: int) -> str:
    params = function.params
    if params[-1].startswith("...") and index >= len(params) - 1:
        return params[-1][3:]
    return params[index]


def method_argument(function: Function, index: int, value: Any, nested: Any) -> Any:
    """A value as the argument of a method."""
    return check(value, _parameter(function, index), nested)


_EXPECTED = {"string": "string", "bool": "bool", "int": "integer", "uint": "unsigned integer", "float64": "float"}


def method_nil(function: Function, index: int) -> Any:
    """nil, written as such, as the argument of a method."""
    type_ = _parameter(function, index)
    if type_ != "any" and type_ not in NIL_EXPRESSIONS:
        raise OperationError(f"cannot assign nil to {GO_NAMES.get(type_, type_)}")
    return check(None, type_)


def method_literal(function: Function, index: int, kinds: dict[str, Any]) -> Any:
    """A literal as the argument of a method; `kinds` holds what it is as each type."""
    type_ = _parameter(function, index)
    if type_ == "any":
        return kinds["any"]
    family = "int" if type_.startswith("int") or type_ == "duration" else "uint" if type_.startswith("uint") else type_
    value = kinds.get(family)
    if value is not None:
        return value
    if family in _EXPECTED:
        raise OperationError(f"expected {_EXPECTED[family]}; found {kinds['text']}")
    raise OperationError(f"can't handle {kinds['text']} for arg of type {GO_NAMES.get(type_, type_)}")


# --- ranges ----------------------------------------------------------------------------------------------------------


def items(value: Any) -> Any:
    """What a range without an index goes through: elements, map values in the order of their keys, or 0 … n-1."""
    kind = type(value)
    if kind is list:
        return value
    if kind is dict:
        return [value[key] for key in sorted_keys(value)]
    if kind is int:
        return range(value)
    if value is None:
        return ()
    name = kind_name(value)
    if name == "map":
        return [value[key] for key in sorted_keys(value)]
    if isinstance(value, bytes):
        return [Uint8(byte) for byte in value]
    if name == "slice":
        return value
    if name in _INTEGERS:
        return _TypedRange(value)
    shown = value_text(value).removeprefix("&") if name == "ptr" else value_text(value)
    raise OperationError(f"range can't iterate over {shown}")


class _TypedRange:
    """0 … n-1 in the type of n, made one by one: a chart may ask for any n."""

    def __init__(self, end: int) -> None:
        self.end = end

    def __len__(self) -> int:
        return max(self.end, 0)

    def __iter__(self) -> Iterator[int]:
        return map(type(self.end), range(self.end))


def pairs(value: Any) -> Any:
    """What a range with an index goes through."""
    kind = kind_name(value)
    if value is None:
        return ()
    if kind == "map":
        return [(key, value[key]) for key in sorted_keys(value)]
    if kind in _INTEGERS:
        raise OperationError(f"can't use {value_text(value)} to iterate over more than one variable")
    return list(enumerate(items(value)))


HELPERS: dict[str, Any] = {
    "__builtins__": {"str": str, "bool": bool, "int": int, "float": float, "dict": dict, "list": list, "type": type},
    "fail": fail,
    "text": text,
    "field_text": field_text,
    "field": field,
    "method": method,
    "method_argument": method_argument,
    "method_nil": method_nil,
    "method_literal": method_literal,
    "check": check,
    **NIL_MAKERS,
}
