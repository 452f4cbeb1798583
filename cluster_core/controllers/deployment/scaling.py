"""A new size for a deployment: for one ReplicaSet if one is active, else split in proportion to their sizes."""

from typing import Any

from cluster_core.controllers import pods as podlib
from cluster_core.controllers.deployment import revisions, status
from cluster_core.controllers.deployment.rollout import (
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    Rollout,
    active,
    reported,
    total_size,
)

Object = dict[str, Any]


def is_scaling_event(rollout: Rollout) -> bool:
    """Whether some active ReplicaSet was made for another size of the deployment."""
    revisions.sync(rollout, create=False)
    return any(
        (size := _annotated(rs, DESIRED_REPLICAS)) is not None and size != rollout.replicas
        for rs in active(rollout.all)
    )


def rescale(rollout: Rollout) -> None:
    """Scale, tidy up if paused, and report; for scaling events and paused deployments."""
    revisions.sync(rollout, create=False)
    _scale(rollout)
    if rollout.spec.get("paused"):
        status.clean_up(rollout)
    status.sync_plain(rollout)


def _scale(rollout: Rollout) -> None:
    single = _active_or_latest(rollout)
    if single is not None:
        rollout.scale(single, rollout.replicas)
    elif _is_saturated(rollout):
        for replica_set in active(rollout.old):
            rollout.scale(replica_set, 0)
    elif rollout.is_rolling:
        for replica_set, size in _proportions(rollout):
            rollout.scale(replica_set, size, force=True)


def _active_or_latest(rollout: Rollout) -> Object | None:
    running = active(rollout.all)
    if len(running) == 1:
        return running[0]
    if running:
        return None
    return rollout.new or max(rollout.old, key=podlib.age_order, default=None)


def _is_saturated(rollout: Rollout) -> bool:
    new, size = rollout.new, rollout.replicas
    if new is None:
        return False
    return (
        new["spec"]["replicas"] == size
        and _annotated(new, DESIRED_REPLICAS) == size
        and reported([new], "availableReplicas") == size
    )


def _proportions(rollout: Rollout) -> list[tuple[Object, int]]:
    running = active(rollout.all)
    allowed = rollout.replicas + rollout.max_surge if rollout.replicas > 0 else 0
    to_add = allowed - total_size(running)
    if to_add > 0:
        running.sort(key=podlib.age_order, reverse=True)
    else:
        running.sort(key=podlib.age_order)
    if to_add:
        running.sort(key=lambda rs: -rs["spec"]["replicas"])
    sizes, added = [], 0
    for replica_set in running:
        share = _share(rollout, replica_set, to_add, added)
        sizes.append(replica_set["spec"]["replicas"] + share)
        added += share
    if running:
        sizes[0] = max(0, sizes[0] + to_add - added)
    return list(zip(running, sizes, strict=True))


def _share(rollout: Rollout, replica_set: Object, to_add: int, added: int) -> int:
    if to_add == added:
        return 0
    fraction = _fraction(rollout, replica_set)
    return min(fraction, to_add - added) if to_add > 0 else max(fraction, to_add - added)


def _fraction(rollout: Rollout, replica_set: Object) -> int:
    """The ReplicaSet's change if all of them kept their part of the whole, halves rounded away from zero."""
    size: int = replica_set["spec"]["replicas"]
    if rollout.replicas == 0:
        return -size
    before = _annotated(replica_set, MAX_REPLICAS) or rollout.status.get("replicas", 0)
    if not before:
        return 0
    now = rollout.replicas + rollout.max_surge
    return (2 * size * now + before) // (2 * before) - size


def _annotated(replica_set: Object, annotation: str) -> int | None:
    text = (replica_set["metadata"].get("annotations") or {}).get(annotation, "")
    return int(text) if text.isascii() and text.isdecimal() and int(text) < 2**31 else None
