"""Time and the schedule of the single thread: what is ready now, what is due later.

Everything that acts in the cluster (informers, controllers, scheduler, kubelets, leases) is a callback on one `Loop`.
Nothing sleeps. With a virtual clock the loop jumps to the next timer; with the real clock a server drives it by `poll`.
Must not import anything of cluster_core.
"""

import heapq
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol


class Clock(Protocol):
    """Where `now` comes from."""

    def now(self) -> float:
        """Seconds since the epoch."""
        ...

    def advance_to(self, when: float) -> None:
        """Move to `when`; a real clock ignores it."""
        ...


class VirtualClock:
    """Time that stands still until the loop moves it."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance_to(self, when: float) -> None:
        self._now = max(self._now, when)


class RealClock:
    """The wall clock, times `rate` from the moment of its making."""

    def __init__(self, rate: float = 1.0) -> None:
        self._rate, self._wall, self._mono = rate, time.time(), time.monotonic()

    def now(self) -> float:
        return self._wall + (time.monotonic() - self._mono) * self._rate

    def advance_to(self, when: float) -> None:
        return None


class Timer:
    """One callback due at `when`. Background timers (leases, probes of ready pods, resyncs) never keep a cluster busy;
    upkeep among them (leases, resyncs) only says again what is known."""

    __slots__ = ("args", "background", "callback", "cancelled", "loop", "upkeep", "when")

    def __init__(
        self,
        loop: "Loop",
        when: float,
        callback: Callable[..., None],
        args: tuple[Any, ...],
        background: bool,
        upkeep: bool,
    ) -> None:
        self.loop, self.when, self.callback, self.args, self.background = loop, when, callback, args, background
        self.upkeep = upkeep
        self.cancelled = False

    def cancel(self) -> None:
        """Make sure the callback does not run; cancelling twice is harmless."""
        if not self.cancelled:
            self.cancelled = True
            if not self.background:
                self.loop._foreground -= 1


class Loop:
    """A first-in-first-out ready queue and a heap of timers; order is deterministic."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or VirtualClock()
        self._ready: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._sequence = 0
        self._foreground = 0
        self._stamp = 0
        self.on_wakeup: Callable[[], None] | None = None
        """Called when work arrives from outside a run: a server schedules its next `poll` here."""

    def now(self) -> float:
        """Seconds since the epoch, by the injected clock."""
        return self.clock.now()

    def unique_nanoseconds(self) -> int:
        """The time in nanoseconds, counted on where time stands still: no two calls give the same number."""
        self._stamp = max(self._stamp + 1, round(self.clock.now() * 1e9))
        return self._stamp

    def call_soon(self, callback: Callable[..., None], *args: Any) -> None:
        """Run `callback` after everything that is ready already."""
        self._ready.append((callback, args))
        if self.on_wakeup is not None:
            self.on_wakeup()

    def call_later(
        self, delay: float, callback: Callable[..., None], *args: Any, background: bool = False, upkeep: bool = False
    ) -> Timer:
        """Run `callback` once `delay` seconds have passed. `upkeep` timers are background timers too."""
        background = background or upkeep
        timer = Timer(self, self.clock.now() + max(delay, 0.0), callback, args, background, upkeep)
        self._sequence += 1
        heapq.heappush(self._timers, (timer.when, self._sequence, timer))
        if not background:
            self._foreground += 1
        if self.on_wakeup is not None:
            self.on_wakeup()
        return timer

    @property
    def busy(self) -> bool:
        """True while something is ready or a foreground timer is pending."""
        return bool(self._ready) or self._foreground > 0

    def next_due(self) -> float | None:
        """When the earliest timer is due, in seconds since the epoch; None without timers."""
        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def next_change(self) -> float:
        """When something may happen at last, upkeep aside: 0 if it is ready now, infinity if nothing is planned."""
        if self._ready:
            return 0.0
        planned = (when for when, _, timer in self._timers if not (timer.cancelled or timer.upkeep))
        return min(planned, default=float("inf"))

    def run_ready(self) -> None:
        """Run everything that is ready, and what becomes ready by it, without moving time."""
        ready = self._ready
        while ready:
            callback, args = ready.popleft()
            callback(*args)

    def _fire_next(self) -> None:
        _, _, timer = heapq.heappop(self._timers)
        if not timer.cancelled:
            timer.cancelled = True
            if not timer.background:
                self._foreground -= 1
            timer.callback(*timer.args)

    def poll(self) -> float | None:
        """Run what is ready and due by the clock; seconds until the next timer, None without one. For servers."""
        while True:
            self.run_ready()
            due = self.next_due()
            if due is None:
                return None
            if due > self.clock.now():
                return due - self.clock.now()
            self._fire_next()

    def step(self) -> bool:
        """Run what is ready, then move time to the next timer and fire it; False when there is none."""
        self.run_ready()
        due = self.next_due()
        if due is None:
            return False
        self.clock.advance_to(due)
        self._fire_next()
        self.run_ready()
        return True

    def advance(self, seconds: float) -> None:
        """Move virtual time by `seconds`, firing everything due on the way."""
        end = self.clock.now() + seconds
        self.run_ready()
        while (due := self.next_due()) is not None and due <= end:
            self.clock.advance_to(due)
            self._fire_next()
            self.run_ready()
        self.clock.advance_to(end)

    def settle(self, timeout: float = 3600.0) -> bool:
        """Run to quiet: nothing ready and no foreground timer left. False if `timeout` virtual seconds were not enough."""
        end = self.clock.now() + timeout
        self.run_ready()
        while self._foreground > 0:
            due = self.next_due()
            if due is None or due > end:
                return False
            self.step()
        return True

    def run_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Move virtual time until `condition` holds; False when `timeout` seconds passed or nothing is left to happen."""
        end = self.clock.now() + timeout
        self.run_ready()
        while not condition():
            if self._ready:
                self.run_ready()  # what the condition itself brought about
                continue
            due = self.next_due()
            if due is None or due > end:
                self.clock.advance_to(end)
                return condition()
            self.clock.advance_to(due)
            self._fire_next()
            self.run_ready()
        return True
