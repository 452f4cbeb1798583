"""The status of a deployment: counts, the conditions Available, Progressing and ReplicaFailure; old revisions swept away."""

from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.client.resources import REPLICASETS
from cluster_core.controllers.deployment.revisions import revision_of
from cluster_core.controllers.deployment.rollout import (
    UNLIMITED,
    Rollout,
    find_condition,
    reported,
    set_condition,
    total_size,
    without_condition,
)

Object = dict[str, Any]

_ZERO_OMITTED = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
)


def sync_plain(rollout: Rollout) -> None:
    """Report without judging the progress: after scaling, or while paused or going away."""
    _write(rollout, _calculate(rollout))


def sync_progress(rollout: Rollout) -> None:
    """Report, and judge the progress of the rollout."""
    status = _calculate(rollout)
    conditions = _with_progress(rollout, status, status["conditions"])
    failure = _replica_failure(rollout)
    if failure is not None:
        status["conditions"] = set_condition(conditions, failure)
    else:
        status["conditions"] = without_condition(conditions, "ReplicaFailure")
    _write(rollout, status)


def is_complete(rollout: Rollout, status: Object) -> bool:
    """Whether all pods are of the new template, available, and no others are left."""
    size = rollout.replicas
    return bool(
        status.get("updatedReplicas", 0) == size
        and status.get("replicas", 0) == size
        and status.get("availableReplicas", 0) == size
        and status.get("observedGeneration", 0) >= rollout.deployment["metadata"].get("generation", 0)
    )


def next_check(rollout: Rollout) -> float | None:
    """When to judge the progress again, in seconds since the epoch; None if it is complete, has failed, or was judged."""
    current = rollout.condition("Progressing")
    if rollout.deadline is None or current is None:
        return None
    if is_complete(rollout, rollout.status) or current.get("reason") == "ProgressDeadlineExceeded":
        return None
    due = timestamps.parse(current["lastUpdateTime"]) + rollout.deadline + 1
    return due if due > rollout.now else None


def clean_up(rollout: Rollout) -> None:
    """Delete the oldest of the old ReplicaSets beyond revisionHistoryLimit, if they are empty."""
    limit = rollout.spec.get("revisionHistoryLimit")
    if limit is None or limit == UNLIMITED:
        return
    old = sorted((rs for rs in rollout.old if "deletionTimestamp" not in rs["metadata"]), key=_revision_order)
    for replica_set in old[: max(0, len(old) - limit)]:
        if _is_empty(replica_set):
            metadata = replica_set["metadata"]
            try:
                rollout.client.delete(REPLICASETS, metadata["name"], metadata["namespace"])
            except ApiError as error:
                if not is_not_found(error):
                    raise


def _revision_order(replica_set: Object) -> tuple[int, str, str]:
    metadata = replica_set["metadata"]
    return revision_of(replica_set), metadata["creationTimestamp"], metadata["name"]


def _is_empty(replica_set: Object) -> bool:
    status = replica_set.get("status") or {}
    observed = status.get("observedGeneration", 0) >= replica_set["metadata"].get("generation", 0)
    return observed and not status.get("replicas") and not replica_set["spec"]["replicas"]


def _calculate(rollout: Rollout) -> Object:
    sets = rollout.all
    available = reported(sets, "availableReplicas")
    counts = {
        "observedGeneration": rollout.deployment["metadata"].get("generation", 0),
        "replicas": reported(sets, "replicas"),
        "updatedReplicas": reported([rollout.new], "replicas") if rollout.new is not None else 0,
        "readyReplicas": reported(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total_size(sets) - available),
    }
    status: Object = {name: counts[name] for name in _ZERO_OMITTED if counts[name]}
    if "collisionCount" in rollout.status:
        status["collisionCount"] = rollout.status["collisionCount"]
    if all("terminatingReplicas" in (rs.get("status") or {}) for rs in sets):
        status["terminatingReplicas"] = reported(sets, "terminatingReplicas")
    status["conditions"] = set_condition(rollout.status.get("conditions") or [], _available(rollout, available))
    return status


def _available(rollout: Rollout, available: int) -> Object:
    if available >= rollout.replicas - rollout.max_unavailable:
        message = "Deployment has minimum availability."
        return rollout.new_condition("Available", "True", "MinimumReplicasAvailable", message)
    message = "Deployment does not have minimum availability."
    return rollout.new_condition("Available", "False", "MinimumReplicasUnavailable", message)


def _with_progress(rollout: Rollout, status: Object, conditions: list[Object]) -> list[Object]:
    if rollout.deadline is None:
        return without_condition(conditions, "Progressing")
    current = rollout.condition("Progressing")
    settled = current is not None and current.get("reason") == "NewReplicaSetAvailable"
    if settled and status.get("replicas", 0) == status.get("updatedReplicas", 0):
        return conditions
    who = (
        f'ReplicaSet "{rollout.new["metadata"]["name"]}"' if rollout.new is not None else f'Deployment "{rollout.name}"'
    )
    if is_complete(rollout, status):
        message = f"{who} has successfully progressed."
        return set_condition(
            conditions, rollout.new_condition("Progressing", "True", "NewReplicaSetAvailable", message)
        )
    if _advanced(rollout.status, status):
        new = rollout.new_condition("Progressing", "True", "ReplicaSetUpdated", f"{who} is progressing.")
        if current is not None and current["status"] == "True":
            new["lastTransitionTime"] = current["lastTransitionTime"]
        return [*without_condition(conditions, "Progressing"), new]
    if _timed_out(rollout, current):
        message = f"{who} has timed out progressing."
        return set_condition(
            conditions, rollout.new_condition("Progressing", "False", "ProgressDeadlineExceeded", message)
        )
    return conditions


def _advanced(old: Object, new: Object) -> bool:
    """More new pods, fewer old ones, more ready or more available than the stored status says."""

    def others(status: Object) -> int:
        return int(status.get("replicas", 0) - status.get("updatedReplicas", 0))

    grown = any(
        new.get(count, 0) > old.get(count, 0) for count in ("updatedReplicas", "readyReplicas", "availableReplicas")
    )
    return grown or others(new) < others(old)


def _timed_out(rollout: Rollout, current: Object | None) -> bool:
    if current is None or current.get("reason") == "NewReplicaSetAvailable":
        return False
    if current.get("reason") == "ProgressDeadlineExceeded":
        return True
    assert rollout.deadline is not None
    return timestamps.parse(current["lastUpdateTime"]) + rollout.deadline < rollout.now


def _replica_failure(rollout: Rollout) -> Object | None:
    """The failure that a ReplicaSet reports, the new one's before any other's."""
    first = [rollout.new] if rollout.new is not None else []
    for replica_set in [*first, *rollout.old]:
        failure = find_condition((replica_set.get("status") or {}).get("conditions"), "ReplicaFailure")
        if failure is not None:
            return {
                "type": "ReplicaFailure",
                "status": failure["status"],
                "lastUpdateTime": failure["lastTransitionTime"],
                "lastTransitionTime": failure["lastTransitionTime"],
                "reason": failure.get("reason", ""),
                "message": failure.get("message", ""),
            }
    return None


def _write(rollout: Rollout, status: Object) -> None:
    if not status["conditions"]:
        del status["conditions"]
    if status != rollout.status:
        rollout.write_status(status)
