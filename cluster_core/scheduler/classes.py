"""Equal pods share their verdicts on nodes: a class looks again only at nodes that changed since its last pod.

Called by the scheduler. Where equal nodes can be told to be equal, the best node comes from groups of them, kept from pod
to pod; otherwise acceptable nodes are compared one by one.
"""

import random
from collections.abc import Callable
from typing import NamedTuple

from cluster_core.scheduler.cache import Cache, NodeInfo, Snapshot
from cluster_core.scheduler.framework import Plugin, Refusal
from cluster_core.scheduler.pods import PodClass
from cluster_core.scheduler.ranking import Group, Ranking

OUT_OF_QUESTION = "node(s) didn't satisfy plugin(s) [{}]"
ALL_NODES_BELOW = 100
"""Clusters smaller than this are always examined whole; in larger ones a share of acceptable nodes is enough."""


class Verdict(NamedTuple):
    """What the rules about single nodes say of one node in the state `generation`."""

    generation: int
    refusal: Refusal | None
    score: int


class ClassState:
    """The verdicts of one class of pods, and which rules have a say in it."""

    def __init__(self, pod: PodClass, filters: list[Plugin], scorers: list[Plugin], rng: random.Random) -> None:
        self.pod = pod
        self._rng = rng
        applying = [p for p in filters if p.local and p.applies(pod)]
        self._local_filters = [
            *(_only(names, p) for p in applying if (names := p.narrow(pod)) is not None),
            *(p.filter for p in applying),
        ]
        self._global = [p for p in filters if not p.local]
        self.global_filters: list[Plugin] = []
        """Rules about several nodes that have something to say in the present attempt; set by `prepare`."""
        final = [p for p in scorers if p.local and type(p).normalize is Plugin.normalize and p.scores(pod)]
        self._final_scorers = [(p.score, p.weight) for p in final]
        self._relative = [p for p in scorers if not (p.local and type(p).normalize is Plugin.normalize)]
        self.verdicts: dict[str, Verdict] = {}
        self._ranking = Ranking()
        self._ranked_by: tuple[Plugin | None, object] = (None, None)
        self._unranked: dict[str, None] = {}
        self._position = -1
        self._alone = False
        self._cache: Cache | None = None

    @property
    def relative_scorers(self) -> list[Plugin]:
        """Scorers that compare nodes with each other and have something to say right now."""
        return [p for p in self._relative if p.scores(self.pod)]

    def prepare(self, snapshot: Snapshot) -> Refusal | None:
        """Let rules about several nodes count; a refusal by one of them ends the attempt."""
        self.global_filters = [p for p in self._global if p.applies(self.pod)]
        for plugin in self.global_filters:
            refusal = plugin.pre_filter(self.pod, snapshot)
            if refusal is not None:
                return refusal
        return None

    def catch_up(self, cache: Cache) -> None:
        """Judge again whatever changed since the last time."""
        alone = len(cache.nodes) == 1
        if cache is not self._cache or self._position < cache.log_start or alone != self._alone:
            self._cache, self._alone = cache, alone
            self._unranked.update(dict.fromkeys(self.verdicts))
            self.verdicts.clear()
            dirty = cache.nodes
        else:
            dirty = {change.node.name: change.node for change in cache.log[self._position - cache.log_start :]}
        self._position = cache.version
        for name, node in dirty.items():
            if name not in cache.nodes:
                self.verdicts.pop(name, None)
                self._unranked[name] = None
            else:
                self._judge(name, node, alone)

    def _judge(self, name: str, node: NodeInfo, alone: bool) -> None:
        old = self.verdicts.get(name)
        if old is not None and old.generation == node.generation:
            return
        refusal = self.local_refusal(node)
        score = 0
        if refusal is None and not alone:
            score = self._final_score(node)
        self.verdicts[name] = Verdict(node.generation, refusal, score)
        self._unranked[name] = None

    def local_refusal(self, node: NodeInfo) -> Refusal | None:
        """The first refusal among the rules about single nodes."""
        for check in self._local_filters:
            refusal = check(self.pod, node)
            if refusal is not None:
                return refusal
        return None

    def refusal(self, node: NodeInfo) -> Refusal | None:
        """The first refusal among all rules (those about several nodes must be prepared by `pre_filter`)."""
        refusal = self.local_refusal(node)
        if refusal is None:
            for plugin in self.global_filters:
                refusal = plugin.filter(self.pod, node)
                if refusal is not None:
                    break
        return refusal

    def _final_score(self, node: NodeInfo) -> int:
        return sum(weight * score(self.pod, node) for score, weight in self._final_scorers)

    def best_by_groups(self, cache: Cache, plugin: Plugin | None) -> NodeInfo | None:
        """The best of all nodes when at most one rule compares nodes, and knows groups; None if none is acceptable."""
        self._rank(cache, plugin)

        def totals(groups: list[tuple[Group, int]]) -> list[int]:
            if plugin is None:
                return [score for (score, _), _ in groups]
            shares = plugin.group_scores(self.pod, [(group, size) for (_, group), size in groups])
            return [score + plugin.weight * share for ((score, _), _), share in zip(groups, shares, strict=True)]

        name = self._ranking.best(totals, self._rng)
        return None if name is None else cache.nodes[name]

    def _rank(self, cache: Cache, plugin: Plugin | None) -> None:
        """Bring the groups up to date."""
        rule = (plugin, plugin.grouping(self.pod) if plugin is not None else None)
        if rule[0] is not self._ranked_by[0] or rule[1] is not self._ranked_by[1]:
            self._ranked_by = rule
            self._ranking = Ranking()
            self._unranked = dict.fromkeys(self.verdicts)
        for name in self._unranked:
            verdict = self.verdicts.get(name)
            if verdict is None or verdict.refusal is not None:
                self._ranking.drop(name)
            else:
                group = plugin.group(self.pod, cache.nodes[name]) if plugin is not None else None
                self._ranking.put(name, (verdict.score, group))
        self._unranked.clear()

    def acceptable(self, cache: Cache, start: int) -> tuple[list[NodeInfo], dict[str, Refusal], int]:
        """Nodes that no rule refuses, the refusals met, and how many nodes were looked at.

        Large clusters: from node number `start` on, until enough are found.
        """
        names = list(cache.nodes)
        wanted = enough(len(names))
        found: list[NodeInfo] = []
        refusals: dict[str, Refusal] = {}
        looked = 0
        for looked in range(1, len(names) + 1):
            name = names[(start + looked - 1) % len(names)]
            refusal = self.verdicts[name].refusal
            if refusal is None:
                node = cache.nodes[name]
                for plugin in self.global_filters:
                    refusal = plugin.filter(self.pod, node)
                    if refusal is not None:
                        break
                else:
                    found.append(node)
                    if len(found) >= wanted:
                        break
                    continue
            refusals[name] = refusal
        return found, refusals, looked

    def best_of(self, nodes: list[NodeInfo], scorers: list[Plugin], snapshot: Snapshot) -> NodeInfo:
        """The acceptable node with the highest total; ties by the seeded generator."""
        if len(nodes) == 1:
            return nodes[0]
        totals = [self.verdicts[node.name].score for node in nodes]
        for plugin in scorers:
            plugin.pre_score(self.pod, nodes, snapshot)
            raw = [plugin.score(self.pod, node) for node in nodes]
            shares = plugin.normalize(self.pod, nodes, raw) or raw
            weight = plugin.weight
            totals = [total + weight * s for total, s in zip(totals, shares, strict=True)]
        best = max(totals)
        ties = [node for node, total in zip(nodes, totals, strict=True) if total == best]
        return ties[0] if len(ties) == 1 else ties[self._rng.randrange(len(ties))]


def _only(names: frozenset[str], plugin: Plugin) -> Callable[[PodClass, NodeInfo], Refusal | None]:
    """Refuses every node but the named ones, before anything else is asked."""
    refusal = plugin.refuse(OUT_OF_QUESTION.format(plugin.name), resolvable=False)
    return lambda _pod, node: None if node.name in names else refusal


def enough(nodes: int) -> int:
    """How many acceptable nodes to find in a cluster of that size before choosing."""
    if nodes < ALL_NODES_BELOW:
        return nodes
    percent = max(5, 50 - nodes // 125)
    return max(ALL_NODES_BELOW, nodes * percent // 100)
