"""Pods of one kind spread over zones and nodes: hard constraints refuse, soft ones (and the system's defaults) score."""

import math
from collections.abc import Iterator
from typing import Any

from cluster_core.apimachinery.node_matching import matches_required, untolerated
from cluster_core.apimachinery.selectors import LabelSelector, from_map, from_object
from cluster_core.client.resources import REPLICASETS, REPLICATIONCONTROLLERS, SERVICES, STATEFULSETS
from cluster_core.scheduler.cache import NodeInfo, Snapshot
from cluster_core.scheduler.framework import MAX_SCORE, ClusterEvent, Plugin, Refusal
from cluster_core.scheduler.pods import PodClass, PodInfo, selector_with_keys
from cluster_core.scheduler.tally import Key, current

SKEWED = "node(s) didn't match pod topology spread constraints"
NO_LABEL = "node(s) didn't match pod topology spread constraints (missing required label)"

HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
DEFAULTS = ((HOSTNAME, 3), (ZONE, 5))
"""Soft constraints (key, maxSkew) of pods that state none and belong to a service or a workload."""

_OWNERS = {
    "ReplicaSet": REPLICASETS,
    "StatefulSet": STATEFULSETS,
    "ReplicationController": REPLICATIONCONTROLLERS,
}


class Constraint:
    """One topologySpreadConstraint, ready for counting."""

    __slots__ = ("honor_affinity", "honor_taints", "key", "max_skew", "min_domains", "number", "selectors")

    def __init__(
        self, number: int, key: str, max_skew: int, selectors: list[LabelSelector], spec: dict[str, Any]
    ) -> None:
        self.number, self.key, self.max_skew, self.selectors = str(number), key, max_skew, selectors
        self.min_domains: int = spec.get("minDomains") or 1
        self.honor_affinity = (spec.get("nodeAffinityPolicy") or "Honor") == "Honor"
        self.honor_taints = (spec.get("nodeTaintsPolicy") or "Ignore") == "Honor"

    def counts_node(self, pod: PodClass, node: NodeInfo) -> bool:
        """Whether pods on this node count."""
        if self.honor_affinity and not matches_required(pod.spec, node.labels, node.name):
            return False
        return not (
            self.honor_taints and untolerated(node.taints, pod.tolerations, ("NoSchedule", "NoExecute")) is not None
        )

    def matches(self, labels: dict[str, str]) -> bool:
        """Whether a pod with these labels counts."""
        return all(selector.matches(labels) for selector in self.selectors)


