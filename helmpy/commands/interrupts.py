"""Ctrl-C and SIGTERM while a release changes: say so, and let the action record the failure."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def announcing(name: str) -> Iterator[None]:
    """Turn SIGINT and SIGTERM into KeyboardInterrupt, after one line that names the release."""

    def interrupted(_number: int, _frame: Any) -> None:
        print(f"Release {name} has been cancelled.", flush=True)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
