"""A host port can be taken once per node, address and protocol."""

from cluster_core.apimachinery.pod_resources import ports_conflict
from cluster_core.scheduler.cache import NodeInfo
from cluster_core.scheduler.framework import ClusterEvent, Plugin, Refusal
from cluster_core.scheduler.pods import PodClass

PORTS_TAKEN = "node(s) didn't have free ports for the requested pod ports"


class NodePorts(Plugin):
    """hostPorts of the pod against those of the node's pods."""

    name = "NodePorts"

    def applies(self, pod: PodClass) -> bool:
        return bool(pod.ports)

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        return self.refuse(PORTS_TAKEN) if node.ports and ports_conflict(pod.ports, node.ports) else None

    def wakes(self, pod: PodClass, event: ClusterEvent) -> bool:
        return (event.kind == "Pod" and event.action == "delete") or (event.kind == "Node" and event.action == "add")
