"""Keyed work on the loop: each key is processed once however often it was added, and retried when it fails."""

import sys
from collections.abc import Callable

from cluster_core.clock import Loop, Timer

BASE_DELAY, MAX_DELAY = 0.005, 1000.0
PATIENCE = 5.0
"""Retries farther apart than this no longer keep a cluster busy: the key may fail for ever."""


class WorkQueue:
    """Runs `process(key)` through `loop.call_soon`. A failing key is logged and retried with growing delay, alone.

    `delays` are the seconds before the first retry and the most that it grows to.
    """

    def __init__(
        self,
        loop: Loop,
        process: Callable[[str], None],
        *,
        name: str = "",
        delays: tuple[float, float] = (BASE_DELAY, MAX_DELAY),
    ) -> None:
        self.name = name or getattr(process, "__qualname__", "queue")
        self._loop, self._process = loop, process
        self._base_delay, self._max_delay = delays
        self._queued: dict[str, None] = {}
        self._scheduled = False
        self._failures: dict[str, int] = {}
        self._delayed: dict[str, Timer] = {}
        self.on_error: Callable[[str, Exception], None] | None = None
        """Replaces the log line for an exception of `process`."""

    def add(self, key: str) -> None:
        """Process the key soon."""
        self._queued[key] = None
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._run)

    def add_after(self, key: str, seconds: float, *, background: bool = False) -> None:
        """Process the key after a delay; of several delays for one key the earliest counts."""
        if seconds <= 0:
            self.add(key)
            return
        pending = self._delayed.get(key)
        if pending is not None and not pending.cancelled:
            if pending.when <= self._loop.now() + seconds:
                return
            pending.cancel()
        self._delayed[key] = self._loop.call_later(seconds, self._due, key, background=background)

    def _due(self, key: str) -> None:
        self._delayed.pop(key, None)
        self.add(key)

    def add_rate_limited(self, key: str) -> None:
        """Process the key after the base delay, doubling with each call until `forget`, up to the longest."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay = min(self._base_delay * 2 ** min(failures, 40), self._max_delay)
        self.add_after(key, delay, background=delay > PATIENCE)

    def forget(self, key: str) -> None:
        """The key succeeded: its next failure starts over at the shortest delay."""
        self._failures.pop(key, None)

    def num_requeues(self, key: str) -> int:
        """How often the key was rate limited since it was forgotten."""
        return self._failures.get(key, 0)

    def _run(self) -> None:
        """Process the oldest key, then let others on the loop go first."""
        queued = self._queued
        key = next(iter(queued))
        del queued[key]
        if queued:
            self._loop.call_soon(self._run)
        else:
            self._scheduled = False
        try:
            self._process(key)
        except Exception as error:
            self._report(key, error)
            self.add_rate_limited(key)

    def _report(self, key: str, error: Exception) -> None:
        if self.on_error is not None:
            self.on_error(key, error)
            return
        from cluster_core.apimachinery.errors import ApiError

        if isinstance(error, ApiError):
            return
        import traceback

        print(f'{self.name}: sync "{key}" failed: {error}', file=sys.stderr)
        traceback.print_exception(error, file=sys.stderr)
