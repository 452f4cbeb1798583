"""Numbers that a spec gives as a count or as a percentage ("25%") of something."""

from typing import Any


def scaled(value: Any, total: int, *, up: bool) -> int:
    """`value` of `total`: an int as it is, a percentage rounded up or down; None is 0."""
    if value is None:
        return 0
    if isinstance(value, str):
        percent = int(value.removesuffix("%"))
        return -(-percent * total // 100) if up else percent * total // 100
    return int(value)
