"""Reflection: typeOf, kindOf and their tests, deepEqual."""

from typing import Any

from helmpy.functions.equality import deep_equal
from helmpy.golang.function import Function
from helmpy.golang.types import kind_name, type_name


def type_is(wanted: str, value: Any) -> bool:
    """Whether the value has exactly this Go type."""
    return wanted == type_name(value)


def type_is_like(wanted: str, value: Any) -> bool:
    """Whether the value has this Go type, or is a pointer to it."""
    return type_name(value) in (wanted, f"*{wanted}")


def kind_is(wanted: str, value: Any) -> bool:
    """Whether the value has this Go kind."""
    return wanted == kind_name(value)


def _deep_equal(a: Any, b: Any) -> bool:
    return deep_equal(a, b)


TABLE = (
    Function("deepEqual", _deep_equal, ("any", "any"), "bool"),
    Function("kindIs", kind_is, ("string", "any"), "bool"),
    Function("kindOf", kind_name, ("any",), "string"),
    Function("typeIs", type_is, ("string", "any"), "bool"),
    Function("typeIsLike", type_is_like, ("string", "any"), "bool"),
    Function("typeOf", type_name, ("any",), "string"),
)
