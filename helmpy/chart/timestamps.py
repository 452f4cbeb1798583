"""Go's time.Time as text: RFC 3339 with as many fractional digits as needed.

Called by locks, indexes and repository files. Must not read the clock except in `now`.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

ZERO = "0001-01-01T00:00:00Z"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> str:
    """The current time, in the local zone: "2026-11-22T10:30:00.123456+01:00"."""
    return _format(datetime.now().astimezone())


def utc_now() -> str:
    """The current time in UTC and whole seconds: "2026-11-22T09:30:00Z"."""
    return _format(datetime.now(UTC).replace(microsecond=0))


def from_seconds(seconds: float) -> str:
    """Seconds since 1970, in UTC and whole: "2020-09-13T12:26:40Z"."""
    return _format(_EPOCH + timedelta(seconds=int(seconds // 1)))


def to_seconds(text: str) -> float:
    """Seconds since 1970 of such a text; raises ValueError."""
    return (_parse(text) - _EPOCH).total_seconds()


def normalized(text: str) -> str:
    """The text as Go writes the time again: no superfluous digits, "Z" for an offset of zero. Raises ValueError."""
    _parse(text)
    match = re.fullmatch(r"(.{19})(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", text)
    assert match
    seconds, fraction, zone = match.groups()
    digits = (fraction or "")[:9].rstrip("0")
    return seconds + (f".{digits}" if digits else "") + ("Z" if zone[1:] == "00:00" else zone)


def _format(moment: datetime) -> str:
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    offset = moment.utcoffset() or timedelta()
    if not offset:
        zone = "Z"
    else:
        minutes = int(offset.total_seconds() // 60)
        zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    return moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + fraction + zone


def _parse(text: str) -> datetime:
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", text)
    if match is None:
        raise ValueError(f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}" as "2006"')
    *fields, fraction, zone = match.groups()
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    sign = -1 if zone.startswith("-") else 1
    offset = timedelta() if zone == "Z" else sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    year, month, day, hour, minute, second = (int(field) for field in fields)
    return datetime(year, month, day, hour, minute, second, micro, tzinfo=timezone(offset))
