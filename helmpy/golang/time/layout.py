"""Go's reference-time layouts: `Mon Jan 2 15:04:05 MST 2006` taken apart into its elements.

Used by `formatting` and `parsing`, which know the elements by their own text ("2006", "Z07:00", ".000").
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

RFC3339 = "2006-01-02T15:04:05Z07:00"
RFC3339_NANO = "2006-01-02T15:04:05.999999999Z07:00"
LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
LONG_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


class Chunk(NamedTuple):
    """Literal text and the element after it; the last chunk of a layout has no element."""

    prefix: str
    element: str


@cache
def _elements() -> re.Pattern[str]:
    return re.compile(
        r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|[345]|PM|pm"
        r"|-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?![0-9])"
    )


@lru_cache(maxsize=128)
def chunks(layout: str) -> tuple[Chunk, ...]:
    """The layout in pieces."""
    found = []
    position = 0
    for match in _elements().finditer(layout):
        found.append(Chunk(layout[position : match.start()], match.group()))
        position = match.end()
    return (*found, Chunk(layout[position:], ""))


def is_fraction(element: str) -> bool:
    """Whether an element stands for fractional seconds."""
    return element[:1] in (".", ",")
