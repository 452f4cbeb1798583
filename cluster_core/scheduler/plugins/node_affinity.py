"""nodeSelector and node affinity: required terms refuse, preferred terms add up by weight."""

from typing import Any

from cluster_core.apimachinery.node_matching import matches_required, matches_term
from cluster_core.scheduler.cache import NodeInfo
from cluster_core.scheduler.framework import Plugin, Refusal, share
from cluster_core.scheduler.pods import PodClass

NO_MATCH = "node(s) didn't match Pod's node affinity/selector"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


class NodeAffinity(Plugin):
    """Labels and name of the node against the pod's wishes."""

    name = "NodeAffinity"

    def applies(self, pod: PodClass) -> bool:
        return bool(pod.spec.get("nodeSelector") or (pod.spec.get("affinity") or {}).get("nodeAffinity"))

    def narrow(self, pod: PodClass) -> frozenset[str] | None:
        required = ((pod.spec.get("affinity") or {}).get("nodeAffinity") or {}).get(_REQUIRED) or {}
        named = [_named(term) for term in required.get("nodeSelectorTerms") or ()]
        if not named or None in named:
            return None
        return frozenset().union(*(names for names in named if names is not None))

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        if matches_required(pod.spec, node.labels, node.name):
            return None
        return self.refuse(NO_MATCH, resolvable=False)

    def scores(self, pod: PodClass) -> bool:
        return bool(((pod.spec.get("affinity") or {}).get("nodeAffinity") or {}).get(_PREFERRED))

    def score(self, pod: PodClass, node: NodeInfo) -> int:
        terms = pod.spec["affinity"]["nodeAffinity"][_PREFERRED]
        return sum(t["weight"] for t in terms if matches_term(t["preference"], node.labels, node.name))

    def normalize(self, pod: PodClass, nodes: list[NodeInfo], scores: list[int]) -> list[int]:
        return share(scores)


def _named(term: dict[str, Any]) -> frozenset[str] | None:
    """The node names that a term lists; None if it lists none."""
    lists = [
        frozenset(field.get("values") or ())
        for field in term.get("matchFields") or ()
        if field["key"] == "metadata.name" and field["operator"] == "In"
    ]
    return frozenset.intersection(*lists) if lists else None
