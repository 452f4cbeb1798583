"""Waiting until everything that a pod mounts is there, saying meanwhile what is missing.

Steps of the pod worker's first rounds.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS
from cluster_core.kubelet import events, volumes
from cluster_core.kubelet.tasks import Steps

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

FIRST_DELAY, LONGEST_DELAY = 0.5, 122.0
PATIENCE = 123.0
"""Seconds after which a round gives up waiting and a new one begins."""
BUSY = 10.0
"""Seconds after which waiting no longer keeps the cluster busy."""
RETRY = 10.0


def wait_for_volumes(worker: "PodWorker") -> Steps:
    """Whether everything is mounted; retries for a while, and reports what is missing."""
    waiting = worker.pod["spec"].get("volumes")
    if not waiting or worker.runtime.sandboxes:
        return True
    started = worker.node.loop.now()
    delay = FIRST_DELAY
    told_claims: set[str] = set()
    while True:
        sources = worker.sources()
        failures = [(v["name"], e) for v in waiting if (e := volumes.mount_error(sources, v))]
        claims = [
            e
            for v in waiting
            if (e := volumes.claim_error(sources, v, worker.node.lister(PERSISTENTVOLUMECLAIMS).get, v["name"]))
        ]
        if not failures and not claims:
            return True
        for name, error in failures:
            worker.event("Warning", "FailedMount", events.MOUNT_FAILED.format(name, error))
        for error in claims:
            if error not in told_claims:
                told_claims.add(error)
                worker.event("Warning", "FailedMount", events.VOLUMES_FAILED.format(error))
        passed = worker.node.loop.now() - started
        if claims or passed > PATIENCE:
            worker.kick_in(RETRY * (1 + 0.5 * worker.node.rng.random()), background=True)
            return False
        yield from worker.pause(delay, passed + delay > BUSY)
        if worker.deleting or worker.ending:
            return False
        delay = min(delay * 2, LONGEST_DELAY)
