"""time.Location: UTC, fixed offsets, the machine's zone and the zones of the time zone database.

Used by `time.instant` and `time.parsing`. Reads $TZ at each call, since tests and commands may change it.
"""

import os
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from helmpy.golang.types import Int64, Struct

if TYPE_CHECKING:
    from datetime import timedelta, tzinfo

_CYCLE = 146_097 * 86_400  # 400 years: the calendar repeats
_FIRST = -62_000_000_000  # some days after the start of year 5, where datetime still works with every offset
_LAST = 253_000_000_000  # some years before 9999
_HALF_MONTH = 15 * 86_400
_HISTORY_START, _HISTORY_END = -3_000_000_000, 2_200_000_000  # 1874 to 2039


class Offset(NamedTuple):
    """The rule in force at an instant."""

    name: str
    seconds: int  # east of UTC
    daylight: bool


class Location(Struct):
    """A named set of offsets from UTC."""

    GO_TYPE: ClassVar[str] = "*time.Location"
    GO_KIND: ClassVar[str] = "ptr"
    STRINGER: ClassVar[bool] = True
    GO_METHODS: ClassVar[Mapping[str, str]] = {"String": "__str__"}

    def __init__(self, name: str, zone: "tzinfo | None" = None, fixed: Offset | None = None) -> None:
        self.name = name
        self._zone = zone
        self._fixed = fixed

    def __str__(self) -> str:
        return self.name

    def go_fields(self) -> tuple[tuple[str, Any], ...]:
        """The private fields of a location that has not been asked for anything yet."""
        return (
            *(("name", self.name), ("zone", []), ("tx", []), ("extend", "")),
            *(("cacheStart", Int64(0)), ("cacheEnd", Int64(0)), ("cacheZone", None)),
        )

    def at(self, unix: int) -> Offset:
        """The offset in force at an instant (seconds since 1970)."""
        if self._fixed is not None:
            return self._fixed
        from datetime import datetime

        moment = datetime.fromtimestamp(_inside(unix), self._zone)
        return Offset(moment.tzname() or "", int(_total(moment.utcoffset())), _total(moment.dst()) != 0)

    def at_local(self, unix_local: int) -> int:
        """The seconds east of UTC for a wall clock reading given as if it were UTC."""
        return self.at(unix_local - self.at(unix_local).seconds).seconds

    def find(self, abbreviation: str, unix_local: int) -> int | None:
        """The offset of an abbreviation: the one in force at that wall clock time, else any that was ever in use."""
        offsets = [offset.seconds for offset in self._history if offset.name == abbreviation]
        for seconds in offsets:
            found = self.at(unix_local - seconds)
            if found.name == abbreviation:
                return found.seconds
        return offsets[0] if offsets else None

    @cached_property
    def _history(self) -> tuple[Offset, ...]:
        """Every rule that was in force for half a month or longer."""
        if self._fixed is not None:
            return (self._fixed,)
        return tuple(dict.fromkeys(map(self.at, range(_HISTORY_START, _HISTORY_END, _HALF_MONTH))))


def _total(delta: "timedelta | None") -> float:
    return delta.total_seconds() if delta else 0.0


def _inside(unix: int) -> int:
    """An instant of the same date in another 400-year cycle, within datetime's years."""
    if unix > _LAST:
        return unix - ((unix - _LAST) // _CYCLE + 1) * _CYCLE
    return max(unix, _FIRST)


UTC_LOCATION = Location("UTC", fixed=Offset("UTC", 0, False))


def fixed(name: str, seconds: int) -> Location:
    """time.FixedZone."""
    return Location(name, fixed=Offset(name, seconds, False))


def load(name: str) -> Location | None:
    """time.LoadLocation; None where there is no such zone."""
    if name in ("", "UTC"):
        return UTC_LOCATION
    if name == "Local":
        return local()
    if ".." in name or name[0] in "/\\":
        return None
    return _database(name)


@lru_cache(maxsize=256)
def _database(name: str) -> Location | None:
    from zoneinfo import ZoneInfo

    try:
        return Location(name, zone=ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return None


def local() -> Location:
    """The machine's zone: $TZ, or /etc/localtime where that is unset."""
    return _local(os.environ.get("TZ"))


@lru_cache(maxsize=8)
def _local(setting: str | None) -> Location:
    if setting is None:
        found = _from_file("/etc/localtime", "Local")
    else:
        name = setting.removeprefix(":")
        if name.startswith("/"):
            found = _from_file(name, "Local" if name == "/etc/localtime" else name)
        else:
            found = load(name) if name not in ("", "UTC", "Local") else None
    return found or Location("UTC", fixed=Offset("UTC", 0, False))


def _from_file(path: str, name: str) -> Location | None:
    from zoneinfo import ZoneInfo

    try:
        with open(path, "rb") as data:
            return Location(name, zone=ZoneInfo.from_file(data))
    except (ValueError, OSError):
        return None
