"""Faults of the API for tests: writes that meet a conflict. Public; seeded, so that the same seed gives the same faults.

    with conflicts(cluster, chance=0.3):
        cluster.settle()

What goes wrong with containers is told by annotations and images (`kubelet/runtime/behaviour.py`), what goes wrong with nodes by
`cluster.kubelets.lose`, `recover` and `shut_down`.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cluster_core.cluster import Cluster

ACTORS = "system:serviceaccount:kube-system:"


@contextmanager
def conflicts(cluster: "Cluster", chance: float, seed: int = 0) -> Iterator[list[str]]:
    """Let updates by the cluster's own actors fail with 409 Conflict, each with this chance (0 to 1), as if somebody had been faster.

    Gives the list of what failed: `update pods/web-0`, say."""
    from cluster_core.apimachinery import errors

    if not 0 <= chance < 1:
        raise ValueError(f"chance must be at least 0 and below 1, not {chance}")
    server, rng, failed = cluster.server, random.Random(seed), []
    handle = server.handle

    def handle_or_fail(request: Any) -> Any:
        acts = request.user is not None and request.user.name.startswith(ACTORS)
        if acts and request.verb == "update" and request.gvr is not None and rng.random() < chance:
            failed.append(f"update {request.gvr.resource}/{request.name}")
            raise errors.conflict(request.gvr.resource, request.name, errors.MODIFIED)
        return handle(request)

    server.handle = handle_or_fail  # type: ignore[method-assign]
    try:
        yield failed
    finally:
        server.handle = handle  # type: ignore[method-assign]
