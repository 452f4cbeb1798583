"""Counts over all pods of all nodes, kept up to date by the cache's log instead of being counted anew.

Used by the rules that look at several nodes at once.
"""

from collections.abc import Callable, Iterable

from cluster_core.scheduler.cache import Cache, NodeInfo, Snapshot
from cluster_core.scheduler.pods import PodInfo

Key = tuple[str, str, str]
Contribution = Callable[[PodInfo, NodeInfo], Iterable[tuple[Key, int]]]


class Tally:
    """`counts[key]` sums what every pod on every known node contributes; zero entries are dropped."""

    def __init__(self, contribution: Contribution) -> None:
        self._contribution = contribution
        self.counts: dict[Key, int] = {}
        self._position = self._epoch = -1

    def catch_up(self, cache: Cache) -> None:
        """Take in the changes since the last time; everything, if a node itself changed or the log is too short."""
        if self._epoch != cache.node_epoch or self._position < cache.log_start:
            self.count(cache.snapshot())
            self._epoch = cache.node_epoch
        else:
            for change in cache.log[self._position - cache.log_start :]:
                if change.pod is not None and change.node.node is not None:
                    self._apply(change.pod, change.node, change.sign)
        self._position = cache.version

    def count(self, snapshot: Snapshot) -> None:
        """Count from nothing."""
        self.counts = {}
        for node in snapshot.nodes.values():
            for info in node.pods.values():
                self._apply(info, node, 1)

    def _apply(self, info: PodInfo, node: NodeInfo, sign: int) -> None:
        counts = self.counts
        for key, amount in self._contribution(info, node):
            total = counts.get(key, 0) + sign * amount
            if total:
                counts[key] = total
            else:
                counts.pop(key, None)


def current(
    store: dict[str, "Tally"], name: str, contribution: Contribution, cache: Cache, snapshot: Snapshot
) -> Tally:
    """The tally of that name in a class's scratch space, caught up; for a trial snapshot one counted just for it."""
    if snapshot.version < 0:
        trial = Tally(contribution)
        trial.count(snapshot)
        return trial
    tally = store.get(name)
    if tally is None:
        tally = store[name] = Tally(contribution)
    tally.catch_up(cache)
    return tally
