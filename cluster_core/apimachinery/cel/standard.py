"""What operators and standard functions do. Each takes its arguments (the target first) and raises EvaluationError.

The checker has seen that types fit, except behind `dyn`: functions look at what they get, and say "no such overload" otherwise.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.cel.errors import EvaluationError, no_overload
from cluster_core.apimachinery.cel.values import (
    NANOS,
    NOTHING,
    Duration,
    Optional,
    Timestamp,
    TypeValue,
    UInt,
    contains,
    equal,
    joined,
    type_name,
)

if TYPE_CHECKING:
    from datetime import datetime

INT_MAX, INT_MIN, UINT_MAX = (1 << 63) - 1, -(1 << 63), (1 << 64) - 1
_FIRST_SECOND, _LAST_SECOND = -62135596800, 253402300799


def is_int(value: Any) -> bool:
    """A signed number."""
    return isinstance(value, int) and not isinstance(value, (bool, UInt))


def ranged(value: int) -> int:
    """A signed result; raises EvaluationError outside 64 bits."""
    if not INT_MIN <= value <= INT_MAX:
        raise EvaluationError("integer overflow")
    return value


def _unsigned(value: int) -> UInt:
    if not 0 <= value <= UINT_MAX:
        raise EvaluationError("unsigned integer overflow")
    return UInt(value)


def _arithmetic(whole: Callable[[int, int], int], real: Callable[[float, float], float] | None) -> Any:
    def calculate(a: Any, b: Any) -> Any:
        if isinstance(a, UInt) and isinstance(b, UInt):
            return _unsigned(whole(int(a), int(b)))
        if is_int(a) and is_int(b):
            return ranged(whole(a, b))
        if isinstance(a, float) and isinstance(b, float) and real is not None:
            return real(a, b)
        raise no_overload()

    return calculate


def _quotient(a: int, b: int) -> int:
    if b == 0:
        raise EvaluationError("division by zero")
    result = abs(a) // abs(b)
    return result if (a < 0) == (b < 0) else -result


def _remainder(a: int, b: int) -> int:
    if b == 0:
        raise EvaluationError("modulus by zero")
    result = abs(a) % abs(b)
    return -result if a < 0 else result


def _real_quotient(a: float, b: float) -> float:
    if b:
        return a / b
    return float("nan") if a == 0 or a != a else float("inf") if a > 0 else float("-inf")


_add_numbers = _arithmetic(lambda a, b: a + b, lambda a, b: a + b)
_subtract_numbers = _arithmetic(lambda a, b: a - b, lambda a, b: a - b)


def _timestamp(nanos: int) -> Timestamp:
    if not _FIRST_SECOND <= nanos // NANOS <= _LAST_SECOND:
        raise EvaluationError("timestamp overflow")
    return Timestamp(nanos)


def _duration(nanos: int) -> Duration:
    if not INT_MIN <= nanos <= INT_MAX:
        raise EvaluationError("integer overflow")
    return Duration(nanos)


def _add(a: Any, b: Any) -> Any:
    if isinstance(a, str) and isinstance(b, str):
        return a + b
    if isinstance(a, bytes) and isinstance(b, bytes):
        return a + b
    if isinstance(a, list) and isinstance(b, list):
        return joined(a, b)
    if isinstance(a, Duration) and isinstance(b, Duration):
        return _duration(a.nanos + b.nanos)
    if isinstance(a, (Timestamp, Duration)) and isinstance(b, (Timestamp, Duration)) and type(a) is not type(b):
        return _timestamp(a.nanos + b.nanos)
    return _add_numbers(a, b)


def _subtract(a: Any, b: Any) -> Any:
    if isinstance(a, (Timestamp, Duration)) and type(a) is type(b):
        return _duration(a.nanos - b.nanos)
    if isinstance(a, Timestamp) and isinstance(b, Duration):
        return _timestamp(a.nanos - b.nanos)
    return _subtract_numbers(a, b)


def _negate(value: Any) -> Any:
    if is_int(value):
        return ranged(-value)
    if isinstance(value, float):
        return -value
    raise no_overload()


def _not(value: Any) -> bool:
    if not isinstance(value, bool):
        raise no_overload()
    return not value


_KINDS: tuple[tuple[type, ...], ...] = ((bool,), (str,), (bytes,), (Timestamp,), (Duration,))


def _order(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(a: Any, b: Any) -> bool:
        if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not {type(a), type(b)} & {bool}:
            return compare(a, b)
        if any(isinstance(a, kinds) and isinstance(b, kinds) for kinds in _KINDS):
            return compare(a, b)
        raise no_overload()

    return ordered


def _in(item: Any, container: Any) -> bool:
    if isinstance(container, dict):
        return _key(container, item) is not None
    if isinstance(container, list):
        return contains(container, item)
    raise no_overload()


def _key(container: dict[Any, Any], wanted: Any) -> tuple[Any] | None:
    """The key as the map has it: 1, 1u and 1.0 are one key."""
    if isinstance(wanted, (list, dict)) or wanted is None:
        return None
    if isinstance(wanted, bool) or not isinstance(wanted, (int, float)):
        found = wanted in container and type(next(k for k in container if k == wanted)) is type(wanted)
        return (wanted,) if found else None
    return next(((key,) for key in container if equal(key, wanted)), None)


def shown(value: Any) -> str:
    """A value in an error's text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def index(container: Any, place: Any) -> Any:
    """`container[place]`."""
    if isinstance(container, Optional):
        return optional_index(container, place)
    if isinstance(container, dict):
        key = _key(container, place)
        if key is None:
            raise EvaluationError(f"no such key: {shown(place)}")
        return container[key[0]]
    if not isinstance(container, list):
        raise no_overload()
    if isinstance(place, float) and place.is_integer():
        place = int(place)
    if not isinstance(place, int) or isinstance(place, bool):
        raise EvaluationError(f"unsupported index type '{type_name(place)}' in list")
    if not 0 <= place < len(container):
        raise EvaluationError(f"index out of bounds: {place}")
    return container[place]


