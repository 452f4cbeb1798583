"""Sets of completion indexes and their text: `0,2-5,7`."""

from collections.abc import Iterable
from typing import Any

Object = dict[str, Any]

INDEX = "batch.kubernetes.io/job-completion-index"
FAILURE_COUNT = "batch.kubernetes.io/job-index-failure-count"
IGNORED_COUNT = "batch.kubernetes.io/job-index-ignored-failure-count"


def parse(text: str | None, completions: int) -> set[int]:
    """The indexes below `completions` that a text lists; broken parts are skipped."""
    found: set[int] = set()
    for part in (text or "").split(","):
        first, _, last = part.partition("-")
        try:
            found.update(range(int(first), min(int(last or first), completions - 1) + 1))
        except ValueError:
            continue
    return found


def text(indexes: Iterable[int]) -> str:
    """Runs of three or more as `a-b`, shorter ones as a list."""
    parts: list[str] = []
    run: list[int] = []
    for index in [*sorted(indexes), None]:
        if run and (index is None or index > run[-1] + 1):
            parts.append(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)))
            run = []
        if index is not None:
            run.append(index)
    return ",".join(parts)


def of_pod(pod: Object) -> int | None:
    """The completion index of a pod; None without a proper one."""
    value = (pod["metadata"].get("annotations") or {}).get(INDEX, "")
    return int(value) if value.isascii() and value.isdecimal() else None


def failures(pod: Object) -> int:
    """How often the pod's index had failed when the pod was made."""
    return _count(pod, FAILURE_COUNT)


def ignored(pod: Object) -> int:
    """How often the pod's index had failed without being counted when the pod was made."""
    return _count(pod, IGNORED_COUNT)


def _count(pod: Object, annotation: str) -> int:
    value = (pod["metadata"].get("annotations") or {}).get(annotation, "")
    return int(value) if value.isascii() and value.isdecimal() and int(value) < 2**31 else 0


def first_pending(taken: set[int], count: int, completions: int) -> list[int]:
    """The lowest `count` indexes that are not taken."""
    found: list[int] = []
    for index in range(completions):
        if len(found) >= count:
            break
        if index not in taken:
            found.append(index)
    return found
