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
    import calendar

    return float(calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")))