def optional_index(container: Any, place: Any) -> Optional:
    """`container[?place]`."""
    if isinstance(container, Optional):
        return optional_index(container.held[0], place) if container.held else NOTHING
    if isinstance(container, dict):
        key = _key(container, place)
        return NOTHING if key is None else Optional((container[key[0]],))
    if isinstance(container, list):
        return Optional((container[place],)) if 0 <= place < len(container) else NOTHING
    raise no_overload()


def _size(value: Any) -> int:
    if not isinstance(value, (str, bytes, list, dict)):
        raise no_overload()
    return len(value)


# Conversions


def _bad_conversion(value: Any, wanted: str) -> EvaluationError:
    return EvaluationError(f"type conversion error from '{type_name(value)}' to '{wanted}'")


def _to_int(value: Any) -> int:
    if isinstance(value, bool):
        raise _bad_conversion(value, "int")
    if isinstance(value, Timestamp):
        return value.nanos // NANOS
    if isinstance(value, float):
        if not (float(INT_MIN) < value < float(INT_MAX)):
            raise EvaluationError("integer overflow")
        return int(value)
    if isinstance(value, int):
        return ranged(int(value))
    if isinstance(value, str) and _whole(value):
        number = int(value)
        if INT_MIN <= number <= INT_MAX:
            return number
    raise _bad_conversion(value, "int")


def _whole(text: str) -> bool:
    digits = text[1:] if text[:1] in "+-" else text
    return digits.isascii() and digits.isdigit()


def _to_uint(value: Any) -> UInt:
    if isinstance(value, str):
        if value.isascii() and value.isdigit() and int(value) <= UINT_MAX:
            return UInt(value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        return _unsigned(int(value))
    raise _bad_conversion(value, "uint")


def _to_double(value: Any) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise _bad_conversion(value, "double") from None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    raise _bad_conversion(value, "double")


def _to_string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from None
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Timestamp):
        return timestamp_text(value)
    if isinstance(value, Duration):
        return duration_text(value)
    raise _bad_conversion(value, "string")