class PodTopologySpread(Plugin):
    """skew = pods in the node's domain + this one - pods in the emptiest domain."""

    name = "PodTopologySpread"
    local = False

    def applies(self, pod: PodClass) -> bool:
        return bool(self._stated(pod, "DoNotSchedule"))

    def _stated(self, pod: PodClass, action: str) -> list[Constraint]:
        name = f"PodTopologySpread.{action}"
        found: list[Constraint] | None = pod.cache.get(name)
        if found is None:
            specs = [
                s
                for s in pod.spec.get("topologySpreadConstraints") or ()
                if (s.get("whenUnsatisfiable") or "DoNotSchedule") == action
            ]
            found = pod.cache[name] = [
                Constraint(i, s["topologyKey"], s["maxSkew"], [selector_with_keys(s, pod.labels)], s)
                for i, s in enumerate(specs)
            ]
        return found

    def pre_filter(self, pod: PodClass, snapshot: Snapshot) -> Refusal | None:
        constraints = self._stated(pod, "DoNotSchedule")
        counts = self._count(pod, "hard", constraints, snapshot, all_keys=True)
        domains: dict[str, set[str]] = {c.number: set() for c in constraints}
        for node in snapshot.nodes.values():
            if all(c.key in node.labels for c in constraints):
                for c in constraints:
                    if c.counts_node(pod, node):
                        domains[c.number].add(node.labels[c.key])
        lowest = {}
        for c in constraints:
            per_domain = [counts.get((c.number, c.key, value), 0) for value in domains[c.number]]
            lowest[c.number] = min(per_domain) if per_domain and len(per_domain) >= c.min_domains else 0
        pod.cache["PodTopologySpread.now"] = (counts, lowest)
        return None

    def _count(
        self, pod: PodClass, what: str, constraints: list[Constraint], snapshot: Snapshot, all_keys: bool
    ) -> dict[Key, int]:
        def contribution(info: PodInfo, node: NodeInfo) -> Iterator[tuple[Key, int]]:
            if info.namespace != pod.namespace or "deletionTimestamp" in info.pod["metadata"]:
                return
            if all_keys and any(c.key not in node.labels for c in constraints):
                return
            for c in constraints:
                if c.matches(info.cls.labels) and c.counts_node(pod, node):
                    yield (c.number, c.key, node.labels.get(c.key, "")), 1

        return current(pod.cache, f"PodTopologySpread.{what}", contribution, self.handle.cache, snapshot).counts

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        counts, lowest = pod.cache["PodTopologySpread.now"]
        for c in self._stated(pod, "DoNotSchedule"):
            value = node.labels.get(c.key)
            if value is None:
                return self.refuse(NO_LABEL, resolvable=False)
            itself = c.matches(pod.labels)
            if counts.get((c.number, c.key, value), 0) + itself - lowest[c.number] > c.max_skew:
                return self.refuse(SKEWED)
        return None

    def scores(self, pod: PodClass) -> bool:
        return bool(self._soft(pod))

    def _soft(self, pod: PodClass) -> list[Constraint]:
        if pod.spec.get("topologySpreadConstraints"):
            return self._stated(pod, "ScheduleAnyway")
        return self._default(pod)

    def _default(self, pod: PodClass) -> list[Constraint]:
        services, owner = self.handle.lister(SERVICES), self._workload(pod)
        version, memo = services.version, pod.cache.get("PodTopologySpread.default")
        if memo is not None and memo[0] == version and memo[1] is owner:
            constraints: list[Constraint] = memo[3]
            return constraints
        selectors = self._family(pod, owner)
        if memo is not None and memo[2] == selectors:
            constraints = memo[3]
        else:
            constraints = (
                [Constraint(i, key, skew, selectors, {}) for i, (key, skew) in enumerate(DEFAULTS)] if selectors else []
            )
            pod.cache.pop("PodTopologySpread.soft", None)
        pod.cache["PodTopologySpread.default"] = (version, owner, selectors, constraints)
        return constraints

    def _workload(self, pod: PodClass) -> Any:
        gvr = _OWNERS.get(pod.owner["kind"]) if pod.owner else None
        return self.handle.lister(gvr).get(pod.namespace, pod.owner["name"]) if gvr and pod.owner else None

    def _family(self, pod: PodClass, owner: Any) -> list[LabelSelector]:
        """Selectors of the services and the workload that the pod belongs to; all of them must match to count."""
        if not pod.labels:
            return []
        found = [
            from_map(selector)
            for service in self.handle.lister(SERVICES).list(pod.namespace)
            if (selector := service["spec"].get("selector"))
            and all(pod.labels.get(k) == v for k, v in selector.items())
        ]
        if owner is not None:
            selector = owner["spec"].get("selector")
            found.append(from_map(selector) if owner["kind"] == "ReplicationController" else from_object(selector))
        return [s for s in found if s.requirements]

    def pre_score(self, pod: PodClass, nodes: list[NodeInfo], snapshot: Snapshot) -> None:
        constraints = self._soft(pod)
        stated = bool(pod.spec.get("topologySpreadConstraints"))
        counts = self._count(pod, "soft", constraints, snapshot, all_keys=stated)
        ignored = {n.name for n in nodes if stated and any(c.key not in n.labels for c in constraints)}
        weights = {}
        for c in constraints:
            if c.key == HOSTNAME:
                size = len(nodes) - len(ignored)
            else:
                size = len({n.labels.get(c.key, "") for n in nodes if n.name not in ignored})
            weights[c.number] = math.log(size + 2)
        pod.cache["PodTopologySpread.scoring"] = (constraints, counts, weights, ignored)

    def score(self, pod: PodClass, node: NodeInfo) -> int:
        constraints, counts, weights, ignored = pod.cache["PodTopologySpread.scoring"]
        if node.name in ignored:
            return 0
        total = 0.0
        for c in constraints:
            value = node.labels.get(c.key)
            if value is not None:
                total += counts.get((c.number, c.key, value), 0) * weights[c.number] + (c.max_skew - 1)
        return math.floor(total + 0.5)

    def normalize(self, pod: PodClass, nodes: list[NodeInfo], scores: list[int]) -> list[int]:
        ignored = pod.cache["PodTopologySpread.scoring"][3]
        counted = [s for node, s in zip(nodes, scores, strict=True) if node.name not in ignored]
        low, high = min(counted, default=0), max(counted, default=0)
        return [
            0 if node.name in ignored else MAX_SCORE if not high else MAX_SCORE * (high + low - s) // high
            for node, s in zip(nodes, scores, strict=True)
        ]

    def grouping(self, pod: PodClass) -> object | None:
        """Of the system's defaults only: constraints that pods state may leave nodes out."""
        return None if pod.spec.get("topologySpreadConstraints") else self._default(pod)

    def group(self, pod: PodClass, node: NodeInfo) -> Any:
        """Pods that count on the node (the label, where it does not name the node), and the zone."""
        constraints = self._default(pod)
        host, zone = node.labels.get(HOSTNAME), node.labels.get(ZONE)
        if host != node.name:
            return host, zone
        counts = self._count(pod, "soft", constraints, self.handle.cache.snapshot(), all_keys=False)
        return counts.get((constraints[0].number, HOSTNAME, host), 0), zone

    def group_scores(self, pod: PodClass, groups: list[tuple[Any, int]]) -> list[int]:
        per_host, per_zone = constraints = self._default(pod)
        counts = self._count(pod, "soft", constraints, self.handle.cache.snapshot(), all_keys=False)
        host_weight = math.log(sum(size for _, size in groups) + 2)
        zone_weight = math.log(len({zone or "" for (_, zone), _ in groups}) + 2)
        scores = []
        for (host, zone), _ in groups:
            total = 0.0
            if host is not None:
                here = host if isinstance(host, int) else counts.get((per_host.number, HOSTNAME, host), 0)
                total += here * host_weight + (per_host.max_skew - 1)
            if zone is not None:
                total += counts.get((per_zone.number, ZONE, zone), 0) * zone_weight + (per_zone.max_skew - 1)
            scores.append(math.floor(total + 0.5))
        low, high = min(scores), max(scores)
        return [MAX_SCORE * (high + low - s) // high if high else MAX_SCORE for s in scores]

    def wakes(self, pod: PodClass, event: ClusterEvent) -> bool:
        return event.kind in ("Node", "Pod")
