"""time.Parse: a text read by a reference-time layout, with Go's complaints."""

from collections.abc import Callable
from typing import NoReturn

from helmpy.golang.time import zones
from helmpy.golang.time.calendar import DAY, days_in, days_since_epoch, is_leap
from helmpy.golang.time.duration import quote
from helmpy.golang.time.instant import Time, from_wall
from helmpy.golang.time.layout import LONG_DAYS, LONG_MONTHS, chunks, is_fraction
from helmpy.golang.time.zones import UTC_LOCATION, Location
from helmpy.golang.types import GoError

_DIGITS = frozenset("0123456789")


class _Mismatch(Exception):  # noqa: N818 - never leaves this module
    """The text does not have the element that the layout wants."""


class _OutOfRange(Exception):  # noqa: N818
    """The text has the element, but its value is impossible."""


def parse(layout: str, text: str, location: Location) -> Time:
    """time.ParseInLocation; raises GoError with Go's text."""
    return _Reader(layout, text, location).read()


def _digit_at(text: str, index: int) -> bool:
    return text[index : index + 1] in _DIGITS


def _skip(text: str, prefix: str) -> tuple[str, bool]:
    """`text` after a literal prefix, where blanks match any number of blanks; False if it is something else."""
    while prefix:
        if prefix[0] == " ":
            if text and text[0] != " ":
                return text, False
            prefix, text = prefix.lstrip(" "), text.lstrip(" ")
        elif text[:1] != prefix[0]:
            return text, False
        else:
            prefix, text = prefix[1:], text[1:]
    return text, True


