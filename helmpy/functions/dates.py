"""Date and duration functions. A date may be a time.Time or a whole number of seconds since 1970.

The arithmetic and the layouts are `helmpy.golang.time`'s.
"""

from typing import Any

from helmpy.functions.conversions import atoi
from helmpy.golang import strconv
from helmpy.golang.function import Function
from helmpy.golang.time import duration as durations
from helmpy.golang.time import instant, parsing, zones
from helmpy.golang.time.duration import HOUR, MINUTE, SECOND, Duration
from helmpy.golang.time.instant import Time
from helmpy.golang.types import SPACES, GoError, Int32, Int64, Uint8, Uint32, Uint64, type_name, wrap64

_HTML_DATE = "2006-01-02"
_UNIX_TYPES = frozenset((int, Int64, Int32))
_WHOLE_TYPES = frozenset((int, Int64, Int32, Uint8, Uint32, Uint64))
_DAY = 24 * HOUR
_ROUNDED = ((365 * _DAY, "y"), (30 * _DAY, "mo"), (_DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"))


def to_instant(date: Any) -> Time:
    """The instant that a date argument means; anything that is neither a time nor an integer means now."""
    if isinstance(date, Time):
        return date
    return Time(int(date)) if type(date) in _UNIX_TYPES else instant.now()


def date_in_zone(layout: str, date: Any, zone: str) -> str:
    """A date in a layout, as a zone's clocks show it; an unknown zone means UTC."""
    location = zones.load(zone) or zones.UTC_LOCATION
    return to_instant(date).within(location).format(layout)


def date(layout: str, moment: Any) -> str:
    """A date in a layout, in the machine's zone."""
    return date_in_zone(layout, moment, "Local")


def html_date(moment: Any) -> str:
    """A date as 2006-01-02."""
    return date_in_zone(_HTML_DATE, moment, "Local")


def html_date_in_zone(moment: Any, zone: str) -> str:
    """A date as 2006-01-02 in a zone."""
    return date_in_zone(_HTML_DATE, moment, zone)


def date_modify(change: str, moment: Time) -> Time:
    """A time later by a duration such as "-1.5h"; unchanged if that is none."""
    try:
        return must_date_modify(change, moment)
    except GoError:
        return moment


def must_date_modify(change: str, moment: Time) -> Time:
    """As `date_modify`, but raises GoError."""
    return moment.add(durations.parse(change))


def to_date(layout: str, text: str) -> Time:
    """A text read by a layout; the zero time if it does not fit."""
    try:
        return must_to_date(layout, text)
    except GoError:
        return instant.zero()


def must_to_date(layout: str, text: str) -> Time:
    """As `to_date`, but raises GoError."""
    return parsing.parse(layout, text, zones.local())


def unix_epoch(moment: Time) -> str:
    """Seconds since 1970."""
    return str(moment.get_unix())


def ago(moment: Any) -> str:
    """The duration since a date, in whole seconds."""
    since = to_instant(moment if type(moment) is not Int32 else None)
    return str(instant.now().sub(since).round(SECOND))


def duration(seconds: Any) -> str:
    """An int64 or a text with a number of seconds as 1h1m1s; anything else is 0s."""
    number = 0
    if isinstance(seconds, str):
        number = atoi(seconds)
    elif type(seconds) is Int64:
        number = int(seconds)
    return str(Duration(wrap64(number * SECOND)))


def duration_round(value: Any) -> str:
    """A duration in its largest unit only: "2h10m5s" to "2h"; for a time, since then."""
    nanos = abs(int(_loose_duration(value)))
    return next((f"{nanos // unit}{name}" for unit, name in _ROUNDED if nanos > unit), "0s")


def _loose_duration(value: Any) -> int:
    if isinstance(value, str):
        try:
            return durations.parse(value)
        except GoError:
            return 0
    if isinstance(value, Time):
        return instant.now().sub(value)
    return int(value) if type(value) is Int64 else 0


def must_to_duration(value: Any) -> Duration:
    """A duration from one, from a text ("1h", "2.5") or from a number of seconds. Raises GoError."""
    if isinstance(value, Duration):
        return value
    if isinstance(value, str):
        return _parse_duration(value)
    if value is None:
        raise GoError("invalid duration")
    if type(value) in _WHOLE_TYPES or isinstance(value, (float, instant.Month, instant.Weekday)):
        return durations.from_seconds(value)
    raise GoError(f"unsupported duration type {type_name(value)}")


def _parse_duration(text: str) -> Duration:
    trimmed = text.strip(SPACES)
    if not trimmed:
        raise GoError("empty duration")
    try:
        return durations.parse(trimmed)
    except GoError:
        pass
    try:
        seconds = strconv.parse_float(trimmed)
    except GoError:
        raise GoError(f"could not parse duration {strconv.quote(text)}") from None
    return durations.from_seconds(seconds)


def to_duration(value: Any) -> Duration:
    """As `must_to_duration`, with 0 for what is none."""
    try:
        return must_to_duration(value)
    except GoError:
        return Duration(0)


def duration_seconds(value: Any) -> float:
    """In seconds."""
    return to_duration(value).seconds()


def duration_milliseconds(value: Any) -> Int64:
    """In whole milliseconds."""
    return to_duration(value).milliseconds()


def duration_microseconds(value: Any) -> Int64:
    """In whole microseconds."""
    return to_duration(value).microseconds()


def duration_nanoseconds(value: Any) -> Int64:
    """In nanoseconds."""
    return to_duration(value).nanoseconds()


def duration_minutes(value: Any) -> float:
    """In minutes."""
    return to_duration(value).minutes()


def duration_hours(value: Any) -> float:
    """In hours."""
    return to_duration(value).hours()


def duration_days(value: Any) -> float:
    """In days of 24 hours."""
    return to_duration(value).hours() / 24


def duration_weeks(value: Any) -> float:
    """In weeks."""
    return to_duration(value).hours() / 24 / 7


def duration_round_to(value: Any, unit: Any) -> Duration:
    """To the nearest multiple of a unit; a bad unit changes nothing."""
    return to_duration(value).round(to_duration(unit))


def duration_truncate_to(value: Any, unit: Any) -> Duration:
    """Toward zero to a multiple of a unit; a bad unit changes nothing."""
    return to_duration(value).truncate(to_duration(unit))


TABLE = (
    Function("ago", ago, ("any",), "string"),
    Function("date", date, ("string", "any"), "string"),
    Function("dateInZone", date_in_zone, ("string", "any", "string"), "string"),
    Function("dateModify", date_modify, ("string", "time.Time"), "time.Time"),
    Function("date_in_zone", date_in_zone, ("string", "any", "string"), "string"),
    Function("date_modify", date_modify, ("string", "time.Time"), "time.Time"),
    Function("duration", duration, ("any",), "string"),
    Function("durationDays", duration_days, ("any",), "float64"),
    Function("durationHours", duration_hours, ("any",), "float64"),
    Function("durationMicroseconds", duration_microseconds, ("any",), "int64"),
    Function("durationMilliseconds", duration_milliseconds, ("any",), "int64"),
    Function("durationMinutes", duration_minutes, ("any",), "float64"),
    Function("durationNanoseconds", duration_nanoseconds, ("any",), "int64"),
    Function("durationRound", duration_round, ("any",), "string"),
    Function("durationRoundTo", duration_round_to, ("any", "any"), "time.Duration"),
    Function("durationSeconds", duration_seconds, ("any",), "float64"),
    Function("durationTruncateTo", duration_truncate_to, ("any", "any"), "time.Duration"),
    Function("durationWeeks", duration_weeks, ("any",), "float64"),
    Function("htmlDate", html_date, ("any",), "string"),
    Function("htmlDateInZone", html_date_in_zone, ("any", "string"), "string"),
    Function("mustDateModify", must_date_modify, ("string", "time.Time"), "time.Time"),
    Function("mustToDate", must_to_date, ("string", "string"), "time.Time"),
    Function("mustToDuration", must_to_duration, ("any",), "time.Duration"),
    Function("must_date_modify", must_date_modify, ("string", "time.Time"), "time.Time"),
    Function("now", instant.now, (), "time.Time"),
    Function("toDate", to_date, ("string", "string"), "time.Time"),
    Function("unixEpoch", unix_epoch, ("time.Time",), "string"),
)
