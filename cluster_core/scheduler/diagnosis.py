"""Why a pod fits nowhere, in kube-scheduler's words."""

from collections import Counter
from collections.abc import Iterable

from cluster_core.scheduler.framework import Refusal

NO_NODES = "no nodes available to schedule pods"
NO_CLAIMS = "no new claims to deallocate"
"""First part of what PostFilter says since dynamic resource allocation is on by default."""
NO_STATE = "not found"
"""What PostFilter says after a pod was refused before any node was looked at."""


def available(total: int, refusals: Iterable[Refusal], everywhere: Refusal | None = None) -> str:
    """`0/3 nodes are available: 1 Insufficient cpu, 2 Too many pods.`; a refusal `everywhere` is told once, without a count."""
    text = f"0/{total} nodes are available:"
    if everywhere is not None:
        return f"{text} {', '.join(everywhere.reasons)}."
    counts = Counter(reason for refusal in refusals for reason in refusal.reasons)
    return f"{text} {', '.join(sorted(f'{n} {reason}' for reason, n in counts.items()))}."
