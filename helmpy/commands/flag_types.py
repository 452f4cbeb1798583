"""What the values of flags may be, with Go's error texts: click parameter types."""

from typing import Any

import click


class IntType(click.ParamType[Any]):
    """An int with Go's error text."""

    name = "int"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return int(value)
        except ValueError:
            return self.fail(f'strconv.ParseInt: parsing "{value}": invalid syntax', param, ctx)


class DurationType(click.ParamType[Any]):
    """A Go duration ("5m0s", "1h30m", "300ms") as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, (int, float)):
            return float(value)
        seconds = parse_duration(value)
        if seconds is not None:
            return seconds
        from helmpy.golang.time import duration
        from helmpy.golang.types import GoError

        try:
            duration.parse(value)
        except GoError as error:
            return self.fail(str(error), param, ctx)
        return self.fail(f'time: invalid duration "{value}"', param, ctx)


class FormatType(click.ParamType[Any]):
    """`-o table|json|yaml`."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value) if value in ("table", "json", "yaml") else self.fail("invalid format type", param, ctx)


class WaitType(click.ParamType[Any]):
    """`--wait[=watcher|hookOnly|legacy]`, with `true` and `false` as Helm 3 wrote them."""

    name = "WaitStrategy"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        known = {
            "watcher": "watcher",
            "hookOnly": "hookOnly",
            "legacy": "legacy",
            "true": "watcher",
            "false": "hookOnly",
        }
        if value in known:
            return known[value]
        return self.fail(f'invalid wait input "{value}". Valid inputs are watcher, hookOnly, and legacy', param, ctx)


INT, DURATION, FORMAT, WAIT = IntType(), DurationType(), FormatType(), WaitType()


def parse_duration(text: str) -> float | None:
    """Seconds of a Go duration text, None if it is none. (Go: time.ParseDuration)."""
    import re

    units = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
    sign, body = (-1.0, text[1:]) if text[:1] == "-" else (1.0, text.removeprefix("+"))
    if body == "0":
        return 0.0
    if not re.fullmatch(r"((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+", body):
        return None
    parts = re.findall(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", body)
    return sign * sum(float(number) * units[unit] for number, unit in parts)
