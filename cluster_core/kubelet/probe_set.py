"""All probes of one pod: its probers, and what they have found by container id.

Made by the pod worker, which it tells of every change of result.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.kubelet.probes import FIELDS, LIVENESS, READINESS, STARTUP, Prober

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]


class ProbeSet:
    """Probers are added once the pod's volumes are there; results live as long as their containers."""

    __slots__ = ("_adopted", "_probers", "_results", "_worker")

    def __init__(self, worker: "PodWorker") -> None:
        self._worker = worker
        self._probers: dict[tuple[str, str], Prober] | None = None
        self._results: dict[str, dict[str, bool]] = {READINESS: {}, LIVENESS: {}, STARTUP: {}}
        self._adopted: dict[str, Object] = {}

    def add(self) -> None:
        """Begin to probe; a second call changes nothing."""
        if self._probers is not None:
            return
        self._probers = {}
        for spec in self._worker.specs():
            for kind, field in FIELDS.items():
                if spec.get(field):
                    prober = self._probers[spec["name"], kind] = Prober(self._worker, kind, spec)
                    prober.start()

    def stop(self, *kinds: str) -> None:
        """End all probes of these kinds."""
        for (_, kind), prober in (self._probers or {}).items():
            if kind in kinds:
                prober.stop()

    def wake(self, name: str) -> None:
        """A container was started."""
        for (owner, _), prober in (self._probers or {}).items():
            if owner == name:
                prober.wake()

    def trigger_unready(self, status: Object) -> None:
        """Probe started containers that are not ready right away."""
        if not self._probers:
            return
        for shown in status["containerStatuses"]:
            if shown["started"] and not shown["ready"]:
                prober = self._probers.get((shown["name"], READINESS))
                if prober is not None:
                    prober.trigger()

    def has(self, kind: str, name: str) -> bool:
        """Whether a container has a probe of that kind."""
        if self._probers is not None:
            return (name, kind) in self._probers
        field = FIELDS[kind]
        return any(spec["name"] == name and spec.get(field) for spec in self._worker.specs())

    def result(self, kind: str, name: str, container_id: str) -> bool | None:
        """What a probe found of an instance; None if it has found nothing yet."""
        return self._results[kind].get(container_id)

    def drop(self, kind: str, container_id: str) -> None:
        """Forget what a probe found of an instance that is gone."""
        self._results[kind].pop(container_id, None)

    def set(self, kind: str, container_id: str, result: bool | None) -> None:
        """A probe's result changed, or was found for the first time."""
        if result is None:
            return
        results = self._results[kind]
        if results.get(container_id) is result:
            return
        fresh = container_id not in results
        results[container_id] = result
        if fresh and (kind != READINESS or not result) and kind != STARTUP:
            return
        self._worker.probed(kind, container_id, result)

    def adopt(self, statuses: dict[str, Object]) -> None:
        """Start from what the statuses of containers say that ran before this kubelet did."""
        self._adopted = statuses
        for container_id, shown in statuses.items():
            if "running" in shown["state"]:
                self._results[READINESS][container_id] = bool(shown.get("ready"))
                if self.has(STARTUP, shown["name"]) and shown.get("started"):
                    self._results[STARTUP][container_id] = True

    def adopted(self, kind: str, shown: Object) -> bool | None:
        """What a probe had found of a container that ran before this kubelet did."""
        known = self._adopted.get(shown["containerID"])
        if known is None:
            return None
        return (
            bool(known.get("started")) if kind == STARTUP else bool(known.get("ready")) if kind == READINESS else True
        )
