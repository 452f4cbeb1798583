"""Decimal numbers as the shopspring library behind addf, subf, mulf and divf computes them: exact, division to 16 places."""

import math
from dataclasses import dataclass
from fractions import Fraction

from helmpy.golang.strconv import format_float
from helmpy.golang.types import GoError

DIVISION_PLACES = 16
DIVISION_BY_ZERO = "decimal division by 0"


@dataclass(frozen=True, slots=True)
class Decimal:
    """coefficient · 10^exponent."""

    coefficient: int
    exponent: int

    def add(self, other: "Decimal") -> "Decimal":
        """The exact sum."""
        exponent = min(self.exponent, other.exponent)
        return Decimal(self._scaled(exponent) + other._scaled(exponent), exponent)

    def sub(self, other: "Decimal") -> "Decimal":
        """The exact difference."""
        return self.add(Decimal(-other.coefficient, other.exponent))

    def mul(self, other: "Decimal") -> "Decimal":
        """The exact product."""
        return Decimal(self.coefficient * other.coefficient, self.exponent + other.exponent)

    def div(self, other: "Decimal") -> "Decimal":
        """The quotient to 16 decimal places, half away from zero."""
        if other.coefficient == 0:
            raise GoError(DIVISION_BY_ZERO)
        quotient = self.to_fraction() / other.to_fraction() * 10**DIVISION_PLACES
        rounded = math.floor(abs(quotient) + Fraction(1, 2))
        return Decimal(rounded if quotient >= 0 else -rounded, -DIVISION_PLACES)

    def to_fraction(self) -> Fraction:
        """The exact value."""
        return Fraction(self.coefficient) * Fraction(10) ** self.exponent

    def to_float(self) -> float:
        """The nearest float64."""
        try:
            return float(self.to_fraction())
        except OverflowError:
            return math.copysign(math.inf, self.coefficient)

    def _scaled(self, exponent: int) -> int:
        return int(self.coefficient * 10 ** (self.exponent - exponent))


def from_float(number: float) -> Decimal:
    """The shortest decimal that reads back as `number`; raises GoError for NaN and infinities."""
    if not math.isfinite(number):
        raise GoError(f"Cannot create a Decimal from {format_float(number)}")
    mantissa, _, exponent = f"{number!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction.rstrip("0")
    return Decimal(int(whole + fraction), int(exponent or 0) - len(fraction))
