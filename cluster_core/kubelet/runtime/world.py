"""Which pods answer at which address, on all nodes: what a connection inside the cluster meets.

Shared by the engines of all nodes. Services are resolved by the injected network.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cluster_core.kubelet.runtime.container import Container
    from cluster_core.kubelet.runtime.process import Answer

REFUSED, TIMED_OUT = "connection refused", "timed out"


class World:
    """Addresses of running pods. `network` is asked for everything else; None: there is nothing else."""

    def __init__(self, network: Any = None) -> None:
        self.network = network
        self._pods: dict[str, Callable[[], list[Container]]] = {}

    def join(self, address: str, containers: Callable[[], list["Container"]]) -> None:
        """A pod has this address now."""
        self._pods[address] = containers

    def leave(self, address: str) -> None:
        """The pod's sandbox is gone."""
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
        for container in self._pods[address]():
            process = container.process
            if process is None or not process.alive:
                continue
            if process.listeners is None:
                return "", container, port
            listener = process.listeners.get(port)
            if listener is not None and listener.opens_at <= now:
                return "", container, port
        return REFUSED, None, port

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
