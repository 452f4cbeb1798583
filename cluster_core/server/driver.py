"""Runs the cluster's loop inside asyncio's, and makes writes durable in groups.

Everything happens on one thread: a turn runs what is ready and due, then asyncio serves sockets, then the next turn.
"""

import asyncio
import time
from collections.abc import Callable

from cluster_core.clock import Loop

SLICE = 0.02
"""Seconds that a turn may take before sockets are served again."""
COMMIT_DELAY = 0.05
"""Seconds that writes of the cluster's own actors wait for company before they go to disk."""


class ServingClock:
    """The wall clock from `start` on, times `rate`; waits can be skipped by moving it on."""

    def __init__(self, start: float, rate: float = 1.0) -> None:
        self._start, self._rate, self._mono = start, rate, time.monotonic()

    def now(self) -> float:
        return self._start + (time.monotonic() - self._mono) * self._rate

    def advance_to(self, when: float) -> None:
        self._start += max(when - self.now(), 0.0)


class Driver:
    """Drives `loop` until stopped. With `skip` nobody waits: time moves on to the next thing that something waits for."""

    def __init__(self, loop: Loop, commit: Callable[[], None], *, rate: float = 1.0, skip: bool = False) -> None:
        self._loop, self._commit, self._rate, self._skip = loop, commit, rate, skip
        self._asyncio = asyncio.get_running_loop()
        self._scheduled = self._running = False
        self._timer: asyncio.TimerHandle | None = None
        self._commit_timer: asyncio.TimerHandle | None = None
        self._durable: asyncio.Future[None] | None = None
        loop.clock = ServingClock(loop.now(), rate)
        loop.on_wakeup = self._wake
        self._wake()

    def _wake(self) -> None:
        if not (self._scheduled or self._running):
            self._scheduled = True
            self._asyncio.call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled, self._running = False, True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            wait = self._run_slice(time.monotonic() + SLICE)
        finally:
            self._running = False
        if wait is not None:
            self._timer = self._asyncio.call_later(wait, self._turn)
        if self._commit_timer is None:
            self._commit_timer = self._asyncio.call_later(COMMIT_DELAY, self._commit_later)

    def _run_slice(self, end: float) -> float | None:
        """Run what is ready and due until `end` by the monotonic clock; seconds until the next turn, None for never."""
        loop = self._loop
        while True:
            loop.run_ready()
            due = loop.next_due()
            if due is None:
                return None
            left = due - loop.now()
            if left > 0 and not (self._skip and loop.busy):
                return left / self._rate
            loop.step()
            if time.monotonic() > end:
                return 0.0

    def _commit_later(self) -> None:
        self._commit_timer = None
        try:
            self._commit()
        except Exception as error:
            self._report(error)

    def _report(self, error: Exception) -> None:
        """A disk that refuses is told to whoever writes; the batch is kept, and the next commit tries again."""
        self._asyncio.call_exception_handler({"message": "the cluster's file could not be written", "exception": error})

    async def durable(self) -> None:
        """Return once everything written so far is on disk; raises PersistenceError. All who wait now share one commit."""
        if self._durable is None:
            self._durable = self._asyncio.create_future()
            self._asyncio.call_soon(self._commit_now)
        await asyncio.shield(self._durable)

    def _commit_now(self) -> None:
        waiting, self._durable = self._durable, None
        assert waiting is not None
        try:
            self._commit()
        except Exception as error:
            waiting.set_exception(error)
        else:
            waiting.set_result(None)

    def stop(self) -> None:
        """Run nothing more."""
        self._loop.on_wakeup = None
        self._scheduled = True
        for timer in (self._timer, self._commit_timer):
            if timer is not None:
                timer.cancel()
