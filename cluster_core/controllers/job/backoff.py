"""Waiting after failures: 10 s, doubling up to 10 minutes, measured from the end of the last failed pod."""

from dataclasses import dataclass
from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.controllers import pods as podlib

Object = dict[str, Any]

FIRST, LIMIT = 10.0, 600.0


@dataclass(frozen=True, slots=True)
class Record:
    """Failures since the last success, and when the last of them ended (seconds since the epoch)."""

    failures: int = 0
    last: float | None = None

    def after(self, succeeded: list[Object], failed: list[Object]) -> "Record":
        """The record once these pods have finished."""
        ends = sorted(finished_at(pod) for pod in failed)
        if not succeeded:
            return Record(self.failures + len(ends), ends[-1]) if ends else self
        last_success = max(finished_at(pod) for pod in succeeded)
        later = [end for end in ends if end > last_success]
        return Record(len(later), later[-1]) if later else Record()

    def remaining(self, now: float) -> float:
        """Seconds to wait before the next pod."""
        return remaining(self.failures, self.last, now)


def remaining(failures: int, last: float | None, now: float) -> float:
    """Seconds to wait after so many failures, the last of which ended at `last`."""
    if not failures or last is None:
        return 0.0
    wait = min(FIRST * float(2 ** min(failures - 1, 30)), LIMIT)
    return max(0.0, last + wait - now)


def remaining_for_index(pod: Object | None, failures: int, now: float) -> float:
    """Seconds to wait before the pod of an index is replaced; `failures` before this one."""
    return 0.0 if pod is None else remaining(failures + 1, finished_at(pod), now)


def finished_at(pod: Object) -> float:
    """When a pod ended: by its containers, else its readiness, else its deletion, else its creation."""
    ended = _containers_ended(pod)
    if ended is not None:
        return ended
    ready = podlib.ready_condition(pod)
    if ready is not None and ready["status"] == "False" and ready.get("lastTransitionTime"):
        return timestamps.parse(ready["lastTransitionTime"])
    metadata = pod["metadata"]
    if "deletionTimestamp" in metadata:
        return timestamps.parse(metadata["deletionTimestamp"]) - float(metadata.get("deletionGracePeriodSeconds", 0))
    return podlib.created_at(pod)


def _containers_ended(pod: Object) -> float | None:
    status = pod.get("status") or {}
    sidecars = {c["name"] for c in pod["spec"].get("initContainers") or () if c.get("restartPolicy") == "Always"}
    watched = list(status.get("containerStatuses") or ())
    watched += [c for c in status.get("initContainerStatuses") or () if c["name"] in sidecars]
    ends = [((c.get("state") or {}).get("terminated") or {}).get("finishedAt") for c in watched]
    if not ends or not all(ends):
        return None
    return max(timestamps.parse(str(end)) for end in ends)
