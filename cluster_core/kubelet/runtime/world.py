"""Which pods answer at which address, on all nodes: what a connection inside the cluster meets.

Shared by the engines of all nodes. Services are resolved by the injected network.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cluster_core.kubelet.runtime.container import Container
    from cluster_core.kubelet.runtime.files import Files
    from cluster_core.kubelet.runtime.process import Answer

REFUSED, TIMED_OUT = "connection refused", "timed out"


class Disks:
    """Disks that outlive pods, by name: nodes' own (`node/NAME`) and persistent volumes (`volume/NAME`).

    `saved` has what disks held when the cluster was closed; `written` gives what is to be saved now."""

    def __init__(self) -> None:
        self.saved: Mapping[str, str] = {}
        self._files: dict[str, Files] = {}
        self._changed: set[str] = set()

    def get(self, name: str) -> "Files":
        """The files of a disk."""
        found = self._files.get(name)
        if found is None:
            from cluster_core.kubelet.runtime.files import Files

            found = self._files[name] = Files()
            if name in self.saved:
                found.restore(self.saved[name])
            found.on_change = partial(self._changed.add, name)
        return found

    def written(self) -> dict[str, str]:
        """What disks hold that were written to since the last time this was asked."""
        if not self._changed:
            return {}
        changed, names = {}, sorted(self._changed)
        self._changed.clear()
        for name in names:
            changed[name] = self._files[name].saved()
        return changed


class World:
    """Addresses of running pods. `network` is asked for everything else; None: there is nothing else."""

    def __init__(self, network: Any = None, domain: str = "cluster.local") -> None:
        self.network, self.domain = network, domain
        self.starting = 0
        """Sandboxes that are being made now."""
        self._pods: dict[str, dict[str, Callable[[], list[Container]]]] = {}
        self.disks = Disks()

    def join(self, address: str, sandbox: str, containers: Callable[[], list["Container"]]) -> None:
        """A pod's sandbox has this address now; pods on their node's network share one."""
        self._pods.setdefault(address, {})[sandbox] = containers

    def leave(self, address: str, sandbox: str) -> None:
        """The pod's sandbox is gone."""
        pods = self._pods.get(address, {})
        pods.pop(sandbox, None)
        if not pods:
            self._pods.pop(address, None)

    def connect(self, address: str, port: int, now: float) -> str:
        """ "" if something listens there, else the error's text."""
        return self._find(address, port, now)[0]

    def _find(self, address: str, port: int, now: float) -> "tuple[str, Container | None, int]":
        if address in self._pods:
            return self._find_in_pod(address, port, now)
        routes = self.network.route(address, port) if self.network is not None else None
        if routes is None:
            return TIMED_OUT, None, port
        for target, target_port in routes:
            if target in self._pods:
                return self._find_in_pod(target, target_port, now)
        return REFUSED, None, port

    def _find_in_pod(self, address: str, port: int, now: float) -> "tuple[str, Container | None, int]":
        """Who listens: a process known to, else one of an unknown image, first of all one that declares the port."""
        unknown: list[Container] = []
        for containers in self._pods[address].values():
            for container in containers():
                process = container.process
                if process is None or not process.alive:
                    continue
                if process.listeners is None:
                    unknown.append(container)
                    continue
                listener = process.listeners.get(port)
                if listener is not None and listener.opens_at <= now:
                    return "", container, port
        declared = next((c for c in unknown if _declares(c, port)), None)
        found = declared or next(iter(unknown), None)
        return ("", found, port) if found is not None else (REFUSED, None, port)

    def request(self, address: str, port: int, path: str, now: float) -> "Answer | str":
        """The answer to a GET, or the error's text."""
        error, container, target_port = self._find(address, port, now)
        if container is None:
            return error
        process = container.process
        if process is None or process.listeners is None:
            from cluster_core.kubelet.runtime.process import Answer

            return Answer()
        return process.listeners[target_port].answer(path)


def _declares(container: "Container", port: int) -> bool:
    return any(item.get("containerPort") == port for item in container.spec.get("ports") or ())
