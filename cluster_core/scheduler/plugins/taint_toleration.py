"""Taints keep pods away unless tolerated; PreferNoSchedule only makes a node less liked."""

from cluster_core.apimachinery.node_matching import tolerates, untolerated
from cluster_core.scheduler.cache import NodeInfo
from cluster_core.scheduler.framework import Plugin, Refusal, reversed_share
from cluster_core.scheduler.pods import PodClass

UNTOLERATED = "node(s) had untolerated taint(s)"
HARD, SOFT = ("NoSchedule", "NoExecute"), "PreferNoSchedule"


class TaintToleration(Plugin):
    """NoSchedule and NoExecute refuse; the fewer untolerated PreferNoSchedule taints the better."""

    name = "TaintToleration"

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        if not node.taints or untolerated(node.taints, pod.tolerations, HARD) is None:
            return None
        return self.refuse(UNTOLERATED, resolvable=False)

    def scores(self, pod: PodClass) -> bool:
        return self.handle.soft_taints > 0

    def score(self, pod: PodClass, node: NodeInfo) -> int:
        relevant = [t for t in pod.tolerations if t.get("effect", "") in ("", SOFT)]
        return sum(t["effect"] == SOFT and not any(tolerates(r, t) for r in relevant) for t in node.taints)

    def normalize(self, pod: PodClass, nodes: list[NodeInfo], scores: list[int]) -> list[int]:
        return reversed_share(scores)
