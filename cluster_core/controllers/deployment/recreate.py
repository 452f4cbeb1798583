"""The strategy Recreate: all old pods are gone before the first new one is made."""

from typing import Any

from cluster_core.client.informer import Lister
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.deployment import revisions, status
from cluster_core.controllers.deployment.rollout import Rollout, active, reported

Object = dict[str, Any]


def recreate(rollout: Rollout, pods: Lister) -> None:
    """One step: old ReplicaSets to zero; once their pods are gone, the new one to full size."""
    revisions.sync(rollout, create=False)
    shrunk = [rollout.scale(replica_set, 0) for replica_set in active(rollout.old)]
    if any(shrunk) or _old_pods_run(rollout, pods):
        status.sync_progress(rollout)
        return
    if rollout.new is None:
        revisions.sync(rollout, create=True)
    assert rollout.new is not None
    rollout.scale(rollout.new, rollout.replicas)
    if status.is_complete(rollout, rollout.status):
        status.clean_up(rollout)
    status.sync_progress(rollout)


def _old_pods_run(rollout: Rollout, pods: Lister) -> bool:
    """Terminating pods count: they may still run."""
    if reported(rollout.old, "replicas") > 0:
        return True
    return any(
        not podlib.is_finished(pod)
        for replica_set in rollout.old
        for pod in pods.by_index("owner", replica_set["metadata"]["uid"])
    )
