"""Node pressure: when the machine runs low on memory, disk or processes, pods are evicted one by one until it does not.

Made by the node's kubelet when a program first says how much it uses, or when the node's configuration or usage is given.
It looks every ten seconds while something is short, and every second while a pod it evicted is still going. What is short is
for `thresholds` to say, who goes for `ranking`.
"""

import json
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import quantity
from cluster_core.clock import Timer
from cluster_core.kubelet import ranking
from cluster_core.kubelet.configuration import USAGE_ANNOTATION
from cluster_core.kubelet.runtime.container import RUNNING
from cluster_core.kubelet.thresholds import DISK, Observation, Threshold, thresholds

if TYPE_CHECKING:
    from cluster_core.kubelet.node import Kubelet
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

PERIOD, POLL = 10.0, 1.0
CLEANUP = 30.0
"""Seconds that a pod gets to be gone before the next one is looked for."""
HARD_GRACE = 1
PIDS, INODES_PER_BYTE = 32768, 1 / 16384
"""Processes that a machine can run; inodes of its disk."""
RECLAIM = "Attempting to reclaim {}"


class Pressure:
    """One node's eviction manager."""

    def __init__(self, node: "Kubelet") -> None:
        self._node = node
        self._thresholds: tuple[Threshold, ...] = thresholds(node.configuration)
        self._timer: Timer | None = None
        self._first_seen: dict[Threshold, float] = {}
        """Thresholds that are met, and since when."""
        self._last_seen: dict[str, float] = {}
        """When each condition that the node reports was last seen."""
        self._evicted_at: float | None = None
        """When the pod was evicted that the node waits for now."""

    @property
    def conditions(self) -> frozenset[str]:
        """The pressure conditions that hold."""
        return frozenset(self._last_seen)

    def changed(self) -> None:
        """Somebody uses more: look at the next tick if that is too much."""
        if self._timer is None and not self._node.stopped and self._met():
            self._look_in(PERIOD * self._node.rng.random())

    def start(self) -> None:
        """Look right away, before there are any pods: what is short then counts for those that the kubelet finds."""
        self._observe_all()
        if self._first_seen:
            self._look_in(PERIOD)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_in(self, delay: float, background: bool = False) -> None:
        self.stop()
        self._timer = self._node.loop.call_later(delay, self.look, background=background)

    def look(self) -> None:
        """See what is short, report it, and evict a pod if need be."""
        self._timer = None
        if self._node.stopped:
            return
        self._observe_all()
        now = self._node.loop.now()
        due = [t for t, since in self._first_seen.items() if t.hard or now - since >= (t.grace or 0.0)]
        self._plan(due, self._reclaim(due))

    def _observe_all(self) -> None:
        """Note what is short and since when, and report it."""
        now, before = self._node.loop.now(), self.conditions
        met = self._met()
        self._first_seen = {t: self._first_seen.get(t, now) for t in met}
        for threshold in met:
            self._last_seen[threshold.signal.condition] = now
        for condition, seen in list(self._last_seen.items()):
            if condition not in {t.signal.condition for t in met} and now - seen >= self._transition:
                del self._last_seen[condition]
        if self.conditions != before:
            self._node.pressure_changed(before, self.conditions)

    @property
    def _transition(self) -> float:
        return self._node.configuration.eviction_pressure_transition_period

    def _plan(self, due: list[Threshold], acted: bool) -> None:
        """The next look: soon while a pod is going, else at the next tick while anything is short or reported."""
        if acted:
            self._look_in(POLL)
        elif len(due) < len(self._first_seen):
            self._look_in(PERIOD)
        elif self._last_seen:
            self._look_in(PERIOD, background=True)

    # -- what is there

    def _met(self) -> list[Threshold]:
        return [
            t
            for t in self._thresholds
            if (seen := self._observe(t)) is not None
            and (t.met(seen, False) or (t in self._first_seen and t.met(seen, True)))
        ]

    def _observe(self, threshold: Threshold) -> Observation | None:
        """None where the node has no such figure."""
        figure = threshold.signal.figure
        capacity = self._capacity(figure)
        used = sum(self.usage(figure).values())
        if figure != "allocatable":
            used += self._told(figure)
        if figure == "disk":
            used += self._node.engine.image_bytes()
        return Observation(capacity, max(capacity - used, 0)) if capacity > 0 else None

    def _capacity(self, figure: str) -> int:
        if figure == "pids":
            return PIDS
        sizes = (self._node.node.get("status") or {}).get("capacity") or {}
        resource = {"disk": "ephemeral-storage", "inodes": "ephemeral-storage"}.get(figure, "memory")
        size = quantity.whole(str(sizes.get(resource, "0")))
        if figure == "inodes":
            return int(size * INODES_PER_BYTE)
        if figure == "allocatable":
            reserved = (self._node.configuration.kube_reserved, self._node.configuration.system_reserved)
            size -= sum(quantity.whole(r["memory"]) for r in reserved if "memory" in r)
        return size

    def _told(self, figure: str) -> int:
        """What the node's annotation says that the machine itself uses."""
        text = (self._node.node["metadata"].get("annotations") or {}).get(USAGE_ANNOTATION)
        if not text:
            return 0
        try:
            return quantity.whole(str(json.loads(text).get({"pids": "processes"}.get(figure, figure), 0)))
        except (ValueError, AttributeError):
            return 0

    def usage(self, figure: str) -> dict[str, int]:
        """What containers use, by their ids."""
        engine = self._node.engine
        if figure == "pids":
            running = {c.id: 1 for w in self._node.workers.values() for c in w.runtime.all() if c.state == RUNNING}
            return running | engine.processes
        return {"disk": engine.disk, "inodes": engine.inodes}.get(figure, engine.memory)

    # -- getting some back

    def _reclaim(self, due: list[Threshold]) -> bool:
        """Whether something was done about it, or is still being done."""
        if self._waits_for_cleanup():
            return True
        if not due:
            return False
        threshold = due[0]
        if self._node.recorder is not None:
            text = RECLAIM.format(threshold.signal.resource)
            self._node.recorder.event(self._node.node, "Warning", "EvictionThresholdMet", text)
        if threshold.signal.condition == DISK and self._clear_images(threshold):
            return True
        return self._evict_one(threshold)

    def _waits_for_cleanup(self) -> bool:
        if self._evicted_at is None:
            return False
        going = any(worker.ending and worker.active for worker in self._node.workers.values())
        if going and self._node.loop.now() - self._evicted_at < CLEANUP:
            return True
        self._evicted_at = None
        return False

    def _clear_images(self, threshold: Threshold) -> bool:
        """Delete images that no container uses; whether that was enough."""
        if not self._node.clear_images():
            return False
        seen = self._observe(threshold)
        return seen is None or not threshold.met(seen, True)

    def _evict_one(self, threshold: Threshold) -> bool:
        """Whether a pod is on its way out now."""
        workers = [
            w for w in self._node.workers.values() if w.active and not w.deleting and not ranking.is_critical(w.pod)
        ]
        if not workers:
            return False
        figure, resource = threshold.signal.figure, threshold.signal.resource
        usage = self.usage(figure)
        victim = min(workers, key=lambda w: ranking.rank(resource, w.pod, (used for _, used in _used_by(usage, w))))
        text = ranking.message(threshold, self._observe(threshold), _used_by(usage, victim))
        self._node.evict(victim, text, disruption=True, grace=self._grace(threshold, victim))
        self._evicted_at = self._node.loop.now()
        return True

    def _grace(self, threshold: Threshold, worker: "PodWorker") -> float:
        if threshold.hard:
            return HARD_GRACE
        own = worker.pod["spec"].get("terminationGracePeriodSeconds")
        most = self._node.configuration.eviction_max_pod_grace_period
        return float(most if own is None else min(most, own))


def _used_by(usage: dict[str, int], worker: "PodWorker") -> list[tuple[Object, int]]:
    return [
        (spec, usage.get(container.id, 0))
        for spec in worker.specs()
        if (container := worker.runtime.latest(spec["name"])) is not None and container.state == RUNNING
    ]
