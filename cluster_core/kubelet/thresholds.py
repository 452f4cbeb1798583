"""When a node has too little of something: signals, and the thresholds that a configuration sets for them. Pure.

Read by the eviction manager. Amounts are bytes for memory and disk, counts for inodes and processes.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from cluster_core.apimachinery import quantity
from cluster_core.kubelet.configuration import KubeletConfiguration, seconds

MEMORY, DISK, PIDS = "MemoryPressure", "DiskPressure", "PIDPressure"


class Signal(NamedTuple):
    """What is watched: the resource as messages name it, the node's condition, and which figure of the node it is."""

    name: str
    resource: str
    condition: str
    figure: str


SIGNALS = {
    s.name: s
    for s in (
        Signal("memory.available", "memory", MEMORY, "memory"),
        Signal("allocatableMemory.available", "memory", MEMORY, "allocatable"),
        Signal("nodefs.available", "ephemeral-storage", DISK, "disk"),
        Signal("nodefs.inodesFree", "inodes", DISK, "inodes"),
        Signal("imagefs.available", "ephemeral-storage", DISK, "disk"),
        Signal("imagefs.inodesFree", "inodes", DISK, "inodes"),
        Signal("containerfs.available", "ephemeral-storage", DISK, "disk"),
        Signal("containerfs.inodesFree", "inodes", DISK, "inodes"),
        Signal("pid.available", "pids", PIDS, "pids"),
    )
}


class Observation(NamedTuple):
    """How much of a figure there is, and how much of it is left."""

    capacity: int
    available: int


class Threshold(NamedTuple):
    """`amount` or `share` of the capacity must stay available; below it for `grace` seconds pods are evicted (None: at once).

    Once met it counts as met until `reclaim` more is available (an amount, or a share)."""

    signal: Signal
    amount: int
    share: float
    grace: float | None = None
    reclaim: int = 0
    reclaim_share: float = 0.0

    @property
    def hard(self) -> bool:
        """Whether pods are evicted at once."""
        return self.grace is None

    def least(self, capacity: int) -> int:
        """What must stay available."""
        return int(capacity * self.share) if self.share else self.amount

    def met(self, seen: Observation, reclaiming: bool) -> bool:
        """Whether too little is left; `reclaiming`: whether that must be better than just enough."""
        least = self.least(seen.capacity)
        if reclaiming:
            least += int(seen.capacity * self.reclaim_share) if self.reclaim_share else self.reclaim
        return seen.available < least


@cache
def _amount(text: str) -> tuple[int, float]:
    if text.endswith("%"):
        share = float(text[:-1]) / 100
        if not 0 <= share < 1:
            raise ValueError(f"eviction percentage threshold {text} must be at least 0% and below 100%")
        return 0, share
    amount = quantity.whole(text)
    if amount < 0:
        raise ValueError(f"eviction threshold {text} must be positive")
    return amount, 0.0


def _signal(name: str) -> Signal:
    signal = SIGNALS.get(name)
    if signal is None:
        raise ValueError(f"unsupported eviction signal {name}")
    return signal


def _parsed(statements: Mapping[str, str]) -> list[Threshold]:
    found = []
    for name, text in statements.items():
        signal, (amount, share) = _signal(name), _amount(text)
        if text not in ("0%", "100%"):
            found.append(Threshold(signal, amount, share))
    return found


def thresholds(configuration: KubeletConfiguration) -> tuple[Threshold, ...]:
    """All thresholds, those for memory first. Raises ValueError."""
    graces = {_signal(name).name: seconds(text) for name, text in configuration.eviction_soft_grace_period.items()}
    reclaims = {_signal(name).name: _amount(text) for name, text in configuration.eviction_minimum_reclaim.items()}
    found = _parsed(configuration.eviction_hard)
    for soft in _parsed(configuration.eviction_soft):
        grace = graces.get(soft.signal.name)
        if grace is None:
            raise ValueError(f"grace period must be specified for the soft eviction threshold {soft.signal.name}")
        found.append(soft._replace(grace=grace))
    for hard in [t for t in found if t.hard and t.signal.name == "memory.available"]:
        found.append(hard._replace(signal=SIGNALS["allocatableMemory.available"]))
    nothing = (0, 0.0)
    for index, threshold in enumerate(found):
        amount, share = reclaims.get(threshold.signal.name, nothing)
        found[index] = threshold._replace(reclaim=amount, reclaim_share=share)
    return tuple(sorted(found, key=lambda t: t.signal.condition != MEMORY))


def reserved_by_eviction(configuration: KubeletConfiguration, capacity: Mapping[str, int]) -> dict[str, int]:
    """What hard thresholds take away from what is allocatable, by resource."""
    result: dict[str, int] = {}
    for name, resource in (("memory.available", "memory"), ("nodefs.available", "ephemeral-storage")):
        text = configuration.eviction_hard.get(name)
        if text:
            amount, share = _amount(text)
            result[resource] = int(capacity.get(resource, 0) * share) if share else amount
    return result
