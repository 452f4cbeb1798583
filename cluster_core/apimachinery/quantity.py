"""Quantities of resources ("100m", "1.5Gi", "1e3"): exact arithmetic and Kubernetes' canonical text."""

from functools import lru_cache
from typing import NamedTuple

BINARY, DECIMAL, EXPONENT = "BinarySI", "DecimalSI", "DecimalExponent"

_SUFFIXES: dict[str, tuple[int, int, str]] = {
    **{s: (2, 10 * (i + 1), BINARY) for i, s in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))},
    **{
        s: (10, 3 * i, DECIMAL)
        for s, i in {"n": -3, "u": -2, "m": -1, "": 0, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}.items()
    },
}
_BINARY_NAMES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL_NAMES = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_NANO = 10**9
_MAXIMUM = ((1 << 63) - 1) * _NANO
_DIGITS = frozenset("0123456789")

FORMAT_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
SUFFIX_ERROR = "unable to parse quantity's suffix"


class QuantityError(ValueError):
    """Text that is no quantity; the message is Kubernetes'."""


class Quantity(NamedTuple):
    """An exact number in billionths (`nanos`) and the format that it was written in."""

    nanos: int
    format: str

    def __str__(self) -> str:
        return _text(self.nanos, self.format)


def _split(text: str) -> tuple[str, str]:
    start = 1 if text[:1] in ("+", "-") else 0
    end = start
    while end < len(text) and text[end] in _DIGITS:
        end += 1
    if end < len(text) and text[end] == ".":
        end += 1
        while end < len(text) and text[end] in _DIGITS:
            end += 1
    suffix_at = end
    while end < len(text) and text[end] in "eEinumkKMGTP":
        end += 1
    if end < len(text) and text[end] in "+-":
        end += 1
    while end < len(text) and text[end] in _DIGITS:
        end += 1
    if end != len(text):
        raise QuantityError(FORMAT_ERROR)
    return text[:suffix_at], text[suffix_at:]


def _scale(suffix: str) -> tuple[int, int, str]:
    known = _SUFFIXES.get(suffix)
    if known is not None:
        return known
    if len(suffix) > 1 and suffix[0] in "eE":
        try:
            exponent = int(suffix[1:])
        except ValueError:
            raise QuantityError(SUFFIX_ERROR) from None
        if abs(exponent) > 1000:
            raise QuantityError(SUFFIX_ERROR)
        return 10, exponent, EXPONENT
    raise QuantityError(SUFFIX_ERROR)


@lru_cache(maxsize=4096)
def parse(text: str) -> Quantity:
    """A quantity from its text; parts below 1n are rounded up, values beyond 2^63-1 capped. Raises QuantityError."""
    if not text:
        raise QuantityError(FORMAT_ERROR)
    number, suffix = _split(text)
    if number in ("", "+", "-"):
        raise QuantityError(FORMAT_ERROR)
    base, exponent, kind = _scale(suffix)
    negative = number.startswith("-")
    whole_part, _, part = number.lstrip("+-").partition(".")
    numerator, denominator = int(whole_part + part or "0") * _NANO, 10 ** len(part)
    if exponent < 0:
        denominator *= base**-exponent
    else:
        numerator *= base**exponent
    nanos = min(-(-numerator // denominator), _MAXIMUM)
    if kind == BINARY and 0 < nanos < _NANO:
        kind = DECIMAL
    return Quantity(-nanos if negative else nanos, kind)


def _text(nanos: int, kind: str) -> str:
    if nanos == 0:
        return "0"
    if kind == BINARY and abs(nanos) >= 1024 * _NANO and nanos % _NANO == 0:
        return _binary(nanos // _NANO)
    number, exponent = nanos, -9
    while number % 1000 == 0 and (exponent < 18 or kind == EXPONENT):
        number, exponent = number // 1000, exponent + 3
    if kind == EXPONENT:
        return f"{number}e{exponent}" if exponent else str(number)
    return f"{number}{_DECIMAL_NAMES[exponent]}"


def _binary(number: int) -> str:
    power = 0
    while number % 1024 == 0 and power < 6:
        number, power = number // 1024, power + 1
    return f"{number}{_BINARY_NAMES[power]}"


@lru_cache(maxsize=4096)
@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """The text under which a quantity is kept: its own if that is short enough to be taken for canonical. Raises QuantityError."""
    found = parse(text)
    return text if _is_kept(text) else str(found)


_DECIMAL_PRECISION, _BINARY_PRECISION = 18, 14


def _is_kept(text: str) -> bool:
    """Whether Kubernetes keeps the very text: it knows canonical quantities by a rule of thumb only ("+1" passes)."""
    if text == "0":
        return True
    number, suffix = _split(text)
    whole_part, _, part = number.lstrip("+-").partition(".")
    whole_part = whole_part.lstrip("0") or "0"
    digits = whole_part + part
    base, exponent, _ = _scale(suffix)
    if base == 2:
        fits = not part and len(digits) + exponent * 3 // 10 <= _BINARY_PRECISION
        return fits and int(digits) % 8 != 0
    scale = exponent - len(part)
    fits = len(digits) <= _DECIMAL_PRECISION and scale >= -9
    return fits and scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"


def of(value: object) -> Quantity:
    """A quantity from what an object may hold: text or a number."""
    return parse(value if isinstance(value, str) else _number_text(value))


def _number_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


@lru_cache(maxsize=4096)
def milli(text: str) -> int:
    """Thousandths, rounded up: the unit of cpu."""
    return -(-parse(text).nanos // 1_000_000)


@lru_cache(maxsize=4096)
def whole(text: str) -> int:
    """The whole number, rounded up: the unit of memory, storage and counts."""
    return -(-parse(text).nanos // _NANO)


def add(a: str, b: str) -> str:
    """The sum's canonical text, in the format of `a` (of `b` if `a` is zero)."""
    left, right = parse(a), parse(b)
    return _text(left.nanos + right.nanos, left.format if left.nanos else right.format)


def subtract(a: str, b: str) -> str:
    """The difference's canonical text, in the format of `a` (of `b` if `a` is zero)."""
    left, right = parse(a), parse(b)
    return _text(left.nanos - right.nanos, left.format if left.nanos else right.format)


def compare(a: str, b: str) -> int:
    """-1, 0 or 1."""
    left, right = parse(a).nanos, parse(b).nanos
    return (left > right) - (left < right)
