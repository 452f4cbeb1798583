"""Node pressure: when the machine runs low on memory or disk, pods are evicted one by one until it does not.

Made by the node's kubelet when a program first says how much it uses; asked at admission. The order: pods above their
request first, then by priority, then by how far they are above it. Critical and static pods are never evicted.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.apimachinery import pod_resources, quantity
from cluster_core.clock import Timer
from cluster_core.kubelet.admission import Rejection
from cluster_core.kubelet.runtime.container import RUNNING

if TYPE_CHECKING:
    from cluster_core.kubelet.node import Kubelet
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

PERIOD, POLL = 10.0, 1.0
TRANSITION = 300.0
"""Seconds that a pressure condition stays after the pressure has gone."""
GRACE = 1.0
CRITICAL_PRIORITY = 2_000_000_000
LOW = "The node was low on resource: {}. Threshold quantity: {}, available: {}. "
LARGE = "Container {} was using {}, request is {}, has larger consumption of {}. "
REFUSED = "The node had condition: [{}]. "
RECLAIM = "Attempting to reclaim {}"


class Signal(NamedTuple):
    """A resource that can run out: its name, the node condition, and the hard threshold (bytes, or a share of capacity)."""

    resource: str
    condition: str
    least: int
    share: float

    def threshold(self, capacity: int) -> int:
        """Bytes that must stay available."""
        return self.least or int(capacity * self.share)


MEMORY = Signal("memory", "MemoryPressure", 100 * 1024 * 1024, 0.0)
DISK = Signal("ephemeral-storage", "DiskPressure", 0, 0.1)
SIGNALS = (MEMORY, DISK)


class Pressure:
    """One node's eviction manager."""

    def __init__(self, node: "Kubelet") -> None:
        self._node = node
        self._timer: Timer | None = None
        self._last_seen: dict[str, float] = {}
        """When each condition that the node reports was last met."""

    @property
    def conditions(self) -> frozenset[str]:
        """The pressure conditions that hold."""
        return frozenset(self._last_seen)

    def changed(self) -> None:
        """Somebody uses more: look at the next tick if that is too much."""
        if self._timer is None and any(self._lacks(signal) for signal in SIGNALS):
            self._look_in(PERIOD * self._node.rng.random())

    def _look_in(self, delay: float, background: bool = False) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._node.loop.call_later(delay, self._look, background=background)

    def _look(self) -> None:
        self._timer = None
        if self._node.stopped:
            return
        now, before = self._node.loop.now(), self.conditions
        lacking = [signal for signal in SIGNALS if self._lacks(signal)]
        for signal in lacking:
            self._last_seen[signal.condition] = now
        for condition, seen in list(self._last_seen.items()):
            if now - seen >= TRANSITION:
                del self._last_seen[condition]
        if self.conditions != before:
            self._node.pressure_changed(before, self.conditions)
        evicted = bool(lacking) and self._evict_one(lacking[0])
        if evicted:
            self._look_in(POLL)
        elif self._last_seen:
            self._look_in(PERIOD, background=True)

    def _capacity(self, signal: Signal) -> int:
        capacity = (self._node.node.get("status") or {}).get("capacity") or {}
        return quantity.whole(str(capacity.get(signal.resource, "0")))

    def _available(self, signal: Signal) -> int:
        return self._capacity(signal) - sum(self._usage(signal).values())

    def _usage(self, signal: Signal) -> dict[str, int]:
        engine = self._node.engine
        return engine.memory if signal is MEMORY else engine.disk

    def _lacks(self, signal: Signal) -> bool:
        capacity = self._capacity(signal)
        return capacity > 0 and self._available(signal) < signal.threshold(capacity)

    # -- whom to evict

    def _evict_one(self, signal: Signal) -> bool:
        """Whether a pod is on its way out: one is ended at a time."""
        if any(worker.ending and worker.active for worker in self._node.workers.values()):
            return True
        workers = [w for w in self._node.workers.values() if w.active and not w.deleting and not is_critical(w.pod)]
        if self._node.recorder is not None:
            self._node.recorder.event(
                self._node.node, "Warning", "EvictionThresholdMet", RECLAIM.format(signal.resource)
            )
        if not workers:
            return False
        victim = min(workers, key=lambda worker: self._rank(signal, worker))
        self._node.evict(victim, self._message(signal, victim), disruption=True)
        return True

    def _rank(self, signal: Signal, worker: "PodWorker") -> tuple[bool, int, int]:
        used = sum(amount for _, amount in self._used_by(signal, worker))
        over = used - pod_resources.requests(worker.pod["spec"]).get(signal.resource, 0)
        return over <= 0, int(worker.pod["spec"].get("priority") or 0), -over

    def _used_by(self, signal: Signal, worker: "PodWorker") -> list[tuple[Object, int]]:
        usage = self._usage(signal)
        return [
            (spec, usage.get(container.id, 0))
            for spec in worker.specs()
            if (container := worker.runtime.latest(spec["name"])) is not None and container.state == RUNNING
        ]

    def _message(self, signal: Signal, worker: "PodWorker") -> str:
        threshold = signal.threshold(self._capacity(signal))
        text = LOW.format(signal.resource, _bytes(threshold), _bytes(self._available(signal)))
        for spec, used in self._used_by(signal, worker):
            request = str(((spec.get("resources") or {}).get("requests") or {}).get(signal.resource, "0"))
            if used > quantity.whole(request):
                text += LARGE.format(spec["name"], _bytes(used), request, signal.resource)
        return text


def _bytes(amount: int) -> str:
    """Bytes as the kubelet prints them: the largest binary unit that keeps them whole."""
    for unit, size in (("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)):
        if amount and amount % size == 0:
            return f"{amount // size}{unit}"
    return str(amount)


def is_critical(pod: Object) -> bool:
    """Whether the node keeps the pod at all costs: static pods and those of the highest priorities."""
    annotations = pod["metadata"].get("annotations") or {}
    static = annotations.get("kubernetes.io/config.source", "api") != "api"
    return static or int(pod["spec"].get("priority") or 0) >= CRITICAL_PRIORITY


def refusal(pod: Object, conditions: frozenset[str]) -> Rejection | None:
    """Why a node under pressure does not take the pod, None if it does."""
    if not conditions or is_critical(pod):
        return None
    if conditions == {MEMORY.condition}:
        from cluster_core.apimachinery.node_matching import untolerated

        taint = {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}
        modest = pod_resources.qos(pod["spec"]) == pod_resources.BEST_EFFORT
        if not modest or untolerated([taint], pod["spec"].get("tolerations") or [], ("NoSchedule",)) is None:
            return None
    return Rejection("Evicted", REFUSED.format(" ".join(sorted(conditions))))
