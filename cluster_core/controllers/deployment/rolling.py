"""The strategy RollingUpdate: grow the new ReplicaSet and shrink the old ones within the fence of surge and unavailability."""

from typing import Any

from cluster_core.controllers import pods as podlib
from cluster_core.controllers.deployment import revisions, status
from cluster_core.controllers.deployment.rollout import Rollout, active, reported, total_size

Object = dict[str, Any]


def roll(rollout: Rollout) -> None:
    """One step: up, or else down, or else tidy up; then the status."""
    revisions.sync(rollout, create=True)
    if not _grow_new(rollout) and not _shrink_old(rollout) and status.is_complete(rollout, rollout.status):
        status.clean_up(rollout)
    status.sync_progress(rollout)


def _grow_new(rollout: Rollout) -> bool:
    new = rollout.new
    assert new is not None
    current = new["spec"]["replicas"]
    if current > rollout.replicas:
        return rollout.scale(new, rollout.replicas)
    return rollout.scale(new, revisions.new_size(rollout, current))


def _shrink_old(rollout: Rollout) -> bool:
    old = sorted(active(rollout.old), key=podlib.age_order)
    if not old:
        return False
    new = rollout.new
    assert new is not None
    min_available = rollout.replicas - rollout.max_unavailable
    new_unavailable = new["spec"]["replicas"] - reported([new], "availableReplicas")
    budget = total_size(rollout.all) - min_available - new_unavailable
    if budget <= 0:
        return False
    cleaned = _drop_unhealthy(rollout, old, budget)
    uids = {rs["metadata"]["uid"] for rs in old}
    old = sorted((rs for rs in rollout.old if rs["metadata"]["uid"] in uids), key=podlib.age_order)
    return _drop_available(rollout, old, reported([*old, new], "availableReplicas") - min_available) + cleaned > 0


def _drop_unhealthy(rollout: Rollout, old: list[Object], budget: int) -> int:
    """Pods that are not available go first: they cost nothing."""
    dropped = 0
    for replica_set in old:
        size = replica_set["spec"]["replicas"]
        count = min(budget - dropped, size - reported([replica_set], "availableReplicas"))
        if count > 0:
            rollout.scale(replica_set, size - count)
            dropped += count
    return dropped


def _drop_available(rollout: Rollout, old: list[Object], budget: int) -> int:
    dropped = 0
    for replica_set in old:
        count = min(replica_set["spec"]["replicas"], budget - dropped)
        if count > 0:
            rollout.scale(replica_set, replica_set["spec"]["replicas"] - count)
            dropped += count
    return dropped
