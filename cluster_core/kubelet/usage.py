"""How much containers and nodes use, as a kubelet's resource statistics say. Read by `node_api` for metrics.k8s.io.

A container that runs uses what its program took (`Engine.memory`) or what its annotation says (`cpu`, `memory`), at least a little, and
never more CPU than its limit. A node uses what its containers use, and what its own system takes.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.apimachinery import quantity
from cluster_core.kubelet.runtime.container import RUNNING

if TYPE_CHECKING:
    from cluster_core.kubelet.node import Kubelet
    from cluster_core.kubelet.worker import PodWorker


class Usage(NamedTuple):
    """CPU in thousandths of a core, memory in bytes."""

    cpu: int
    memory: int


IDLE = Usage(1, 4 << 20)
"""What a program uses that does nothing."""
SYSTEM = Usage(60, 320 << 20)
"""What a node uses besides its containers."""


def of_pod(worker: "PodWorker") -> dict[str, Usage]:
    """Container name to usage, of those that run."""
    return {name: _of_container(worker, name) for name in worker.runtime.containers if _runs(worker, name)}


def of_node(kubelet: "Kubelet") -> Usage:
    """A node's usage."""
    used = [usage for worker in kubelet.workers.values() for usage in of_pod(worker).values()]
    return Usage(SYSTEM.cpu + sum(u.cpu for u in used), SYSTEM.memory + sum(u.memory for u in used))


def _runs(worker: "PodWorker", name: str) -> bool:
    container = worker.runtime.latest(name)
    return container is not None and container.state == RUNNING


def _of_container(worker: "PodWorker", name: str) -> Usage:
    container = worker.runtime.latest(name)
    assert container is not None
    running_for = worker.node.loop.now() - (container.started_at or 0.0)
    cpu = max(worker.behaviour(container.spec, container.restart_count).cpu_at(running_for), IDLE.cpu)
    limit = _cpu_limit(container.spec)
    memory = worker.node.engine.memory.get(container.id, 0)
    return Usage(min(cpu, limit) if limit else cpu, max(memory, IDLE.memory))


def _cpu_limit(spec: dict[str, Any]) -> int:
    limits = (spec.get("resources") or {}).get("limits") or {}
    return quantity.milli(str(limits["cpu"])) if "cpu" in limits else 0
