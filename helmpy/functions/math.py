"""Arithmetic: 64-bit integers that wrap around, decimal arithmetic for the *f functions, rounding, sequences."""

import math
from collections.abc import Callable
from typing import Any

from helmpy.functions import decimal
from helmpy.functions.conversions import to_float64, to_int64
from helmpy.functions.decimal import Decimal
from helmpy.golang.function import Function
from helmpy.golang.limits import check_items
from helmpy.golang.types import GoError, Int64, IntSlice, wrap64

DIVIDE_BY_ZERO = "runtime error: integer divide by zero"


def add(*values: Any) -> Int64:
    """The sum."""
    return Int64(wrap64(sum(map(to_int64, values))))


def add1(value: Any) -> Int64:
    """One more."""
    return add(value, 1)


def sub(a: Any, b: Any) -> Int64:
    """The difference."""
    return Int64(wrap64(to_int64(a) - to_int64(b)))


def mul(value: Any, *values: Any) -> Int64:
    """The product."""
    product = int(to_int64(value))
    for factor in values:
        product = wrap64(product * to_int64(factor))
    return Int64(product)


def div(a: Any, b: Any) -> Int64:
    """The quotient, toward zero."""
    return Int64(wrap64(_divide(to_int64(a), to_int64(b))[0]))


def mod(a: Any, b: Any) -> Int64:
    """The remainder, with the sign of `a`."""
    return Int64(_divide(to_int64(a), to_int64(b))[1])


def _divide(a: int, b: int) -> tuple[int, int]:
    if b == 0:
        raise GoError(DIVIDE_BY_ZERO)
    quotient = abs(a) // abs(b)
    quotient = quotient if (a < 0) == (b < 0) else -quotient
    return quotient, a - quotient * b


def largest(value: Any, *values: Any) -> Int64:
    """The largest integer."""
    return max(map(to_int64, (value, *values)))


def smallest(value: Any, *values: Any) -> Int64:
    """The smallest integer."""
    return min(map(to_int64, (value, *values)))


def maxf(value: Any, *values: Any) -> float:
    """math.Max over all: NaN wins, +0 beats -0."""
    return _extreme(max, (value, *values), zero_sign=1.0)


def minf(value: Any, *values: Any) -> float:
    """math.Min over all: NaN wins, -0 beats +0."""
    return _extreme(min, (value, *values), zero_sign=-1.0)


def _extreme(choose: Callable[[list[float]], float], values: tuple[Any, ...], zero_sign: float) -> float:
    numbers = [to_float64(value) for value in values]
    if any(map(math.isnan, numbers)):
        return next((number for number in numbers if math.isinf(number) and number * zero_sign > 0), math.nan)
    chosen = choose(numbers)
    if chosen == 0 and any(number == 0 and math.copysign(1, number) == zero_sign for number in numbers):
        return math.copysign(0.0, zero_sign)
    return chosen


def addf(*values: Any) -> float:
    """The sum, in decimal arithmetic."""
    return _fold(Decimal.add, 0, values)


def add1f(value: Any) -> float:
    """One more, in decimal arithmetic."""
    return _fold(Decimal.add, value, (1,))


def subf(value: Any, *values: Any) -> float:
    """The difference, in decimal arithmetic."""
    return _fold(Decimal.sub, value, values)


def mulf(value: Any, *values: Any) -> float:
    """The product, in decimal arithmetic."""
    return _fold(Decimal.mul, value, values)


def divf(value: Any, *values: Any) -> float:
    """The quotient, to 16 decimal places."""
    return _fold(Decimal.div, value, values)


def _fold(operation: Callable[[Decimal, Decimal], Decimal], start: Any, values: tuple[Any, ...]) -> float:
    result = decimal.from_float(to_float64(start))
    for value in values:
        result = operation(result, decimal.from_float(to_float64(value)))
    return result.to_float()


def floor(value: Any) -> float:
    """math.Floor."""
    return _whole(math.floor, to_float64(value))


def ceil(value: Any) -> float:
    """math.Ceil."""
    return _whole(math.ceil, to_float64(value))


