"""Pods waiting for a node: ready to be tried, backing off, or refused until something changes.

Called by the scheduler. Knows time only through the loop; must not write to the API.
"""

import heapq
from collections.abc import Callable

from cluster_core.clock import Loop, Timer
from cluster_core.scheduler.pods import PodInfo

INITIAL_BACKOFF, MAX_BACKOFF = 1.0, 10.0
EARLY_AFTER = 0.1
"""Seconds in which helpful changes are collected before refused pods are tried again."""
FLUSH_AFTER = 300.0
"""Seconds after which a refused pod is tried again even if nothing happened."""


class SchedulingQueue:
    """Highest priority first, then first come. `on_ready` is called when a pod may be tried."""

    def __init__(self, loop: Loop, on_ready: Callable[[], None]) -> None:
        self._loop, self._on_ready = loop, on_ready
        self._active: list[tuple[int, float, int, str]] = []
        self._backing_off: dict[str, Timer] = {}
        self._refused: dict[str, Timer] = {}
        self.pods: dict[str, PodInfo] = {}
        """Every waiting pod by uid."""
        self._ready: set[str] = set()
        self._sequence = 0

    def __contains__(self, uid: str) -> bool:
        return uid in self.pods

    def refused(self) -> list[PodInfo]:
        """Pods that wait for a change, oldest refusal first."""
        return [self.pods[uid] for uid in self._refused]

    def add(self, info: PodInfo) -> None:
        """Queue a pod to be tried as soon as possible."""
        self.pods[info.uid] = info
        self._activate(info)

    def _activate(self, info: PodInfo) -> None:
        self._unpark(info.uid)
        if info.uid in self._ready:
            return
        self._ready.add(info.uid)
        info.queued_at = self._loop.now()
        self._sequence += 1
        heapq.heappush(self._active, (-info.cls.priority, info.queued_at, self._sequence, info.uid))
        self._on_ready()

    def _unpark(self, uid: str) -> None:
        for parked in (self._backing_off, self._refused):
            timer = parked.pop(uid, None)
            if timer is not None:
                timer.cancel()

    def pop(self) -> PodInfo | None:
        """The next pod to try; None when none is ready. It stays known until `remove`."""
        while self._active:
            _, _, _, uid = heapq.heappop(self._active)
            if uid in self._ready:
                self._ready.discard(uid)
                info = self.pods[uid]
                info.attempts += 1
                return info
        return None

    def remove(self, uid: str) -> None:
        """Forget a pod (bound, deleted or finished)."""
        if self.pods.pop(uid, None) is not None:
            self._unpark(uid)
            self._ready.discard(uid)

    def park(self, info: PodInfo) -> None:
        """The attempt was refused: wait for a helpful change, at most five minutes."""
        if info.uid in self.pods and info.uid not in self._ready:
            self._unpark(info.uid)
            self._refused[info.uid] = self._loop.call_later(FLUSH_AFTER, self._activate, info, background=True)

    def retry(self, info: PodInfo, *, broken: bool = False) -> None:
        """A helpful change came: try again soon, since a pod need not back off while the scheduler has nothing else to do.

        A pod whose attempt broke waits for its whole back-off.
        """
        if info.uid not in self.pods or info.uid in self._ready or info.uid in self._backing_off:
            return
        self._unpark(info.uid)
        left = info.queued_at + backoff(info.attempts) - self._loop.now()
        if not broken:
            left = min(left, EARLY_AFTER)
        if left <= 0:
            self._activate(info)
        else:
            self._backing_off[info.uid] = self._loop.call_later(left, self._activate, info)


def backoff(attempts: int) -> float:
    """Seconds between attempts: 1, 2, 4, 8, 10, 10 …"""
    if attempts <= 0:
        return 0.0
    return float(min(INITIAL_BACKOFF * 2.0 ** min(attempts - 1, 10), MAX_BACKOFF))
