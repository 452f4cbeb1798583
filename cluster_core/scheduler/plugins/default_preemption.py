"""When nothing fits: which less important pods to evict, and where. Decides only; the scheduler evicts.

Called after all filters failed, with every node's refusal.
"""

from typing import Any, NamedTuple

from cluster_core.apimachinery.selectors import from_object
from cluster_core.client.resources import PODDISRUPTIONBUDGETS
from cluster_core.scheduler.cache import NodeInfo, Snapshot
from cluster_core.scheduler.classes import ClassState
from cluster_core.scheduler.diagnosis import available
from cluster_core.scheduler.framework import Plugin, Refusal
from cluster_core.scheduler.pods import PodClass, PodInfo

NO_VICTIMS = "No preemption victims found for incoming pod"
NOT_HELPFUL = "Preemption is not helpful for scheduling"
NEVER = "not eligible due to preemptionPolicy=Never."
WAITING = "not eligible due to a terminating pod on the nominated node."


class Plan(NamedTuple):
    """Either victims on a node, or (node None) the reason why there are none."""

    node: NodeInfo | None
    victims: list[PodInfo]
    message: str


class DefaultPreemption(Plugin):
    """Removes all less important pods in thought, then takes back as many as fit, the most important first."""

    name = "DefaultPreemption"

    def applies(self, pod: PodClass) -> bool:
        return False

    def plan(self, info: PodInfo, state: ClassState, refusals: dict[str, Refusal], snapshot: Snapshot) -> Plan:
        """The cheapest eviction that would let the pod in."""
        pod = info.cls
        if pod.preemption_policy == "Never":
            return Plan(None, [], NEVER)
        if self._victims_leaving(info, snapshot, refusals):
            return Plan(None, [], WAITING)
        outcomes = {}
        candidates: list[tuple[tuple[Any, ...], NodeInfo, list[PodInfo]]] = []
        budgets = self.handle.lister(PODDISRUPTIONBUDGETS).list()
        for name, node in snapshot.nodes.items():
            if not refusals[name].resolvable:
                outcomes[name] = self.refuse(NOT_HELPFUL)
                continue
            found = self._victims(pod, state, node, snapshot, budgets)
            if isinstance(found, Refusal):
                outcomes[name] = found
            else:
                candidates.append((_cost(*found), node, found[0]))
        if not candidates:
            return Plan(None, [], available(len(snapshot.nodes), outcomes.values()))
        _, node, victims = min(candidates, key=lambda candidate: candidate[0])
        return Plan(node, victims, "")

    def _victims_leaving(self, info: PodInfo, snapshot: Snapshot, refusals: dict[str, Refusal]) -> bool:
        nominated = (info.pod.get("status") or {}).get("nominatedNodeName")
        node = snapshot.nodes.get(nominated) if nominated else None
        if node is None or not refusals[node.name].resolvable:
            return False
        return any(
            victim.cls.priority < info.cls.priority and "deletionTimestamp" in victim.pod["metadata"]
            for victim in node.pods.values()
        )

    def _victims(
        self, pod: PodClass, state: ClassState, node: NodeInfo, snapshot: Snapshot, budgets: list[dict[str, Any]]
    ) -> tuple[list[PodInfo], int] | Refusal:
        if all(priority >= pod.priority for priority in node.priorities):
            return self.refuse(NO_VICTIMS)
        lower = [v for v in node.pods.values() if v.cls.priority < pod.priority]
        trial = node.copy()
        view = snapshot.replacing(trial)
        for victim in lower:
            trial.remove_pod(victim.uid)
        refusal = _refusal(state, trial, view)
        if refusal is not None:
            return refusal
        lower.sort(key=_importance)
        violating, harmless = split_by_budget(lower, budgets)
        victims: list[PodInfo] = []
        violations = 0
        for group, counts in ((violating, 1), (harmless, 0)):
            for victim in group:
                trial.add_pod(victim)
                if _refusal(state, trial, view) is not None:
                    trial.remove_pod(victim.uid)
                    victims.append(victim)
                    violations += counts
        victims.sort(key=_importance)
        return victims, violations


def _refusal(state: ClassState, node: NodeInfo, view: Snapshot) -> Refusal | None:
    return state.prepare(view) or state.refusal(node)


def _start(info: PodInfo) -> str:
    return (info.pod.get("status") or {}).get("startTime") or "9999"


def _importance(info: PodInfo) -> tuple[int, str, str]:
    """Sorts the most important first: higher priority, then longer running."""
    return (-info.cls.priority, _start(info), info.key)


def _cost(victims: list[PodInfo], violations: int) -> tuple[Any, ...]:
    """Lower is better: budgets broken, highest priority hit, sum of priorities, number, then the latest start wins."""
    highest = victims[0].cls.priority if victims else 0
    total = sum(v.cls.priority + (1 << 31) for v in victims)
    earliest = min((_start(v) for v in victims if v.cls.priority == highest), default="")
    return (violations, highest, total, len(victims), _Later(earliest))


class _Later(str):
    """Text that sorts in reverse."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return str.__gt__(self, other)


def split_by_budget(pods: list[PodInfo], budgets: list[dict[str, Any]]) -> tuple[list[PodInfo], list[PodInfo]]:
    """Pods whose eviction would break a disruption budget, and the others; budgets are used up in order."""
    left = [
        (b["metadata"]["namespace"], from_object(b["spec"].get("selector")), b.get("status") or {}, [0])
        for b in budgets
    ]
    for _, _, status, room in left:
        room[0] = status.get("disruptionsAllowed", 0)
    violating: list[PodInfo] = []
    harmless: list[PodInfo] = []
    for info in pods:
        breaks = False
        for namespace, selector, status, room in left:
            if namespace != info.namespace or not selector.requirements or not selector.matches(info.cls.labels):
                continue
            if info.cls.labels and info.name not in (status.get("disruptedPods") or {}):
                room[0] -= 1
                breaks = breaks or room[0] < 0
        (violating if breaks else harmless).append(info)
    return violating, harmless
