"""Turning a machine off in good order: ordinary pods end first, critical ones in the time that is left for them.

Called by whoever turns a node off (`KubeletManager.shut_down`). While it goes on the node is not ready and takes no pods.
"""

from typing import TYPE_CHECKING

from cluster_core.kubelet.admission import Rejection
from cluster_core.kubelet.ranking import is_critical
from cluster_core.kubelet.tasks import Steps, Task

if TYPE_CHECKING:
    from cluster_core.kubelet.node import Kubelet
    from cluster_core.kubelet.worker import PodWorker

REASON = "Terminated"
MESSAGE = "Pod was terminated in response to imminent node shutdown."
REFUSED = Rejection("NodeShutdown", "Pod was rejected as the node is shutting down.")
POLL = 0.5


def shut_down(node: "Kubelet") -> Task:
    """Begin; the task ends when the machine is off."""
    node.shutting_down = True
    node.heartbeat.post()
    if node.recorder is not None:
        node.recorder.event(node.node, "Normal", "Shutdown", "Shutdown manager detected shutdown event")
        node.recorder.event(node.node, "Normal", "NodeNotReady", f"Node {node.name} status is now: NodeNotReady")
    return Task(node.loop, _steps(node))


def _steps(node: "Kubelet") -> Steps:
    whole, critical = node.configuration.shutdown_grace_period, node.configuration.shutdown_grace_period_critical_pods
    workers = [w for w in node.workers.values() if w.active]
    for chosen, period in (
        ([w for w in workers if not is_critical(w.pod)], max(whole - critical, 0.0)),
        ([w for w in workers if is_critical(w.pod)], critical),
    ):
        if chosen and whole:
            yield from _end_all(chosen, period)
    node.stop()
    for worker in node.workers.values():
        for container in worker.runtime.all():
            if container.process is not None:
                container.process.kill()


def _end_all(workers: "list[PodWorker]", period: float) -> Steps:
    for worker in workers:
        own = worker.pod["spec"].get("terminationGracePeriodSeconds")
        worker.end_early(REASON, MESSAGE, min(30.0 if own is None else float(own), period), disruption=True)
    left = period + 2 * POLL
    while left > 0 and any(worker.active for worker in workers):
        yield POLL
        left -= POLL
