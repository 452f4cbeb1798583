"""Nodes whose cpu and memory fill up evenly score higher: the pod's effect on the balance counts."""

from cluster_core.scheduler.cache import NodeInfo
from cluster_core.scheduler.framework import MAX_SCORE, Plugin
from cluster_core.scheduler.pods import PodClass


class BalancedAllocation(Plugin):
    """75 for no effect, up to 100 if the pod evens things out, down to 50 if it tilts them."""

    name = "NodeResourcesBalancedAllocation"

    def applies(self, pod: PodClass) -> bool:
        return False

    def scores(self, pod: PodClass) -> bool:
        return bool(pod.requests.get("cpu") or pod.requests.get("memory"))

    def score(self, pod: PodClass, node: NodeInfo) -> int:
        half = MAX_SCORE // 2
        return half + (half + _balance(node, pod.requests) - _balance(node, {})) // 2


def _balance(node: NodeInfo, more: dict[str, int]) -> int:
    shares = []
    for name in ("cpu", "memory"):
        capacity = node.allocatable.get(name, 0)
        if capacity:
            shares.append(min((node.requested.get(name, 0) + more.get(name, 0)) / capacity, 1.0))
    deviation = abs(shares[0] - shares[1]) / 2 if len(shares) == 2 else 0.0
    return int((1 - deviation) * MAX_SCORE)
