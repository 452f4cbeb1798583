"""time.Time, time.Month and time.Weekday with the methods that templates can call.

Used by the date functions and TOML. Formatting and parsing live beside it.
"""

import time as clock
from collections.abc import Mapping
from typing import Any, ClassVar

from helmpy.golang.time import zones
from helmpy.golang.time.calendar import DAY, civil, days_since_epoch
from helmpy.golang.time.duration import SECOND, Duration
from helmpy.golang.time.layout import LONG_DAYS, LONG_MONTHS, RFC3339_NANO
from helmpy.golang.time.zones import UTC_LOCATION, Location
from helmpy.golang.types import INT64_MAX, INT64_MIN, GoError, Int64, Struct, Uint64, wrap64

ZERO_UNIX = -62_135_596_800
# Go counts the seconds of a calendar from March of the year -292277022400 in 64 bits, which wrap.
_ABSOLUTE = (292_277_022_400 // 400 * 146_097 + 306) * DAY - ZERO_UNIX
_STRING = "2006-01-02 15:04:05.999999999 -0700 MST"


class _Name(int, Struct):
    """A small number with a name."""

    GO_KIND: ClassVar[str] = "int"
    GO_METHODS: ClassVar[Mapping[str, str]] = {"String": "__str__"}
    STRINGER: ClassVar[bool] = True
    CASTS_TO_INT: ClassVar[bool] = True

    def go_json(self) -> int:
        """A plain number."""
        return int(self)


class Month(_Name):
    """time.Month, 1 to 12."""

    GO_TYPE: ClassVar[str] = "time.Month"

    def __str__(self) -> str:
        return LONG_MONTHS[self - 1]


class Weekday(_Name):
    """time.Weekday, 0 for Sunday."""

    GO_TYPE: ClassVar[str] = "time.Weekday"

    def __str__(self) -> str:
        return LONG_DAYS[self]


class Time(Struct):
    """An instant with nanoseconds, and the location in which it is shown."""

    GO_TYPE: ClassVar[str] = "time.Time"
    GO_KIND: ClassVar[str] = "struct"
    STRINGER: ClassVar[bool] = True
    GO_METHODS: ClassVar[Mapping[str, str]] = {
        "Add": "add",
        "AddDate": "add_date",
        "After": "after",
        "Before": "before",
        "Clock": "clock",
        "Compare": "compare",
        "Date": "date",
        "Day": "day",
        "Equal": "equal",
        "Format": "format",
        "GoString": "go_string",
        "Hour": "hour",
        "ISOWeek": "iso_week",
        "In": "within",
        "IsDST": "is_dst",
        "IsZero": "is_zero",
        "Local": "local",
        "Location": "get_location",
        "MarshalJSON": "marshal_json",
        "MarshalText": "marshal_text",
        "Minute": "minute",
        "Month": "month",
        "Nanosecond": "nanosecond",
        "Round": "round",
        "Second": "second",
        "String": "__str__",
        "Sub": "sub",
        "Truncate": "truncate",
        "UTC": "utc",
        "Unix": "get_unix",
        "UnixMicro": "unix_micro",
        "UnixMilli": "unix_milli",
        "UnixNano": "unix_nano",
        "Weekday": "weekday",
        "Year": "year",
        "YearDay": "year_day",
        "Zone": "zone",
        "ZoneBounds": "zone",  # cannot be called, as GO_RETURNS says
    }
    GO_PARAMS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "Add": ("duration",),
        "AddDate": ("int", "int", "int"),
        "After": ("time.Time",),
        "Before": ("time.Time",),
        "Compare": ("time.Time",),
        "Equal": ("time.Time",),
        "Format": ("string",),
        "In": ("*time.Location",),
        "Round": ("duration",),
        "Sub": ("time.Time",),
        "Truncate": ("duration",),
    }
    GO_RETURNS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "Clock": ("int", "int", "int"),
        "Date": ("int", "time.Month", "int"),
        "ISOWeek": ("int", "int"),
        "Zone": ("string", "int"),
        "ZoneBounds": ("time.Time", "time.Time"),
    }

    def __init__(self, unix: int, nanos: int = 0, location: Location = UTC_LOCATION) -> None:
        self.unix = unix
        self.nanos = nanos
        self.location = location

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Time)
            and (self.unix, self.nanos) == (other.unix, other.nanos)
            and str(self.location) == str(other.location)
        )

    def __hash__(self) -> int:
        return hash((self.unix, self.nanos))

    def __str__(self) -> str:
        return self.format(_STRING)

    def go_fields(self) -> tuple[tuple[str, Any], ...]:
        """The private fields, which verbs other than those for texts print."""
        location = None if self.location is UTC_LOCATION else self.location
        return ("wall", Uint64(self.nanos)), ("ext", Int64(wrap64(self.unix - ZERO_UNIX))), ("loc", location)

    # --- parts -------------------------------------------------------------------------------------------------------

    def offset(self) -> zones.Offset:
        """The zone rule in force."""
        return self.location.at(self.unix)

    def _wall(self) -> tuple[int, int]:
        """Days since 1970 and seconds of the day as the wall clock shows them."""
        seconds = self.unix + self.offset().seconds
        return divmod((seconds + _ABSOLUTE) % (1 << 64) - _ABSOLUTE, DAY)

    def date(self) -> tuple[int, Month, int]:
        """Year, month and day."""
        year, month, day = civil(self._wall()[0])
        return year, Month(month), day

    def clock(self) -> tuple[int, int, int]:
        """Hour, minute and second."""
        minutes, second = divmod(self._wall()[1], 60)
        return minutes // 60, minutes % 60, second

    def year(self) -> int:
        """The year."""
        return self.date()[0]

    def month(self) -> Month:
        """The month."""
        return self.date()[1]

    def day(self) -> int:
        """The day of the month."""
        return self.date()[2]

    def hour(self) -> int:
        """The hour, 0 to 23."""
        return self.clock()[0]

    def minute(self) -> int:
        """The minute."""
        return self.clock()[1]

    def second(self) -> int:
        """The second."""
        return self.clock()[2]

    def nanosecond(self) -> int:
        """The nanoseconds within the second."""
        return self.nanos

    def weekday(self) -> Weekday:
        """The day of the week."""
        return Weekday((self._wall()[0] + 4) % 7)

    def year_day(self) -> int:
        """The day of the year, from 1."""
        days = self._wall()[0]
        return days - days_since_epoch(civil(days)[0], 1, 1) + 1

    def iso_week(self) -> tuple[int, int]:
        """ISO 8601 year and week."""
        days = self._wall()[0]
        thursday = days + 3 - (days + 3) % 7
        year = civil(thursday)[0]
        return year, (thursday - days_since_epoch(year, 1, 1)) // 7 + 1

    def zone(self) -> tuple[str, int]:
        """The zone's abbreviation and its seconds east of UTC."""
        return self.offset()[:2]

    def is_dst(self) -> bool:
        """Whether daylight saving time is in force."""
        return self.offset().daylight

    def is_zero(self) -> bool:
        """Whether this is the zero time, January 1, year 1."""
        return (self.unix, self.nanos) == (ZERO_UNIX, 0)

    # --- the instant as a number -------------------------------------------------------------------------------------

    def get_unix(self) -> Int64:
        """Seconds since 1970."""
        return Int64(wrap64(self.unix))

    def unix_milli(self) -> Int64:
        """Milliseconds since 1970."""
        return Int64(wrap64(self.unix * 1000 + self.nanos // 1_000_000))

    def unix_micro(self) -> Int64:
        """Microseconds since 1970."""
        return Int64(wrap64(self.unix * 1_000_000 + self.nanos // 1000))

    def unix_nano(self) -> Int64:
        """Nanoseconds since 1970."""
        return Int64(wrap64(self._total()))

    def _total(self) -> int:
        return self.unix * SECOND + self.nanos

    # --- other instants ----------------------------------------------------------------------------------------------

    def add(self, duration: int) -> "Time":
        """Later by a duration."""
        unix, nanos = divmod(self._total() + int(duration), SECOND)
        return Time(unix, nanos, self.location)

    def add_date(self, years: int, months: int, days: int) -> "Time":
        """Later by calendar units; days out of range carry over."""
        year, month, day = self.date()
        wall = days_since_epoch(year + years, int(month) + months, day + days) * DAY + self._wall()[1]
        return from_wall(wall, self.nanos, self.location)

    def sub(self, other: "Time") -> Duration:
        """The duration since `other`, at most what 64 bits hold."""
        return Duration(max(INT64_MIN, min(INT64_MAX, self._total() - other._total())))

    def truncate(self, unit: int) -> "Time":
        """Down to a multiple of `unit` since the zero time."""
        return self if unit <= 0 else self.add(-self._since_multiple(unit))

    def round(self, unit: int) -> "Time":
        """To the nearest multiple of `unit` since the zero time, halves up."""
        if unit <= 0:
            return self
        past = self._since_multiple(unit)
        return self.add(-past if 2 * past < unit else unit - past)

    def _since_multiple(self, unit: int) -> int:
        return (self._total() - ZERO_UNIX * SECOND) % int(unit)

    def compare(self, other: "Time") -> int:
        """-1, 0 or 1."""
        return (self._total() > other._total()) - (self._total() < other._total())

    def after(self, other: "Time") -> bool:
        """Whether later."""
        return self.compare(other) > 0

    def before(self, other: "Time") -> bool:
        """Whether earlier."""
        return self.compare(other) < 0

    def equal(self, other: "Time") -> bool:
        """Whether the same instant."""
        return self.compare(other) == 0

    # --- locations ---------------------------------------------------------------------------------------------------

    def within(self, location: Location) -> "Time":
        """The same instant shown elsewhere."""
        return Time(self.unix, self.nanos, location)

    def utc(self) -> "Time":
        """The same instant in UTC."""
        return self.within(UTC_LOCATION)

    def local(self) -> "Time":
        """The same instant in the machine's zone."""
        return self.within(zones.local())

    def get_location(self) -> Location:
        """The location."""
        return self.location

    # --- texts -------------------------------------------------------------------------------------------------------

    def format(self, layout: str) -> str:
        """The instant in a reference-time layout."""
        from helmpy.golang.time.formatting import format_time

        return format_time(self, layout)

    def go_string(self) -> str:
        """A Go expression for this instant."""
        year, month, day = self.date()
        parts = ", ".join(map(str, (year, f"time.{month}", day, *self.clock(), self.nanos)))
        if self.location is UTC_LOCATION:
            return f"time.Date({parts}, time.UTC)"
        if self.location is zones.local():
            return f"time.Date({parts}, time.Local)"
        return f'time.Date({parts}, time.Location("{self.location}"))'

    def marshal_text(self) -> bytes:
        """RFC 3339 with nanoseconds; raises GoError for years and offsets that it cannot hold."""
        return self._rfc3339("MarshalText").encode("ascii")

    def marshal_json(self) -> bytes:
        """`marshal_text` in quotes."""
        return f'"{self.go_json()}"'.encode("ascii")

    def go_json(self) -> str:
        """What JSON holds of it."""
        return self._rfc3339("MarshalJSON")

    def go_timestamp(self) -> str:
        """What formats with times of their own (YAML, TOML) hold of it."""
        return self.format(RFC3339_NANO)

    def _rfc3339(self, method: str) -> str:
        if not 0 <= self.year() <= 9999:
            raise GoError(f"Time.{method}: year outside of range [0,9999]")
        if abs(self.offset().seconds) >= DAY:
            raise GoError(f"Time.{method}: timezone hour outside of range [0,23]")
        return self.format(RFC3339_NANO)


def zero() -> Time:
    """The zero time."""
    return Time(ZERO_UNIX)


def now() -> Time:
    """The present, in the machine's zone."""
    unix, nanos = divmod(clock.time_ns(), SECOND)
    return Time(unix, nanos, zones.local())


def from_wall(seconds: int, nanos: int, location: Location) -> Time:
    """The instant at which a location's clocks show `seconds` since 1970."""
    return Time(seconds - location.at_local(seconds), nanos, location)