def _to_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    raise _bad_conversion(value, "bytes")


def _to_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if value in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise _bad_conversion(value, "bool")


def to_timestamp(value: Any) -> Timestamp:
    """A moment from RFC 3339 or seconds."""
    if isinstance(value, Timestamp):
        return value
    if is_int(value):
        return _timestamp(value * NANOS)
    if isinstance(value, str):
        nanos = _parsed_moment(value)
        if nanos is not None:
            return _timestamp(nanos)
    raise _bad_conversion(value, "timestamp")


@cache
def _formats() -> Any:
    import re

    moment = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
    part = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
    return moment, part


def _parsed_moment(text: str) -> int | None:
    from datetime import UTC, datetime

    match = _formats()[0].fullmatch(text)
    if match is None:
        return None
    *numbers, fraction, zone = match.groups()
    try:
        moment = datetime(*map(int, numbers), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    nanos = int(moment.timestamp()) * NANOS + int((fraction or "0")[:9].ljust(9, "0"))
    if zone == "Z":
        return nanos
    offset = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    return nanos - (offset if zone[0] == "+" else -offset) * NANOS


_UNITS = {"ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 10**6, "s": NANOS, "m": 60 * NANOS, "h": 3600 * NANOS}


def to_duration(value: Any) -> Duration:
    """A span from Go's notation or seconds."""
    if isinstance(value, Duration):
        return value
    if is_int(value):
        return _duration(value * NANOS)
    if isinstance(value, str):
        nanos = _parsed_span(value)
        if nanos is not None and INT_MIN <= nanos <= INT_MAX:
            return Duration(nanos)
    raise _bad_conversion(value, "duration")


def _parsed_span(text: str) -> int | None:
    from fractions import Fraction

    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    pattern, total, place = _formats()[1], Fraction(0), 0
    while place < len(rest):
        match = pattern.match(rest, place)
        if match is None:
            return None
        total += Fraction(match[1].rstrip(".") or "0") * _UNITS[match[2]]
        place = match.end()
    return sign * int(total) if rest else None


def double_text(value: float) -> str:
    """A number as Go's %g writes it."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    base, _, power = repr(value).partition("e")
    if power:
        sign = "-" if power.startswith("-") else "+"
        if -4 <= int(power) < 21:
            return format(value, "f").rstrip("0").rstrip(".")
        return f"{base.removesuffix('.0')}e{sign}{power.lstrip('+-').rjust(2, '0')}"
    return base.removesuffix(".0")


def timestamp_text(value: Timestamp) -> str:
    """RFC 3339 with as many digits as needed."""
    seconds, fraction = divmod(value.nanos, NANOS)
    digits = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{_utc(seconds):%Y-%m-%dT%H:%M:%S}{digits}Z"


def duration_text(value: Duration) -> str:
    """Seconds."""
    sign, nanos = ("-", -value.nanos) if value.nanos < 0 else ("", value.nanos)
    seconds, fraction = divmod(nanos, NANOS)
    digits = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{sign}{seconds}{digits}s"


# Times


def _utc(seconds: int) -> "datetime":
    from datetime import UTC, datetime, timedelta

    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _local(value: Timestamp, zone: str) -> "datetime":
    from datetime import timedelta, timezone
    from zoneinfo import ZoneInfo

    moment = _utc(value.nanos // NANOS)
    if zone in ("", "UTC"):
        return moment
    try:
        if ":" in zone:
            hours, _, minutes = zone.lstrip("+-").partition(":")
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            return moment.astimezone(timezone(-offset if zone[0] == "-" else offset))
        return moment.astimezone(ZoneInfo(zone))
    except (ValueError, KeyError, OSError):
        raise EvaluationError(f"unknown time zone {zone}") from None


def _part(of_moment: Callable[["datetime"], int], span: int = 0) -> Callable[..., int]:
    def part(value: Any, zone: str = "") -> int:
        if isinstance(value, Duration) and span:
            return _quotient(value.nanos, span)
        if not isinstance(value, Timestamp):
            raise no_overload()
        return of_moment(_local(value, zone))

    return part


def _milliseconds(value: Any, _zone: str = "") -> int:
    if isinstance(value, (Timestamp, Duration)):
        return value.nanos % NANOS // 10**6 if isinstance(value, Timestamp) else _quotient(value.nanos, 10**6)
    raise no_overload()


# Texts


@cache
def _compiled(pattern: str) -> Any:
    import re2

    return re2.compile(pattern)


def pattern_of(pattern: str) -> Any:
    """A compiled regular expression."""
    import re2

    try:
        return _compiled(pattern)
    except re2.error as error:
        text = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
        raise EvaluationError(f"error parsing regexp: {text}") from None


def _matches(text: Any, pattern: Any) -> bool:
    return pattern_of(_text(pattern)).search(_text(text)) is not None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise no_overload()
    return value


# Optional values


def _of_non_zero(value: Any) -> Optional:
    zero = value is None or (isinstance(value, (bool, int, float, str, bytes, list, dict)) and not value)
    return NOTHING if zero else Optional((value,))


def _value(found: Any) -> Any:
    if not isinstance(found, Optional):
        raise no_overload()
    if not found.held:
        raise EvaluationError("optional.none() dereference")
    return found.held[0]


def _identity(value: Any) -> Any:
    return value


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "_+_": _add,
    "_-_": _subtract,
    "_*_": _arithmetic(lambda a, b: a * b, lambda a, b: a * b),
    "_/_": _arithmetic(_quotient, _real_quotient),
    "_%_": _arithmetic(_remainder, None),
    "-_": _negate,
    "!_": _not,
    "_==_": equal,
    "_!=_": lambda a, b: not equal(a, b),
    "_<_": _order(lambda a, b: a < b),
    "_<=_": _order(lambda a, b: a <= b),
    "_>_": _order(lambda a, b: a > b),
    "_>=_": _order(lambda a, b: a >= b),
    "@in": _in,
    "_[_]": index,
    "_[?_]": optional_index,
    "size": _size,
    "int": _to_int,
    "uint": _to_uint,
    "double": _to_double,
    "string": _to_string,
    "bytes": _to_bytes,
    "bool": _to_bool,
    "timestamp": to_timestamp,
    "duration": to_duration,
    "dyn": _identity,
    "type": lambda value: TypeValue(type_name(value)),
    "contains": lambda text, part: _text(part) in _text(text),
    "startsWith": lambda text, part: _text(text).startswith(_text(part)),
    "endsWith": lambda text, part: _text(text).endswith(_text(part)),
    "matches": _matches,
    "getFullYear": _part(lambda moment: moment.year),
    "getMonth": _part(lambda moment: moment.month - 1),
    "getDate": _part(lambda moment: moment.day),
    "getDayOfMonth": _part(lambda moment: moment.day - 1),
    "getDayOfWeek": _part(lambda moment: moment.isoweekday() % 7),
    "getDayOfYear": _part(lambda moment: moment.timetuple().tm_yday - 1),
    "getHours": _part(lambda moment: moment.hour, 3600 * NANOS),
    "getMinutes": _part(lambda moment: moment.minute, 60 * NANOS),
    "getSeconds": _part(lambda moment: moment.second, NANOS),
    "getMilliseconds": _milliseconds,
    "optional.of": lambda value: Optional((value,)),
    "optional.ofNonZeroValue": _of_non_zero,
    "optional.none": lambda: NOTHING,
    "hasValue": lambda found: bool(found.held),
    "value": _value,
    "or": lambda found, other: found if found.held else other,
    "orValue": lambda found, other: found.held[0] if found.held else other,
}
CONVERSIONS = ("bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint")
"""Functions whose constant arguments are converted when the program is made."""
