"""Which pods a set loses first when it shrinks.

ReplicaSets and Jobs ask here. The order is upstream's comparison, not a sort key: two times of the same magnitude are
told apart by uid at once, equal times fall through to the next rule.
"""

import math
from collections import Counter
from collections.abc import Iterable
from functools import cmp_to_key
from typing import Any, NamedTuple

from cluster_core.controllers import pods as podlib

Object = dict[str, Any]

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"

_PHASE_RANK = {"Pending": 0, "Unknown": 1, "Running": 2}


class _Candidate(NamedTuple):
    """What is compared: `standing` first, then the time of readiness, restarts, then age."""

    standing: tuple[int, ...]
    ready_at: float
    restarts: tuple[int, int]
    created_at: float
    uid: str
    pod: Object


def rank_for_replicaset(pods: list[Object], related: Iterable[Object], now: float) -> list[Object]:
    """The pods, first to go first. `related`: all pods of sets of the same owner; crowded nodes lose pods first."""
    crowd = Counter(pod["spec"].get("nodeName", "") for pod in related if podlib.is_active(pod))
    ranked = [_candidate(pod, _deletion_cost(pod), crowd[pod["spec"].get("nodeName", "")]) for pod in pods]

    def compare_times(a: float, b: float, x: _Candidate, y: _Candidate) -> int:
        if a <= 0 or b <= 0:
            return -1 if a <= 0 else 1
        difference = _magnitude(now - a) - _magnitude(now - b)
        return difference or (-1 if x.uid < y.uid else 1)

    return _sorted(ranked, compare_times)


def rank_plainly(pods: list[Object]) -> list[Object]:
    """The pods, first to go first, by state and then by exact times: the newest first."""

    def compare_times(a: float, b: float, _x: _Candidate, _y: _Candidate) -> int:
        if a <= 0 or b <= 0:
            return -1 if a <= 0 else 1
        return -1 if a > b else 1

    return _sorted([_candidate(pod, 0, 0) for pod in pods], compare_times)


def _sorted(candidates: list[_Candidate], compare_times: Any) -> list[Object]:
    def compare(x: _Candidate, y: _Candidate) -> int:
        if x.standing != y.standing:
            return -1 if x.standing < y.standing else 1
        if x.ready_at != y.ready_at:
            return compare_times(x.ready_at, y.ready_at, x, y)  # type: ignore[no-any-return]
        if x.restarts != y.restarts:
            return -1 if x.restarts < y.restarts else 1
        if x.created_at != y.created_at:
            return compare_times(x.created_at, y.created_at, x, y)  # type: ignore[no-any-return]
        return 0

    candidates.sort(key=cmp_to_key(compare))
    return [candidate.pod for candidate in candidates]


def _candidate(pod: Object, cost: int, crowding: int) -> _Candidate:
    since = podlib.ready_since(pod)
    assigned = 1 if pod["spec"].get("nodeName") else 0
    ready = 0 if since is None else 1
    standing = (assigned, _PHASE_RANK.get(podlib.phase(pod), 0), ready, cost, -crowding)
    regular, sidecars = _max_restarts(pod)
    uid = pod["metadata"]["uid"]
    return _Candidate(standing, since or 0.0, (-regular, -sidecars), podlib.created_at(pod), uid, pod)


def _magnitude(seconds: float) -> int:
    nanoseconds = int(seconds * 1_000_000_000)
    return int(math.log2(nanoseconds)) if nanoseconds > 0 else -1


def _max_restarts(pod: Object) -> tuple[int, int]:
    status = pod.get("status") or {}
    sidecars = {c["name"] for c in pod["spec"].get("initContainers") or () if c.get("restartPolicy") == "Always"}
    regular = [int(c.get("restartCount", 0)) for c in status.get("containerStatuses") or ()]
    init = [int(c.get("restartCount", 0)) for c in status.get("initContainerStatuses") or () if c["name"] in sidecars]
    return max(regular, default=0), max(init, default=0)


def _deletion_cost(pod: Object) -> int:
    """The annotation's value; 0 if absent or not a plain 32-bit integer (leading zeros or + are not plain)."""
    text = (pod["metadata"].get("annotations") or {}).get(DELETION_COST, "")
    digits = text.removeprefix("-")
    if not digits.isdecimal() or not digits.isascii() or (digits != "0" and digits[0] == "0"):
        return 0
    value = int(text)
    return value if -(2**31) <= value < 2**31 else 0
