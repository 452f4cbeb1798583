"""Time.Format: an instant written in a reference-time layout."""

from collections.abc import Callable

from helmpy.golang.time.instant import Time
from helmpy.golang.time.layout import chunks, is_fraction


def format_time(moment: Time, layout: str) -> str:
    """The instant in the layout; text that is no element stays as it is."""
    out = []
    for prefix, element in chunks(layout):
        out.append(prefix)
        if is_fraction(element):
            out.append(_fraction(moment.nanos, element))
        elif element[:3] in ("-07", "Z07"):
            out.append(_offset(moment.offset().seconds, element))
        elif element:
            out.append(_WRITERS[element](moment))
    return "".join(out)


def _number(value: int, width: int) -> str:
    """Zero-padded; the sign comes before the padding."""
    return f"{'-' * (value < 0)}{abs(value):0{width}d}"


def _hour12(moment: Time) -> int:
    return moment.hour() % 12 or 12


def _fraction(nanos: int, element: str) -> str:
    digits = f"{nanos:09d}"[: len(element) - 1]
    if element[1] == "9":
        digits = digits.rstrip("0")
    return element[0] + digits if digits else ""


def _offset(seconds: int, element: str) -> str:
    if element[0] == "Z" and seconds == 0:
        return "Z"
    sign = "-" if seconds <= -60 else "+"
    colon = ":" if ":" in element else ""
    minutes = abs(seconds) // 60
    text = f"{sign}{minutes // 60:02d}"
    if len(element) > 3:
        text += f"{colon}{minutes % 60:02d}"
    if len(element) > 6:
        text += f"{colon}{abs(seconds) % 60:02d}"
    return text


def _zone_name(moment: Time) -> str:
    name, seconds = moment.zone()
    return name or _offset(seconds, "-0700")


_WRITERS: dict[str, Callable[[Time], str]] = {
    "2006": lambda t: _number(t.year(), 4),
    "06": lambda t: f"{abs(t.year()) % 100:02d}",
    "January": lambda t: str(t.month()),
    "Jan": lambda t: str(t.month())[:3],
    "1": lambda t: f"{int(t.month())}",
    "01": lambda t: f"{int(t.month()):02d}",
    "Monday": lambda t: str(t.weekday()),
    "Mon": lambda t: str(t.weekday())[:3],
    "2": lambda t: f"{t.day()}",
    "_2": lambda t: f"{t.day():2d}",
    "02": lambda t: f"{t.day():02d}",
    "__2": lambda t: f"{t.year_day():3d}",
    "002": lambda t: f"{t.year_day():03d}",
    "15": lambda t: f"{t.hour():02d}",
    "3": lambda t: f"{_hour12(t)}",
    "03": lambda t: f"{_hour12(t):02d}",
    "4": lambda t: f"{t.minute()}",
    "04": lambda t: f"{t.minute():02d}",
    "5": lambda t: f"{t.second()}",
    "05": lambda t: f"{t.second():02d}",
    "PM": lambda t: "PM" if t.hour() >= 12 else "AM",
    "pm": lambda t: "pm" if t.hour() >= 12 else "am",
    "MST": _zone_name,
}
