"""Pods that want to be near other pods, or away from them."""

from collections.abc import Iterator

from cluster_core.scheduler.cache import NodeInfo, Snapshot
from cluster_core.scheduler.framework import MAX_SCORE, ClusterEvent, Plugin, Refusal
from cluster_core.scheduler.pods import AffinityTerm, PodClass, PodInfo
from cluster_core.scheduler.tally import Key, current

AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
EXISTING_ANTI_AFFINITY = "node(s) didn't satisfy existing pods anti-affinity rules"
HARD_WEIGHT = 1
"""What a required term of an existing pod weighs when nodes are scored for a pod that it matches."""


class InterPodAffinity(Plugin):
    """Required terms of both sides refuse nodes; preferred terms of both sides score them."""

    name = "InterPodAffinity"
    local = False

    def applies(self, pod: PodClass) -> bool:
        return bool(pod.affinity or pod.anti_affinity) or self._others_care()

    def _others_care(self) -> bool:
        return self.handle.cache.affine_pods > 0

    def pre_filter(self, pod: PodClass, snapshot: Snapshot) -> Refusal | None:
        def contribution(info: PodInfo, node: NodeInfo) -> Iterator[tuple[Key, int]]:
            return self._required(pod, info, node)

        pod.cache["InterPodAffinity.now"] = current(
            pod.cache, "InterPodAffinity.required", contribution, self.handle.cache, snapshot
        )
        return None

    def _required(self, pod: PodClass, info: PodInfo, node: NodeInfo) -> Iterator[tuple[Key, int]]:
        other = info.cls
        if other.anti_affinity:
            mine = self.handle.namespace_labels(pod.namespace)
            for term in other.anti_affinity:
                if term.matches(pod.namespace, pod.labels, mine):
                    yield from _place("existing", term, node, 1)
        if pod.affinity and all(self._meets(term, other) for term in pod.affinity):
            for term in pod.affinity:
                yield from _place("near", term, node, 1)
        for term in pod.anti_affinity:
            if self._meets(term, other):
                yield from _place("away", term, node, 1)

    def _meets(self, term: AffinityTerm, other: PodClass) -> bool:
        labels = self.handle.namespace_labels(other.namespace) if term.namespace_selector is not None else {}
        return term.matches(other.namespace, other.labels, labels)

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        counts: dict[Key, int] = pod.cache["InterPodAffinity.now"].counts
        if pod.affinity and not self._near(pod, node, counts):
            return self.refuse(AFFINITY, resolvable=False)
        if not counts:
            return None
        labels = node.labels
        if any(("away", t.topology_key, labels.get(t.topology_key)) in counts for t in pod.anti_affinity):
            return self.refuse(ANTI_AFFINITY)
        if any(("existing", key, value) in counts for key, value in labels.items()):
            return self.refuse(EXISTING_ANTI_AFFINITY)
        return None

    def _near(self, pod: PodClass, node: NodeInfo, counts: dict[Key, int]) -> bool:
        if any(term.topology_key not in node.labels for term in pod.affinity):
            return False
        if all(("near", t.topology_key, node.labels[t.topology_key]) in counts for t in pod.affinity):
            return True
        first_of_its_kind = not any(kind == "near" for kind, _, _ in counts)
        return first_of_its_kind and all(self._meets(term, pod) for term in pod.affinity)

    def scores(self, pod: PodClass) -> bool:
        return bool(pod.preferred_affinity or pod.preferred_anti_affinity) or self._others_care()

    def pre_score(self, pod: PodClass, nodes: list[NodeInfo], snapshot: Snapshot) -> None:
        def contribution(info: PodInfo, node: NodeInfo) -> Iterator[tuple[Key, int]]:
            return self._wishes(pod, info, node)

        tally = current(pod.cache, "InterPodAffinity.preferred", contribution, self.handle.cache, snapshot)
        by_key: dict[str, dict[str, int]] = {}
        for (_, key, value), weight in tally.counts.items():
            by_key.setdefault(key, {})[value] = weight
        pod.cache["InterPodAffinity.weights"] = by_key

    def _wishes(self, pod: PodClass, info: PodInfo, node: NodeInfo) -> Iterator[tuple[Key, int]]:
        other = info.cls
        for sign, terms in ((1, pod.preferred_affinity), (-1, pod.preferred_anti_affinity)):
            for term in terms:
                if self._meets(term, other):
                    yield from _place("", term, node, sign * term.weight)
        if not other.has_affinity:
            return
        mine = self.handle.namespace_labels(pod.namespace)
        for term, weight in (
            *((t, HARD_WEIGHT) for t in other.affinity),
            *((t, t.weight) for t in other.preferred_affinity),
            *((t, -t.weight) for t in other.preferred_anti_affinity),
        ):
            if term.matches(pod.namespace, pod.labels, mine):
                yield from _place("", term, node, weight)

    def score(self, pod: PodClass, node: NodeInfo) -> int:
        weights: dict[str, dict[str, int]] = pod.cache["InterPodAffinity.weights"]
        return sum(values.get(node.labels[key], 0) for key, values in weights.items() if key in node.labels)

    def normalize(self, pod: PodClass, nodes: list[NodeInfo], scores: list[int]) -> list[int] | None:
        if not pod.cache["InterPodAffinity.weights"]:
            return None
        low, high = min(scores), max(scores)
        return [int(MAX_SCORE * ((s - low) / (high - low))) if high > low else 0 for s in scores]

    def wakes(self, pod: PodClass, event: ClusterEvent) -> bool:
        return event.kind in ("Node", "Pod")


def _place(kind: str, term: AffinityTerm, node: NodeInfo, amount: int) -> Iterator[tuple[Key, int]]:
    value = node.labels.get(term.topology_key)
    if value is not None:
        yield (kind, term.topology_key, value), amount