def _whole(rounding: Callable[[float], int], number: float) -> float:
    if not math.isfinite(number):
        return number
    return math.copysign(float(rounding(number)), number)


def round_to(value: Any, places: int, *threshold: float) -> float:
    """To `places` decimals: up where the fraction of value·10^places reaches the threshold (0.5), else down."""
    power = _power_of_ten(places)
    scaled = power * to_float64(value)
    fraction = math.modf(scaled)[0] if math.isfinite(scaled) else math.nan
    whole = _whole(math.ceil if fraction >= (threshold[0] if threshold else 0.5) else math.floor, scaled)
    if power == 0:
        return math.nan if whole == 0 or math.isnan(whole) else math.copysign(math.inf, whole)
    return whole / power


def _power_of_ten(exponent: int) -> float:
    """math.Pow(10, exponent): repeated squaring of the mantissa, with the same rounding errors as Go's."""
    power, power_exponent = 1.0, 0
    mantissa, mantissa_exponent = math.frexp(10.0)
    remaining = abs(exponent)
    while remaining and mantissa_exponent <= 1 << 12:
        if remaining & 1:
            power *= mantissa
            power_exponent += mantissa_exponent
        mantissa, mantissa_exponent = mantissa * mantissa, mantissa_exponent * 2
        if mantissa < 0.5:
            mantissa, mantissa_exponent = mantissa * 2, mantissa_exponent - 1
        remaining >>= 1
    if remaining:
        return 0.0 if exponent < 0 else math.inf
    if exponent < 0:
        power, power_exponent = 1 / power, -power_exponent
    try:
        return math.ldexp(power, power_exponent)
    except OverflowError:
        return math.inf


def until(count: int) -> IntSlice:
    """0, 1, … up to but not including `count`; downwards if that is negative."""
    return until_step(0, count, -1 if count < 0 else 1)


def until_step(start: int, stop: int, step: int) -> IntSlice:
    """From `start` to before `stop`; nothing if the step leads away or is 0."""
    if step == 0 or (step > 0) == (stop < start):
        return IntSlice()
    numbers = range(start, stop, step)
    check_items(-((start - stop) // step) if step else 0, "until")
    return IntSlice(numbers)


def seq(*params: int) -> str:
    """`seq end`, `seq start end`, `seq start step end`, as the shell's: the end is included."""
    if not 1 <= len(params) <= 3:
        return ""
    start, end = (1, params[0]) if len(params) == 1 else (params[0], params[-1])
    direction = -1 if end < start else 1
    step = params[1] if len(params) == 3 else direction
    if direction < 0 < step:
        return ""
    return " ".join(map(str, until_step(start, end + direction, step)))


TABLE = (
    Function("add", add, ("...any",), "int64"),
    Function("add1", add1, ("any",), "int64"),
    Function("add1f", add1f, ("any",), "float64"),
    Function("addf", addf, ("...any",), "float64"),
    Function("biggest", largest, ("any", "...any"), "int64"),
    Function("ceil", ceil, ("any",), "float64"),
    Function("div", div, ("any", "any"), "int64"),
    Function("divf", divf, ("any", "...any"), "float64"),
    Function("floor", floor, ("any",), "float64"),
    Function("max", largest, ("any", "...any"), "int64"),
    Function("maxf", maxf, ("any", "...any"), "float64"),
    Function("min", smallest, ("any", "...any"), "int64"),
    Function("minf", minf, ("any", "...any"), "float64"),
    Function("mod", mod, ("any", "any"), "int64"),
    Function("mul", mul, ("any", "...any"), "int64"),
    Function("mulf", mulf, ("any", "...any"), "float64"),
    Function("round", round_to, ("any", "int", "...float64"), "float64"),
    Function("seq", seq, ("...int",), "string"),
    Function("sub", sub, ("any", "any"), "int64"),
    Function("subf", subf, ("any", "...any"), "float64"),
    Function("until", until, ("int",), "[]int"),
    Function("untilStep", until_step, ("int", "int", "int"), "[]int"),
)
