"""Exponential back-off by key, as client-go's flowcontrol.Backoff: used for restarts and image pulls.

Pure bookkeeping; times are seconds since the epoch.
"""

INITIAL, MAXIMUM = 10.0, 300.0


class Backoff:
    """Delays of 10, 20, 40 … 300 s. An entry is forgotten once it was left alone for twice the maximum."""

    __slots__ = ("_entries", "initial", "maximum")

    def __init__(self, initial: float = INITIAL, maximum: float = MAXIMUM) -> None:
        self.initial, self.maximum = initial, maximum
        self._entries: dict[str, tuple[float, float]] = {}

    def get(self, key: str) -> float:
        """The present delay, 0 for an unknown key."""
        return self._entries.get(key, (0.0, 0.0))[0]

    def next(self, key: str, event_at: float, now: float) -> None:
        """It failed again: double the delay (start over if the last failure is long past `event_at`)."""
        delay, updated = self._entries.get(key, (0.0, 0.0))
        if not delay or event_at - updated > 2 * self.maximum:
            delay = self.initial
        else:
            delay = min(delay * 2, self.maximum)
        self._entries[key] = (delay, now)

    def active_since(self, key: str, event_at: float, now: float) -> bool:
        """Whether the delay that runs from `event_at` is not over yet."""
        delay, updated = self._entries.get(key, (0.0, 0.0))
        if not delay or event_at - updated > 2 * self.maximum:
            return False
        return now - event_at < delay

    def active(self, key: str, now: float) -> bool:
        """Whether the delay that runs from the last failure is not over yet."""
        delay, updated = self._entries.get(key, (0.0, 0.0))
        if not delay or now - updated > 2 * self.maximum:
            return False
        return now - updated < delay

    def forget(self, prefix: str) -> None:
        """Drop all keys that start with `prefix` (a pod's)."""
        for key in [k for k in self._entries if k.startswith(prefix)]:
            del self._entries[key]


def duration_text(seconds: float) -> str:
    """Seconds as Go prints a Duration: `10s`, `1m20s`, `5m0s`, `1.5s`."""
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = seconds - whole
    tail = f"{rest + round(fraction, 9):.9f}".rstrip("0").rstrip(".") if fraction else str(rest)
    if hours:
        return f"{hours}h{minutes}m{tail}s"
    return f"{minutes}m{tail}s" if minutes else f"{tail}s"
