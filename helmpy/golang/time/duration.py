"""time.Duration: a whole number of nanoseconds with a text form such as 1h2m3.5s.

Used by the date functions and `time.instant`. Must not know of clocks or zones.
"""

import math
from collections.abc import Mapping
from typing import ClassVar

from helmpy.golang.types import INT64_MAX, INT64_MIN, GoError, Int64, Struct, go_bytes, wrap64

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_UNITS = {
    "ns": 1,
    "us": 1000,
    "µs": 1000,
    "μs": 1000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
}
_LIMIT = 1 << 63
_DIGITS = "0123456789"


class Duration(Int64, Struct):
    """Nanoseconds."""

    GO_TYPE = "time.Duration"  # type: ignore[misc]
    GO_KIND = "int64"  # type: ignore[misc]
    STRINGER: ClassVar[bool] = True
    GO_METHODS: ClassVar[Mapping[str, str]] = {
        "Abs": "abs",
        "Hours": "hours",
        "Microseconds": "microseconds",
        "Milliseconds": "milliseconds",
        "Minutes": "minutes",
        "Nanoseconds": "nanoseconds",
        "Round": "round",
        "Seconds": "seconds",
        "String": "__str__",
        "Truncate": "truncate",
    }
    GO_PARAMS: ClassVar[Mapping[str, tuple[str, ...]]] = {"Round": ("duration",), "Truncate": ("duration",)}

    def __str__(self) -> str:
        """Go's text: "0s", "1.5µs", "1h0m0s"."""
        sign, nanos = ("-", -int(self)) if self < 0 else ("", int(self))
        if nanos < SECOND:
            unit, scale = next((u, s) for u, s in (("ns", 1), ("µs", 1000), ("ms", 1_000_000)) if nanos < s * 1000)
            return f"{sign}{_decimal(nanos, scale)}{unit}" if nanos else "0s"
        minutes, rest = divmod(nanos, MINUTE)
        text = f"{_decimal(rest, SECOND)}s"
        if minutes:
            hours, minutes = divmod(minutes, 60)
            text = f"{hours}h{minutes}m{text}" if hours else f"{minutes}m{text}"
        return sign + text

    __repr__ = __str__

    def go_json(self) -> int:
        """A plain number."""
        return int(self)

    def go_text(self) -> str:
        """What TOML and yaml.v3 hold of it."""
        return str(self)

    def abs(self) -> "Duration":
        """Without its sign; the least duration becomes the greatest."""
        return Duration(min(abs(int(self)), INT64_MAX))

    def hours(self) -> float:
        """In hours."""
        return self._in(HOUR)

    def minutes(self) -> float:
        """In minutes."""
        return self._in(MINUTE)

    def seconds(self) -> float:
        """In seconds."""
        return self._in(SECOND)

    def milliseconds(self) -> Int64:
        """Whole milliseconds, toward zero."""
        return Int64(_quotient(self, 1_000_000))

    def microseconds(self) -> Int64:
        """Whole microseconds, toward zero."""
        return Int64(_quotient(self, 1000))

    def nanoseconds(self) -> Int64:
        """The number itself."""
        return Int64(self)

    def truncate(self, unit: int) -> "Duration":
        """To a multiple of `unit`, toward zero; unchanged if that is not positive."""
        return self if unit <= 0 else Duration(_quotient(self, unit) * unit)

    def round(self, unit: int) -> "Duration":
        """To the nearest multiple of `unit`, halves away from zero; unchanged if that is not positive."""
        if unit <= 0:
            return self
        multiple = (2 * abs(int(self)) + unit) // (2 * unit) * unit
        return Duration(max(INT64_MIN, min(INT64_MAX, multiple if self > 0 else -multiple)))

    def _in(self, unit: int) -> float:
        whole = _quotient(self, unit)
        return float(whole) + float(int(self) - whole * unit) / unit


def _quotient(number: int, unit: int) -> int:
    quotient = abs(int(number)) // unit
    return quotient if number >= 0 else -quotient


def _decimal(number: int, scale: int) -> str:
    """number / scale with no trailing zeros."""
    whole, fraction = divmod(number, scale)
    digits = str(scale + fraction)[1:].rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def quote(text: str) -> str:
    """The time package's own quoting for error messages: bytes beyond printable ASCII as \\xNN."""
    out: list[str] = []
    for char in text:
        if char < " " or char >= "\x80":
            out.extend(f"\\x{byte:02x}" for byte in go_bytes(char))
        else:
            out.append("\\" + char if char in '"\\' else char)
    return f'"{"".join(out)}"'


def parse(text: str) -> Duration:
    """time.ParseDuration: "1h-30m" and the like; raises GoError with Go's text."""
    invalid = GoError(f"time: invalid duration {quote(text)}")
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return Duration(0)
    if not rest:
        raise invalid
    total = 0
    while rest:
        whole, fraction, unit_name, rest = _split_term(rest)
        if not (whole or fraction):
            raise invalid
        if not unit_name:
            raise GoError(f"time: missing unit in duration {quote(text)}")
        if unit_name not in _UNITS:
            raise GoError(f"time: unknown unit {quote(unit_name)} in duration {quote(text)}")
        unit = _UNITS[unit_name]
        number = int(whole.lstrip("0")[:30] or 0)
        if number * unit > _LIMIT:
            raise invalid
        total += number * unit + _fraction(fraction, unit)
        if total > _LIMIT:
            raise invalid
    if text[0] == "-":
        return Duration(wrap64(-total))
    if total > INT64_MAX:
        raise invalid
    return Duration(total)


def _split_term(text: str) -> tuple[str, str, str, str]:
    """Digits, digits after a point, unit, rest: "1.5h30m" to ("1", "5", "h", "30m")."""
    rest = text.lstrip(_DIGITS)
    whole, fraction = text[: len(text) - len(rest)], ""
    if rest.startswith("."):
        after = rest[1:]
        rest = after.lstrip(_DIGITS)
        fraction = after[: len(after) - len(rest)]
    end = next((i for i, char in enumerate(rest) if char in _DIGITS or char == "."), len(rest))
    return whole, fraction, rest[:end], rest[end:]


def _fraction(digits: str, unit: int) -> int:
    """The part after the point in nanoseconds; digits beyond 63 bits are dropped, as Go does."""
    value, scale = 0, 1.0
    for digit in digits:
        if value > INT64_MAX // 10 or value * 10 + int(digit) > _LIMIT:
            break
        value = value * 10 + int(digit)
        scale *= 10
    return int(float(value) * (float(unit) / scale)) if value else 0


def from_seconds(seconds: float) -> Duration:
    """A number of seconds; raises GoError where it does not fit."""
    if isinstance(seconds, int):
        if abs(seconds) > INT64_MAX // SECOND:
            raise GoError(f"duration seconds overflow: {int(seconds)}")
        return Duration(seconds * SECOND)
    from helmpy.golang.strconv import format_float

    if not math.isfinite(seconds):
        raise GoError(f"invalid duration seconds: {format_float(seconds)}")
    if abs(seconds) > INT64_MAX / SECOND:
        raise GoError(f"duration seconds overflow: {format_float(seconds)}")
    return Duration(wrap64(int(min(seconds * SECOND, float(INT64_MAX)))))
