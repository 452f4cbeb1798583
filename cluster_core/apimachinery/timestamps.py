"""Times as the API writes them: RFC 3339 in UTC, to the second (metav1.Time) or the microsecond (metav1.MicroTime)."""

import time
from functools import lru_cache


@lru_cache(maxsize=64)
def _of_second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


def rfc3339(now: float) -> str:
    """`2026-01-02T03:04:05Z` from seconds since the epoch; parts of a second are cut."""
    return _of_second(int(now // 1))


def rfc3339_micro(now: float) -> str:
    """`2026-01-02T03:04:05.000006Z` from seconds since the epoch."""
    micros = round(now * 1_000_000)
    return f"{_of_second(micros // 1_000_000)[:-1]}.{micros % 1_000_000:06d}Z"


def parse(text: str) -> float:
    """Seconds since the epoch from an RFC 3339 time; raises ValueError for anything else."""
    if len(text) == 20 and text[19] == "Z":
        return _parse_utc(text)
    from datetime import datetime

    if len(text) < 20 or text[10] not in "Tt":
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {text!r}")
    return moment.timestamp()


@lru_cache(maxsize=1024)
def _parse_utc(text: str) -> float:
    """The usual form, by hand: time.strptime would load a locale for it."""
    digits = text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19]
    if not (digits.isascii() and digits.isdigit()) or (text[4], text[7], text[10], text[13], text[16]) != _MARKS:
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
    if not (1 <= month <= 12 and 1 <= day <= _days(year, month) and hour < 24 and minute < 60 and second < 60):
        raise ValueError(f"no such time: {text!r}")
    return float(_day_number(year, month, day) * 86400 + hour * 3600 + minute * 60 + second)


_MARKS = ("-", "-", "T", ":", ":")
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _LENGTHS[month - 1]


def _day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar, years beginning in March so that leap days come last."""
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1 - 719468
