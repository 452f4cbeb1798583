"""What is wrong with a cron schedule, in the words of the parser that Kubernetes uses. Running schedules is the controller's."""

_FIELDS = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    (0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_UNITS = ("ns", "us", "µs", "μs", "ms", "s", "m", "h")


class _ScheduleError(ValueError):
    """The text says what is wrong."""


def problem(schedule: str) -> str | None:
    """The parser's complaint, or None for a good schedule."""
    try:
        _parse(schedule)
    except _ScheduleError as error:
        return str(error)
    return None


def _parse(schedule: str) -> None:
    if not schedule:
        raise _ScheduleError("empty spec string")
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        zone, _, schedule = schedule.partition(" ")
        _zone(zone.partition("=")[2])
        schedule = schedule.strip()
    if schedule.startswith("@"):
        _descriptor(schedule)
        return
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        raise _ScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    for text, (low, high, names) in zip(fields, _FIELDS, strict=True):
        for part in filter(None, text.split(",")):
            _range(part, low, high, names)


def _zone(name: str) -> None:
    if zone_problem(name):
        raise _ScheduleError(f"provided bad location {name}: unknown time zone {name}")


def zone_problem(name: str) -> str | None:
    """`unknown time zone X`, or None for a zone of the IANA database."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return f"unknown time zone {name}"
    return None


def _descriptor(text: str) -> None:
    if text in _DESCRIPTORS:
        return
    if text.startswith("@every "):
        found = _duration_problem(text.removeprefix("@every "))
        if found:
            raise _ScheduleError(f"failed to parse duration {text}: {found}")
        return
    raise _ScheduleError(f"unrecognized descriptor: {text}")


def _duration_problem(text: str) -> str | None:
    import re

    rest = text.lstrip("+-") if text[:1] in ("+", "-") else text
    if rest == "0":
        return None
    if not rest:
        return f'time: invalid duration "{text}"'
    while rest:
        found = re.match(r"(\d+\.?\d*|\.\d+)([^\d.]*)", rest)
        if found is None:
            return f'time: invalid duration "{text}"'
        unit = found[2]
        if not unit:
            return f'time: missing unit in duration "{text}"'
        if unit not in _UNITS:
            return f'time: unknown unit "{unit}" in duration "{text}"'
        rest = rest[found.end() :]
    return None


def _range(text: str, low: int, high: int, names: tuple[str, ...]) -> None:
    parts = text.split("/")
    ends = parts[0].split("-")
    if ends[0] in ("*", "?"):
        start, end = low, high
    else:
        start = end = _number_or_name(ends[0], names)
        if len(ends) == 2:
            end = _number_or_name(ends[1], names)
        elif len(ends) > 2:
            raise _ScheduleError(f"too many hyphens: {text}")
    step = 1
    if len(parts) == 2:
        step = _number(parts[1])
        if len(ends) == 1:
            end = high
    elif len(parts) > 2:
        raise _ScheduleError(f"too many slashes: {text}")
    _check_range(text, start, end, step, low, high)


def _check_range(text: str, start: int, end: int, step: int, low: int, high: int) -> None:
    if start < low:
        raise _ScheduleError(f"beginning of range ({start}) below minimum ({low}): {text}")
    if end > high:
        raise _ScheduleError(f"end of range ({end}) above maximum ({high}): {text}")
    if start > end:
        raise _ScheduleError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise _ScheduleError(f"step of range should be a positive number: {text}")


def _number_or_name(text: str, names: tuple[str, ...]) -> int:
    lowered = text.lower()
    return names.index(lowered) if lowered and lowered in names else _number(text)


def _number(text: str) -> int:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not (digits.isascii() and digits.isdigit()):
        raise _ScheduleError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    number = int(text)
    if number < 0:
        raise _ScheduleError(f"negative number ({number}) not allowed: {text}")
    return number
