"""Numbers from anything: int, int64, float64, atoi, toDecimal, as the cast library behind Sprig converts.

Never fails: what cannot be converted is 0.
"""

import math

from helmpy.annotations import Any
from helmpy.golang import fmt, strconv
from helmpy.golang.function import Function
from helmpy.golang.types import (
    INT64_MAX,
    INT64_MIN,
    GoError,
    Int32,
    Int64,
    Uint8,
    Uint32,
    Uint64,
    wrap64,
)

_INTEGERS = frozenset((int, Int64, Int32, Uint8, Uint32, Uint64, bool))


def _is_integer(value: Any) -> bool:
    """Whether cast knows the type: plain numbers, months and weekdays, but no other named type (a duration)."""
    return type(value) in _INTEGERS or getattr(value, "CASTS_TO_INT", False)


def float_to_int(number: float) -> int:
    """Go's int64(float64): toward zero; what does not fit becomes the least int64, as on amd64."""
    if math.isfinite(number) and INT64_MIN <= (whole := int(number)) <= INT64_MAX:
        return whole
    return INT64_MIN


def to_int(value: Any) -> int:
    """cast.ToInt."""
    if _is_integer(value):
        return wrap64(int(value))
    if isinstance(value, float):
        return float_to_int(value)
    return _parse_integer(value) if isinstance(value, str) else 0


def to_int64(value: Any) -> Int64:
    """cast.ToInt64."""
    return Int64(to_int(value))


def to_float64(value: Any) -> float:
    """cast.ToFloat64."""
    if _is_integer(value) or isinstance(value, float):
        return float(value)
    if not isinstance(value, str):
        return 0.0
    try:
        return strconv.parse_float(value)
    except GoError:
        return 0.0


def atoi(text: str) -> int:
    """strconv.Atoi: decimal only; out of range gives the nearest int64, other bad text 0."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdecimal()):
        return 0
    if len(digits.lstrip("0")) > 19:
        return INT64_MIN if text[0] == "-" else INT64_MAX
    return max(INT64_MIN, min(INT64_MAX, int(text)))


def to_decimal(value: Any) -> Int64:
    """A value's text read as an octal number."""
    return Int64(_parse_or_zero(fmt.sprint(value), 8))


def _parse_integer(text: str) -> int:
    tail = text[len(text.rstrip("0.")) :]
    point = tail.rfind(".", 0, max(tail.rfind("0"), 0))
    return _parse_or_zero(text[: len(text) - len(tail) + point] if point >= 0 else text, 0)


def _parse_or_zero(text: str, base: int) -> int:
    try:
        return strconv.parse_int(text, base)
    except GoError:
        return 0


TABLE = (
    Function("atoi", atoi, ("string",), "int"),
    Function("float64", to_float64, ("any",), "float64"),
    Function("int", to_int, ("any",), "int"),
    Function("int64", to_int64, ("any",), "int64"),
    Function("toDecimal", to_decimal, ("any",), "int64"),
)
