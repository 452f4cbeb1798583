"""Emptiness and choice: default, empty, coalesce, ternary, all, any."""

from helmpy.annotations import Any
from helmpy.golang.function import Function
from helmpy.golang.types import Struct


def empty(value: Any) -> bool:
    """Whether a value is the zero value of its type: false, 0, "", nil, an empty list or map; never a struct."""
    if value is None:
        return True
    if isinstance(value, Struct) and not isinstance(value, (int, dict, list)):
        return False
    return not value


def default(fallback: Any, *given: Any) -> Any:
    """`given`, or `fallback` where it is empty or absent."""
    return fallback if not given or empty(given[0]) else given[0]


def coalesce(*values: Any) -> Any:
    """The first value that is not empty, or nil."""
    return next((value for value in values if not empty(value)), None)


def every(*values: Any) -> bool:
    """Whether no value is empty."""
    return not any(map(empty, values))


def some(*values: Any) -> bool:
    """Whether one value is not empty."""
    return not all(map(empty, values))


def ternary(if_true: Any, if_false: Any, condition: bool) -> Any:
    """One of two values."""
    return if_true if condition else if_false


TABLE = (
    Function("all", every, ("...any",), "bool"),
    Function("any", some, ("...any",), "bool"),
    Function("coalesce", coalesce, ("...any",), "any"),
    Function("default", default, ("any", "...any"), "any"),
    Function("empty", empty, ("any",), "bool"),
    Function("ternary", ternary, ("any", "any", "bool"), "any"),
)
