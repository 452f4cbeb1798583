"""What a pod's status is made of: the runtime's view of the pod, and everything else that counts. Plain records.

Made by the pod worker, read by `status`, `conditions` and `actions`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cluster_core.kubelet.runtime.container import Container, Sandbox

if TYPE_CHECKING:
    from cluster_core.kubelet.resize import Resize

Object = dict[str, Any]

SYNCING, TERMINATING, TERMINATED, FINISHED = "syncing", "terminating", "terminated", "finished"
"""States of a pod's worker."""


class PodRuntime:
    """What the runtime has of one pod: sandboxes and containers, the newest first."""

    __slots__ = ("containers", "ip", "sandboxes")

    def __init__(self) -> None:
        self.sandboxes: list[Sandbox] = []
        self.containers: dict[str, list[Container]] = {}
        self.ip = ""
        """Address of the last sandbox; stays after its end."""

    @property
    def ready_sandbox(self) -> Sandbox | None:
        """The sandbox in use."""
        return self.sandboxes[0] if self.sandboxes and self.sandboxes[0].ready else None

    def latest(self, name: str) -> Container | None:
        """The newest instance of a container."""
        instances = self.containers.get(name)
        return instances[0] if instances else None

    def add(self, container: Container) -> None:
        """A new instance; only one dead one is kept beside it."""
        self.containers[container.name] = [container, *self.containers.get(container.name, ())][:2]

    def all(self) -> list[Container]:
        """Every instance."""
        return [c for instances in self.containers.values() for c in instances]


class Facts:
    """All that a status is made of."""

    __slots__ = (
        "has_probe",
        "node_ip",
        "now",
        "old",
        "pod",
        "probe_result",
        "reasons",
        "resize",
        "runtime",
        "terminal",
    )

    def __init__(
        self,
        pod: Object,
        runtime: PodRuntime,
        old: Object,
        reasons: dict[str, tuple[str, str]],
        probe_result: Callable[[str, str, str], bool | None],
        has_probe: Callable[[str, str], bool],
        now: float,
        node_ip: str,
        terminal: bool,
        resize: "Resize | None" = None,
    ) -> None:
        self.pod, self.runtime, self.old, self.reasons = pod, runtime, old, reasons
        self.probe_result, self.has_probe = probe_result, has_probe
        self.now, self.node_ip, self.terminal = now, node_ip, terminal
        self.resize = resize


def last_exit(status: Object) -> Object | None:
    """lastState.terminated of a container status."""
    terminated: Object | None = (status.get("lastState") or {}).get("terminated")
    return terminated