class _Reader:
    """One parse: `rest` is what is left of the text, the other fields what has been read."""

    def __init__(self, layout: str, text: str, location: Location) -> None:
        self.layout, self.text, self.location = layout, text, location
        self.rest = text
        self.year = self.hour = self.minute = self.second = self.nanos = 0
        self.month = self.day = self.year_day = -1
        self.afternoon: bool | None = None
        self.zone: Location | None = None
        self.zone_offset: int | None = None
        self.zone_name = ""
        self.next_element = ""
        self.complaint = ""

    def read(self) -> Time:
        pieces = chunks(self.layout)
        for index, (prefix, element) in enumerate(pieces):
            self.rest, matches = _skip(self.rest, prefix)
            if not matches:
                self._fail(self.rest, prefix)
            if element:
                self.next_element = pieces[index + 1].element
                self._read_element(element)
        if self.rest:
            self._complain(f": extra text: {quote(self.rest)}")
        return self._result()

    def _read_element(self, element: str) -> None:
        before = self.rest
        try:
            if is_fraction(element):
                self._fraction(element)
            elif element[:3] in ("-07", "Z07"):
                self._offset(element)
            else:
                _READERS[element](self)
        except _Mismatch:
            self._fail(before, element)
        except _OutOfRange as found:
            self._complain(f": {found} out of range")

    def _fail(self, found: str, wanted: str) -> NoReturn:
        raise GoError(
            f"parsing time {quote(self.text)} as {quote(self.layout)}: cannot parse {quote(found)} as {quote(wanted)}"
        )

    def _complain(self, message: str) -> NoReturn:
        raise GoError(f"parsing time {quote(self.text)}{message}")

    # --- elements ----------------------------------------------------------------------------------------------------

    def _take(self, length: int) -> str:
        if len(self.rest) < length:
            raise _Mismatch
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def _number(self, *, fixed: bool) -> int:
        """One or two digits; exactly two if `fixed`."""
        length = 2 if _digit_at(self.rest, 1) else 1
        if not _digit_at(self.rest, 0) or (fixed and length == 1):
            raise _Mismatch
        return int(self._take(length))

    def _name(self, names: tuple[str, ...], length: int | None = None) -> int:
        for index, name in enumerate(names):
            if self.rest[: len(name[:length])].lower() == name[:length].lower():
                self._take(len(name[:length]))
                return index
        raise _Mismatch

    def _blank(self) -> None:
        self.rest = self.rest.removeprefix(" ")

    def short_year(self) -> None:
        digits = self._take(2)
        if not _signed_digits(digits):
            raise _Mismatch
        self.year = int(digits) + (1900 if int(digits) >= 69 else 2000)

    def long_year(self) -> None:
        if not _digit_at(self.rest, 0) or not set(digits := self._take(4)) <= _DIGITS:
            raise _Mismatch
        self.year = int(digits)

    def month_number(self, *, fixed: bool) -> None:
        self.month = self._number(fixed=fixed)
        if not 1 <= self.month <= 12:
            raise _OutOfRange("month")

    def month_name(self, length: int | None) -> None:
        self.month = self._name(LONG_MONTHS, length) + 1

    def day_name(self, length: int | None) -> None:
        self._name(LONG_DAYS, length)

    def day_number(self, *, fixed: bool = False, padded: bool = False) -> None:
        if padded:
            self._blank()
        self.day = self._number(fixed=fixed)

    def year_day_number(self, *, fixed: bool) -> None:
        if not fixed:
            self._blank()
            self._blank()
        length = next((i for i in range(3) if not _digit_at(self.rest, i)), 3)
        if length == 0 or (fixed and length != 3):
            raise _Mismatch
        self.year_day = int(self._take(length))

    def hour24(self) -> None:
        self.hour = self._limited(24, "hour", fixed=False)

    def hour12(self, *, fixed: bool) -> None:
        self.hour = self._limited(13, "hour", fixed=fixed)

    def read_minute(self, *, fixed: bool) -> None:
        self.minute = self._limited(60, "minute", fixed=fixed)

    def read_second(self, *, fixed: bool) -> None:
        self.second = self._limited(60, "second", fixed=fixed)
        # A fraction may follow the seconds although the layout has none.
        if self.rest[:1] in (".", ",") and _digit_at(self.rest, 1) and not is_fraction(self.next_element):
            self._nanoseconds(self._digits_after(1))

    def _limited(self, limit: int, what: str, *, fixed: bool) -> int:
        number = self._number(fixed=fixed)
        if number >= limit:
            raise _OutOfRange(what)
        return number

    def half_day(self, morning: str, afternoon: str) -> None:
        taken = self._take(2)
        if taken not in (morning, afternoon):
            raise _Mismatch
        self.afternoon = taken == afternoon

    def _digits_after(self, start: int) -> int:
        end = start
        while _digit_at(self.rest, end):
            end += 1
        return end

    def _fraction(self, element: str) -> None:
        if element[1] == "0":
            self._nanoseconds(len(element))
        elif self.rest[:1] in (".", ",") and _digit_at(self.rest, 1):
            self._nanoseconds(self._digits_after(1))

    def _nanoseconds(self, length: int) -> None:
        taken = self._take(length)
        if taken[0] not in ".,":
            raise _Mismatch
        digits = taken[1:10]
        if not _signed_digits(digits):
            raise _Mismatch
        if int(digits) < 0:
            raise _OutOfRange("fractional second")
        self.nanos = int(digits) * 10 ** (9 - len(digits))

    def _offset(self, element: str) -> None:
        if element[0] == "Z" and self.rest.startswith("Z"):
            self._take(1)
            self.zone = UTC_LOCATION
            return
        taken = self._take(len(element))
        colons = [i for i, char in enumerate(element) if char == ":"]
        if any(taken[i] != ":" for i in colons):
            raise _Mismatch
        numbers = [taken[i : i + 2] for i in ((1, 4, 7) if colons else (1, 3, 5)) if i < len(taken)]
        if not all(set(number) <= _DIGITS for number in numbers):
            raise _Mismatch
        hours, minutes, seconds = [*map(int, numbers), 0, 0][:3]
        for number, limit, what in ((seconds, 60, "second"), (minutes, 60, "minute"), (hours, 24, "hour")):
            if number > limit:
                raise _OutOfRange(f"time zone offset {what}")
        if taken[0] not in "+-":
            raise _Mismatch
        total = (hours * 60 + minutes) * 60 + seconds
        self.zone_offset = -total if taken[0] == "-" else total

    def abbreviation(self) -> None:
        if self.rest.startswith("UTC"):
            self._take(3)
            self.zone = UTC_LOCATION
            return
        length = _abbreviation_length(self.rest)
        if not length:
            raise _Mismatch
        self.zone_name = self._take(length)

    # --- putting it together -----------------------------------------------------------------------------------------

    def _result(self) -> Time:
        if self.afternoon and self.hour < 12:
            self.hour += 12
        elif self.afternoon is False and self.hour == 12:
            self.hour = 0
        self._settle_date()
        if self.day < 1 or self.day > days_in(self.month, self.year):
            self._complain(": day out of range")
        seconds = (self.hour * 60 + self.minute) * 60 + self.second
        wall = days_since_epoch(self.year, self.month, self.day) * DAY + seconds
        return self._placed(wall)

    def _settle_date(self) -> None:
        if self.year_day < 0:
            self.month, self.day = max(self.month, 1) if self.month >= 0 else 1, self.day if self.day >= 0 else 1
            return
        if not 1 <= self.year_day <= 365 + is_leap(self.year):
            self._complain(": day-of-year out of range")
        month, day = 1, self.year_day
        while day > days_in(month, self.year):
            day -= days_in(month, self.year)
            month += 1
        if self.month not in (-1, month):
            self._complain(": day-of-year does not match month")
        if self.day not in (-1, day):
            self._complain(": day-of-year does not match day")
        self.month, self.day = month, day

    def _placed(self, wall: int) -> Time:
        """The instant at which the clocks of the zone that was read show `wall`."""
        if self.zone is not None:
            return from_wall(wall, self.nanos, self.zone)
        if self.zone_offset is not None:
            return self._at_offset(wall - self.zone_offset)
        if not self.zone_name:
            return from_wall(wall, self.nanos, self.location)
        known = self.location.find(self.zone_name, wall)
        if known is not None:
            return Time(wall - known, self.nanos, self.location)
        offset = int(self.zone_name[3:] or 0) * 3600 if self.zone_name.startswith("GMT") else 0
        return Time(wall, self.nanos, zones.fixed(self.zone_name, offset))

    def _at_offset(self, unix: int) -> Time:
        assert self.zone_offset is not None
        name, offset, _ = self.location.at(unix)
        if offset == self.zone_offset and self.zone_name in ("", name):
            return Time(unix, self.nanos, self.location)
        return Time(unix, self.nanos, zones.fixed(self.zone_name, self.zone_offset))


