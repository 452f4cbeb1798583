"""What a scheduling plugin is, and how it says no.

A plugin is one rule. The scheduler calls the rules of `defaults` in order: `filter` refuses nodes, `score` ranks the rest.
Plugins see pods as `PodClass`, nodes as `NodeInfo`; they must not import each other nor write to the API.
"""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from cluster_core.apimachinery.gvk import GVR
from cluster_core.client.resources import NAMESPACES

if TYPE_CHECKING:
    from cluster_core.scheduler.cache import Cache, NodeInfo, Snapshot
    from cluster_core.scheduler.pods import PodClass

MAX_SCORE = 100


class Refusal(NamedTuple):
    """Why a node (or every node) does not do. `resolvable`: removing pods from the node could change that."""

    reasons: tuple[str, ...]
    resolvable: bool
    plugin: str


class ClusterEvent(NamedTuple):
    """A change that may let waiting pods in: `kind` is Node, Pod, PersistentVolumeClaim …; `action` add, update or delete."""

    kind: str
    action: str
    old: Any
    new: Any


class Plugin:
    """Base of all rules; every hook has a neutral default.

    `local`: verdict and score depend on the pod's class and the one node alone, so they can be kept until the node changes.
    """

    name: ClassVar[str]
    local: ClassVar[bool] = True
    weight = 1

    def __init__(self, handle: "Handle") -> None:
        self.handle = handle

    def applies(self, pod: "PodClass") -> bool:
        """Whether `filter` has anything to say on such pods."""
        return True

    def pre_filter(self, pod: "PodClass", snapshot: "Snapshot") -> Refusal | None:
        """Work that needs all nodes, once per attempt; a refusal ends the attempt."""
        return None

    def narrow(self, pod: "PodClass") -> frozenset[str] | None:
        """Names of the only nodes that come into question, where the pod itself names them; None if any may."""
        return None

    def filter(self, pod: "PodClass", node: "NodeInfo") -> Refusal | None:
        """None if the node does."""
        return None

    def scores(self, pod: "PodClass") -> bool:
        """Whether `score` has anything to say on such pods."""
        return False

    def pre_score(self, pod: "PodClass", nodes: "list[NodeInfo]", snapshot: "Snapshot") -> None:
        """Work that needs all feasible nodes, once per attempt."""

    def score(self, pod: "PodClass", node: "NodeInfo") -> int:
        """How well the node does: 0 to 100 unless `normalize` sees to that."""
        return 0

    def normalize(self, pod: "PodClass", nodes: "list[NodeInfo]", scores: list[int]) -> list[int] | None:
        """Scores of all feasible nodes brought to 0..100; None where `score` is final already."""
        return None

    def grouping(self, pod: "PodClass") -> object | None:
        """Something that changes (as an object) whenever `group` would put nodes differently; None if it knows no groups."""
        return None

    def group(self, pod: "PodClass", node: "NodeInfo") -> Any:
        """What the score depends on, of a node: nodes with equal answers score alike. It may change when the node does."""
        return None

    def group_scores(self, pod: "PodClass", groups: list[tuple[Any, int]]) -> list[int]:
        """Final scores of groups, given with their sizes."""
        return [0] * len(groups)

    def wakes(self, pod: "PodClass", event: ClusterEvent) -> bool:
        """Whether the event may help a pod that this rule refused."""
        return event.kind == "Node"

    def refuse(self, *reasons: str, resolvable: bool = True) -> Refusal:
        """A refusal in this plugin's name."""
        return Refusal(reasons, resolvable, self.name)


class Handle:
    """What plugins may use of the scheduler: read-only listers, the cache, and facts kept with it."""

    def __init__(self, cache: "Cache", lister_of: Callable[[GVR], Any], rng: random.Random) -> None:
        self.cache, self._lister_of, self.rng = cache, lister_of, rng
        self._listers: dict[GVR, Any] = {}
        self._epoch = -1
        self._soft_taints = 0
        self._images: dict[str, int] = {}

    def lister(self, gvr: GVR) -> Any:
        """The mirror of a resource."""
        found = self._listers.get(gvr)
        if found is None:
            found = self._listers[gvr] = self._lister_of(gvr)
        return found

    def _refresh(self) -> None:
        if self._epoch == self.cache.node_epoch:
            return
        self._epoch = self.cache.node_epoch
        self._soft_taints, self._images = 0, {}
        for node in self.cache.nodes.values():
            self._soft_taints += sum(t["effect"] == "PreferNoSchedule" for t in node.taints)
            for image in ((node.node or {}).get("status") or {}).get("images") or ():
                for name in image.get("names") or ():
                    self._images[name] = self._images.get(name, 0) + 1

    @property
    def soft_taints(self) -> int:
        """PreferNoSchedule taints on all nodes."""
        self._refresh()
        return self._soft_taints

    def image_counts(self) -> tuple[dict[str, int], int]:
        """How many nodes hold each image, and how many nodes there are."""
        self._refresh()
        return self._images, len(self.cache.nodes)

    def namespace_labels(self, namespace: str) -> dict[str, str]:
        """Labels of a namespace, {} if it is unknown."""
        found = self.lister(NAMESPACES).get("", namespace)
        return (found["metadata"].get("labels") or {}) if found else {}


def reversed_share(scores: list[int]) -> list[int]:
    """100 for the lowest, 0 for the highest, in proportion to the highest; all 100 if that is 0."""
    top = max(scores, default=0)
    return [MAX_SCORE - MAX_SCORE * score // top for score in scores] if top else [MAX_SCORE] * len(scores)


def share(scores: list[int]) -> list[int]:
    """100 for the highest, the others in proportion; unchanged if that is 0."""
    top = max(scores, default=0)
    return [MAX_SCORE * score // top for score in scores] if top else scores
