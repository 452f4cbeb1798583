"""Formats of texts that schemas name: whether a text is one. Formats that mean nothing fit every text."""

from collections.abc import Callable
from functools import cache
from typing import Any


def fits(form: str, text: str) -> bool:
    """Whether the text has the format (dashes in a format's name do not count)."""
    check = _CHECKS.get(form.replace("-", ""))
    return check is None or check(text)


def _accepts(read: Callable[[str], Any]) -> Callable[[str], bool]:
    """A check that goes by whether `read` raises ValueError."""

    def check(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return check


def _pattern(pattern: str) -> Callable[[str], bool]:
    return lambda text: _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> Any:
    import re

    return re.compile(pattern, re.ASCII | re.IGNORECASE)


def _address(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        from ipaddress import ip_address

        try:
            return ip_address(text).version == version
        except ValueError:
            return False

    return check


def _cidr(text: str) -> bool:
    from ipaddress import ip_interface

    return "/" in text and _accepts(ip_interface)(text)


def _moment(text: str) -> bool:
    from cluster_core.apimachinery import timestamps

    return _accepts(timestamps.parse)(text)


def _date(text: str) -> bool:
    from datetime import date

    return len(text) == 10 and _accepts(date.fromisoformat)(text)


def _base64(text: str) -> bool:
    import base64

    return _accepts(lambda given: base64.b64decode(given, validate=True))(text)


def _duration(text: str) -> bool:
    from cluster_core.apimachinery.cel import EvaluationError, standard

    try:
        standard.to_duration(text)
    except EvaluationError:
        return _compiled(_SPAN).fullmatch(text) is not None
    return True


def _uri(text: str) -> bool:
    from urllib.parse import urlsplit

    if any(character.isspace() or ord(character) < 32 for character in text):
        return False
    return text.startswith("/") or (bool(urlsplit(text).scheme) and ":" in text)


_SPAN = r"(\d+)\s*(nanos?|ns|micros?|us|µs|millis?|ms|secs?|s|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w)"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_CHECKS: dict[str, Callable[[str], bool]] = {
    "datetime": _moment,
    "date": _date,
    "duration": _duration,
    "byte": _base64,
    "ipv4": _address(4),
    "ipv6": _address(6),
    "cidr": _cidr,
    "uri": _uri,
    "email": _pattern(r"[^@\s<>]+@[^@\s<>]+|.*<[^@\s<>]+@[^@\s<>]+>"),
    "hostname": _pattern(rf"{_LABEL}(\.{_LABEL})*\.?"),
    "mac": _pattern(r"([0-9a-f]{2}[:-]){5}([0-9a-f]{2}|([0-9a-f]{2}[:-]){2}[0-9a-f]{2})|([0-9a-f]{4}\.){2}[0-9a-f]{4}"),
    "uuid": _pattern(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"),
    "uuid3": _pattern(r"[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}"),
    "uuid4": _pattern(r"[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}"),
    "uuid5": _pattern(r"[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}"),
    "hexcolor": _pattern(r"#?([0-9a-f]{3}|[0-9a-f]{6})"),
    "rgbcolor": _pattern(r"rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)"),
    "bsonobjectid": _pattern(r"[0-9a-f]{24}"),
    "ssn": _pattern(r"\d{3}[- ]?\d{2}[- ]?\d{4}"),
}
