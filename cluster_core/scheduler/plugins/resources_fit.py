"""A pod's requests must fit into what the node has left; emptier nodes score higher (LeastAllocated)."""

from cluster_core.scheduler.cache import NodeInfo
from cluster_core.scheduler.framework import MAX_SCORE, ClusterEvent, Plugin, Refusal
from cluster_core.scheduler.pods import PodClass

TOO_MANY_PODS = "Too many pods"
INSUFFICIENT = "Insufficient {}"


class ResourcesFit(Plugin):
    """Every requested resource and the number of pods against allocatable minus what is taken."""

    name = "NodeResourcesFit"

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        requested, allocatable = node.requested, node.allocatable
        short: list[str] = []
        resolvable = True
        if len(node.pods) + 1 > node.max_pods:
            short.append(TOO_MANY_PODS)
        for name, amount in pod.requests.items():
            total = allocatable.get(name, 0)
            if amount > total - requested.get(name, 0) and amount > 0:
                short.append(INSUFFICIENT.format(name))
                resolvable = resolvable and amount <= total
        return Refusal(tuple(short), resolvable, self.name) if short else None

    def scores(self, pod: PodClass) -> bool:
        return True

    def score(self, pod: PodClass, node: NodeInfo) -> int:
        cpu, memory = pod.nonzero
        allocatable = node.allocatable
        total, parts = 0, 0
        for capacity, used in (
            (allocatable.get("cpu", 0), node.nonzero_cpu + cpu),
            (allocatable.get("memory", 0), node.nonzero_memory + memory),
        ):
            if capacity:
                parts += 1
                if used <= capacity:
                    total += (capacity - used) * MAX_SCORE // capacity
        return total // parts if parts else 0

    def wakes(self, pod: PodClass, event: ClusterEvent) -> bool:
        return event.kind == "Node" or (event.kind == "Pod" and event.action == "delete")