def _signed_digits(text: str) -> bool:
    digits = text[1:] if text[:1] in ("+", "-") else text
    return bool(digits) and set(digits) <= _DIGITS


def _abbreviation_length(text: str) -> int:
    """How much of the text looks like a zone abbreviation; 0 if none does."""
    if len(text) < 3:
        return 0
    if text[:4] in ("ChST", "MeST"):
        return 4
    if text.startswith("GMT"):
        return 3 + _signed_offset_length(text[3:])
    if text[0] in "+-":
        return _signed_offset_length(text)
    upper = next((i for i in range(6) if not "A" <= text[i : i + 1] <= "Z"), 6)
    if upper == 3 or (upper == 5 and text[4] == "T") or (upper == 4 and (text[3] == "T" or text[:4] == "WITA")):
        return upper
    return 0


def _signed_offset_length(text: str) -> int:
    if text[:1] not in ("+", "-"):
        return 0
    digits = next((i for i, char in enumerate(text[1:]) if char not in _DIGITS), len(text) - 1)
    return 0 if digits == 0 or digits > 18 or int(text[1 : 1 + digits]) > 23 else 1 + digits


_READERS: dict[str, Callable[[_Reader], None]] = {
    "2006": _Reader.long_year,
    "06": _Reader.short_year,
    "January": lambda r: r.month_name(None),
    "Jan": lambda r: r.month_name(3),
    "1": lambda r: r.month_number(fixed=False),
    "01": lambda r: r.month_number(fixed=True),
    "Monday": lambda r: r.day_name(None),
    "Mon": lambda r: r.day_name(3),
    "2": lambda r: r.day_number(),
    "_2": lambda r: r.day_number(padded=True),
    "02": lambda r: r.day_number(fixed=True),
    "__2": lambda r: r.year_day_number(fixed=False),
    "002": lambda r: r.year_day_number(fixed=True),
    "15": _Reader.hour24,
    "3": lambda r: r.hour12(fixed=False),
    "03": lambda r: r.hour12(fixed=True),
    "4": lambda r: r.read_minute(fixed=False),
    "04": lambda r: r.read_minute(fixed=True),
    "5": lambda r: r.read_second(fixed=False),
    "05": lambda r: r.read_second(fixed=True),
    "PM": lambda r: r.half_day("AM", "PM"),
    "pm": lambda r: r.half_day("am", "pm"),
    "MST": _Reader.abbreviation,
}
