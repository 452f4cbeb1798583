"""Release names: given, generated or templated, and what makes one valid (Helm's rules and texts)."""

import time

from helmpy.errors import ReleaseError, UsageError

MAX_LENGTH = 53
_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"


_ENDS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_INSIDE = _ENDS | {"-"}


def problem_of(name: str) -> str:
    """Why a name is no release name; "" if it is one."""
    if not name:
        return "no name provided"
    if len(name) > MAX_LENGTH or not all(map(_is_label, name.split("."))):
        return f"invalid release name, must match regex {_PATTERN} and the length must not be longer than {MAX_LENGTH}"
    return ""


def _is_label(text: str) -> bool:
    return text != "" and text[0] in _ENDS and text[-1] in _ENDS and _INSIDE.issuperset(text)


def check(name: str, message: str) -> None:
    """Raise ReleaseError with `message` for a name that is none."""
    if problem_of(name):
        raise ReleaseError(message)


def name_and_chart(args: list[str], generate: bool, template: str, default: str = "") -> tuple[str, str]:
    """The release name and the chart reference of a command line. Raises UsageError."""
    if len(args) > 2:
        raise UsageError(f"expected at most two arguments, unexpected arguments: {', '.join(args[2:])}")
    if len(args) == 2:
        if generate:
            raise UsageError("cannot set --generate-name and also specify a name")
        if template:
            raise UsageError("cannot set --name-template and also specify a name")
        return args[0], args[1]
    if template:
        from helmpy.engine.render import render_text

        return render_text(template, None), args[0]
    if default:
        return default, args[0]
    if not generate:
        raise UsageError("must either provide a name or specify --generate-name")
    return generated(args[0]), args[0]


def generated(chart: str) -> str:
    """ "<chart>-<unix seconds>" of a chart reference."""
    base = chart.rstrip("/").rpartition("/")[2]
    base = "chart" if base in (".", "") else base.partition(".")[0]
    return f"{base}-{int(time.time())}"
