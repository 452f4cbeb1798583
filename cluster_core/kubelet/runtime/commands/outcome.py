"""What every command shares: the type of its outcome, waiting, and finding a file's own name."""

from collections.abc import Generator
from typing import Any

from cluster_core.kubelet.runtime.process import FOREVER, Program

Outcome = int | Generator[float, Any, int]
"""What a command gives: its exit code at once, or waits and then the code."""


def base_name(path: str) -> str:
    """`/bin/sh` → `sh`."""
    return path.rpartition("/")[2]


def wait(seconds: float) -> Program:
    """Wait so many seconds, for ever if infinite."""
    if seconds == float("inf"):
        while True:
            yield FOREVER
    yield max(seconds, 0.0)
    return 0
