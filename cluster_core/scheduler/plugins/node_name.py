"""A pod that names its node goes nowhere else."""

from cluster_core.scheduler.cache import NodeInfo
from cluster_core.scheduler.framework import Plugin, Refusal
from cluster_core.scheduler.pods import PodClass

OTHER_NODE = "node(s) didn't match the requested node name"


class NodeName(Plugin):
    """spec.nodeName against the node's name."""

    name = "NodeName"

    def applies(self, pod: PodClass) -> bool:
        return bool(pod.spec.get("nodeName"))

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        return None if pod.spec["nodeName"] == node.name else self.refuse(OTHER_NODE, resolvable=False)
