"""Write a new chart to start from."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from helmpy.chart import scaffold


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """`starter`: a chart of the user's own, by path or by its name in the folder `starters`."""

    starter: str = ""
    starters: str = ""


def create(path: str, options: CreateOptions, warn: Callable[[str], None]) -> str:
    """Writes a chart named like the last part of `path`; returns its folder. Raises ChartError."""
    directory, name = os.path.split(path.rstrip("/") or path)
    directory = directory or "."
    if options.starter:
        starter = options.starter if os.path.isabs(options.starter) else os.path.join(options.starters, options.starter)
        return str(scaffold.create_from(name, directory, starter))
    return str(scaffold.create(name, directory, warn))
