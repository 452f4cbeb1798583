"""Times of a release: RFC 3339 with nanoseconds in the local zone, as Go writes time.Now(), and Go's two ways to print them."""

import calendar
import time

ZERO = "0001-01-01T00:00:00Z"
"""Go's zero time."""

_GO_ZERO = ("", ZERO)


def stamp(now: float) -> str:
    """Seconds since the epoch as RFC 3339 ("2026-11-22T10:00:00.123456789Z"), trailing zeros of the fraction dropped."""
    whole = int(now)
    nanos = f"{round((now - whole) * 1e9):09d}".rstrip("0")
    local = time.localtime(whole)
    offset = local.tm_gmtoff
    zone = "Z" if not offset else f"{'-' if offset < 0 else '+'}{abs(offset) // 3600:02d}:{abs(offset) // 60 % 60:02d}"
    return time.strftime("%Y-%m-%dT%H:%M:%S", local) + (f".{nanos}" if nanos else "") + zone


def is_zero(text: str) -> bool:
    """Whether a stored time means "none"."""
    return text in _GO_ZERO


def _split(text: str) -> tuple[time.struct_time, str, str]:
    """Civil time, fraction digits and zone text of an RFC 3339 time."""
    body, rest = text[:19], text[19:]
    fraction, zone = "", rest
    if rest.startswith("."):
        digits = len(rest) - len(rest[1:].lstrip("0123456789"))
        fraction, zone = rest[1:digits], rest[digits:]
    return time.strptime(body, "%Y-%m-%dT%H:%M:%S"), fraction, zone


def seconds(text: str) -> tuple[float, str]:
    """A key that sorts stored times; texts that are none sort first."""
    if is_zero(text):
        return (float("-inf"), "")
    civil, fraction, zone = _split(text)
    offset = 0 if zone in ("", "Z") else (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60) * (-1 if zone[0] == "-" else 1)
    return (calendar.timegm(civil) - offset, fraction.ljust(9, "0"))


def ansic(text: str) -> str:
    """Go's time.ANSIC: "Sun Nov  1 10:00:00 2026"."""
    civil, _, _ = _split(text or _GO_ZERO[1])
    return time.asctime(civil)


def go_string(text: str) -> str:
    """Go's time.Time.String(): "2026-11-22 10:00:00.123456789 +0000 UTC"."""
    civil, fraction, zone = _split(text)
    offset = (
        "+0000 UTC"
        if zone in ("Z", "+00:00")
        else f"{zone.replace(':', '')} {zone.replace(':', '').removesuffix('00')}"
    )
    if zone not in ("Z", "+00:00") and time.strftime("%z") == zone.replace(":", ""):
        offset = f"{zone.replace(':', '')} {time.strftime('%Z')}"
    return time.strftime("%Y-%m-%d %H:%M:%S", civil) + (f".{fraction}" if fraction else "") + f" {offset}"


def without_fraction(text: str) -> str:
    """Go's time.RFC3339: seconds only."""
    return text[:19] + _split(text)[2] if len(text) >= 20 else _GO_ZERO[1]
