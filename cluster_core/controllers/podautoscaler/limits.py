"""Smoothing and pace: recommendations of the last minutes, and how fast a size may change."""

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Object = dict[str, Any]

DOWN_WINDOW = 300.0
"""Seconds in which an earlier, higher recommendation holds a smaller one back."""

_UP_DEFAULT: Object = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
_DOWN_DEFAULT: Object = {
    "stabilizationWindowSeconds": int(DOWN_WINDOW),
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}


@dataclass(slots=True)
class History:
    """What one autoscaler recommended and changed: (time, size) and (time, change)."""

    recommendations: list[tuple[float, int]] = field(default_factory=list)
    ups: list[tuple[float, int]] = field(default_factory=list)
    downs: list[tuple[float, int]] = field(default_factory=list)

    def note_change(self, before: int, after: int, now: float) -> None:
        """A change of size took place."""
        (self.ups if after > before else self.downs).append((now, abs(after - before)))


class Limited(NamedTuple):
    """The size after all limits, and the conditions AbleToScale and ScalingLimited as (status, reason, message)."""

    replicas: int
    able: tuple[str, str, str]
    limited: tuple[str, str, str]


_AT_SIZE = ("True", "ReadyForNewScale", "recommended size matches current size")
_WITHIN = ("DesiredWithinRange", "the desired count is within the acceptable range")
_UP_LIMIT = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
_DOWN_LIMIT = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
_TOO_MANY = ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
_TOO_FEW = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
_DOWN_STABLE = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
)
_UP_STABLE = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
)


def limit(spec: Object, history: History, current: int, wanted: int, now: float) -> Limited:
    """The size that may be set now."""
    if spec.get("behavior"):
        return _limit_by_behavior(spec, history, current, wanted, now)
    recent = [size for time, size in history.recommendations if time >= now - DOWN_WINDOW]
    stable = max([wanted, *recent])
    _remember(history, wanted, now, DOWN_WINDOW)
    able = _AT_SIZE if stable == wanted else ("True", *_DOWN_STABLE)
    fastest = max(2 * current, 4)
    top, reason = (fastest, _UP_LIMIT) if spec["maxReplicas"] > fastest else (spec["maxReplicas"], _TOO_MANY)
    return _clamped(stable, spec.get("minReplicas", 1), top, _TOO_FEW, reason, able)


def _limit_by_behavior(spec: Object, history: History, current: int, wanted: int, now: float) -> Limited:
    up = {**_UP_DEFAULT, **(spec["behavior"].get("scaleUp") or {})}
    down = {**_DOWN_DEFAULT, **(spec["behavior"].get("scaleDown") or {})}
    if down.get("stabilizationWindowSeconds") is None:
        down["stabilizationWindowSeconds"] = DOWN_WINDOW
    stable = _stabilized(history, current, wanted, up, down, now)
    able = _AT_SIZE
    if stable != wanted:
        able = ("True", *(_UP_STABLE if wanted >= current else _DOWN_STABLE))
    if stable > current:
        fastest = max(current, _pace(up, history, current, now, growing=True))
        top, reason = (fastest, _UP_LIMIT) if spec["maxReplicas"] > fastest else (spec["maxReplicas"], _TOO_MANY)
        return _clamped(stable, 0, top, _TOO_FEW, reason, able)
    if stable < current:
        slowest = min(current, _pace(down, history, current, now, growing=False))
        minimum = spec.get("minReplicas", 1)
        bottom, reason = (slowest, _DOWN_LIMIT) if minimum < slowest else (minimum, _TOO_FEW)
        return _clamped(stable, bottom, stable, reason, _TOO_MANY, able)
    return Limited(stable, able, ("False", *_WITHIN))


def _clamped(
    size: int, bottom: int, top: int, low: tuple[str, str], high: tuple[str, str], able: tuple[str, str, str]
) -> Limited:
    if size < bottom:
        return Limited(bottom, able, ("True", *low))
    if size > top:
        return Limited(top, able, ("True", *high))
    return Limited(size, able, ("False", *_WITHIN))


def _stabilized(history: History, current: int, wanted: int, up: Object, down: Object, now: float) -> int:
    """The present size, moved only as far as the recommendations of both windows agree."""
    up_cut, down_cut = now - up["stabilizationWindowSeconds"], now - down["stabilizationWindowSeconds"]
    lowest = min([wanted, *(size for time, size in history.recommendations if time > up_cut)])
    highest = max([wanted, *(size for time, size in history.recommendations if time > down_cut)])
    _remember(history, wanted, now, now - min(up_cut, down_cut))
    return min(max(current, lowest), highest)


def _remember(history: History, wanted: int, now: float, window: float) -> None:
    kept = [(time, size) for time, size in history.recommendations if time >= now - window]
    history.recommendations = [*kept, (now, wanted)]


def _pace(rules: Object, history: History, current: int, now: float, *, growing: bool) -> int:
    """The farthest size that the policies allow."""
    choice = rules.get("selectPolicy", "Max")
    if choice == "Disabled":
        return current
    limits: list[int] = []
    for policy in rules["policies"]:
        since = now - policy["periodSeconds"]
        start = current - _changed(history.ups, since) + _changed(history.downs, since)
        step = policy["value"]
        if policy["type"] == "Pods":
            limits.append(start + step if growing else start - step)
        elif growing:
            limits.append(math.ceil(start * (1 + step / 100)))
        else:
            limits.append(int(start * (1 - step / 100)))
    return max(limits) if growing == (choice == "Max") else min(limits)


def _changed(changes: list[tuple[float, int]], since: float) -> int:
    return sum(size for time, size in changes if time > since)
