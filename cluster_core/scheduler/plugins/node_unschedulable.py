"""Cordoned nodes take no pods, save those that tolerate it."""

from cluster_core.apimachinery.node_matching import tolerates
from cluster_core.scheduler.cache import NodeInfo
from cluster_core.scheduler.framework import Plugin, Refusal
from cluster_core.scheduler.pods import PodClass

UNSCHEDULABLE = "node(s) were unschedulable"
TAINT = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


class NodeUnschedulable(Plugin):
    """spec.unschedulable of the node."""

    name = "NodeUnschedulable"

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        if not node.unschedulable or any(tolerates(t, TAINT) for t in pod.tolerations):
            return None
        return self.refuse(UNSCHEDULABLE, resolvable=False)
