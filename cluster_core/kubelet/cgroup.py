"""What a container reads of its own limits and use: the files of its control group, as of the moment they are read.

Called when a container's files are made. The figures follow from what is told of the container (`cpu`, `memory`, `processes`).
"""

import itertools
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import pod_resources
from cluster_core.kubelet.runtime.behaviour import Behaviour
from cluster_core.kubelet.runtime.container import Container

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

ROOT = "/sys/fs/cgroup"
PERIOD = 100_000
"""Microseconds in which a container gets its share of the processor."""
IDLE_MEMORY = 4 << 20


def files(worker: "PodWorker", container: Container) -> dict[str, Callable[[], str]]:
    """Path to what it reads now."""
    limits = pod_resources.amounts((container.spec.get("resources") or {}).get("limits"))
    cpu, memory = limits.get("cpu"), limits.get("memory")
    engine = worker.node.engine
    return {
        f"{ROOT}/cpu.max": lambda: f"{cpu * PERIOD // 1000 if cpu else 'max'} {PERIOD}\n",
        f"{ROOT}/memory.max": lambda: f"{memory or 'max'}\n",
        f"{ROOT}/memory.current": lambda: f"{engine.memory.get(container.id, IDLE_MEMORY)}\n",
        f"{ROOT}/pids.current": lambda: f"{engine.processes.get(container.id, 1)}\n",
        f"{ROOT}/cpu.stat": partial(_cpu_stat, worker, container, cpu or 0),
    }


def _cpu_stat(worker: "PodWorker", container: Container, limit: int) -> str:
    told = worker.behaviour(container.spec, container.restart_count)
    running_for = worker.node.loop.now() - (container.started_at or worker.node.loop.now())
    used, throttled, delayed = throttling(told, limit, running_for)
    figures = {
        "usage_usec": used,
        "user_usec": used,
        "system_usec": 0,
        "nr_periods": int(running_for * 1e6 / PERIOD) if limit else 0,
        "nr_throttled": throttled,
        "throttled_usec": delayed,
    }
    return "".join(f"{name} {value}\n" for name, value in figures.items())


def throttling(told: Behaviour, limit: int, running_for: float) -> tuple[int, int, int]:
    """Microseconds used, periods cut short and microseconds waited for by then; `limit` in thousandths of a core, 0 for none."""
    steps = [*told.cpu, (running_for, 0)]
    used = throttled = delayed = 0.0
    for (start, wanted), (end, _) in itertools.pairwise(steps):
        seconds = max(min(end, running_for) - start, 0.0)
        got = min(wanted, limit) if limit else wanted
        used += seconds * got * 1000
        if got < wanted:
            throttled += seconds * 1e6 / PERIOD
            delayed += seconds * 1e6 * (wanted - got) / wanted
    return int(used), int(throttled), int(delayed)
