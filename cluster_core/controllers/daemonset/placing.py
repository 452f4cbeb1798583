"""Node by node: which nodes lack a pod, and which pods are too many, finished or unwanted."""

from collections.abc import Callable
from typing import Any, NamedTuple

from cluster_core.controllers import pods as podlib
from cluster_core.controllers.daemonset import nodes

Object = dict[str, Any]
PodsByNode = dict[str, list[Object]]

BACKOFF_START, BACKOFF_LIMIT = 1.0, 900.0


class Changes(NamedTuple):
    """Nodes to create a pod on, and pods to delete."""

    create: list[str]
    delete: list[Object]


class FailedPods:
    """Back-off before a failed pod is replaced, per set, generation and node."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[float, float]] = {}

    def remaining(self, key: str, now: float) -> float:
        """Seconds to wait before the next replacement; 0 if it may happen now."""
        delay, since = self._entries.get(key, (0.0, 0.0))
        return delay if now - since < delay else 0.0

    def note(self, key: str, now: float) -> None:
        """A failed pod is replaced now; the next wait is twice as long, and starts over after a quiet time."""
        delay, since = self._entries.get(key, (0.0, now))
        if delay and now - since > 2 * BACKOFF_LIMIT:
            delay = 0.0
        self._entries[key] = (min(delay * 2, BACKOFF_LIMIT) if delay else BACKOFF_START, now)


class Placing:
    """Decides for one set at one moment. `say(type, reason, message)` tells of failed and succeeded pods."""

    def __init__(
        self,
        daemon_set: Object,
        revision_hash: str,
        now: float,
        failed: FailedPods,
        say: Callable[[str, str, str], None],
    ) -> None:
        self.set, self.hash, self.now = daemon_set, revision_hash, now
        self.failed, self.say = failed, say
        self.retry_after: list[float] = []

    def changes(self, all_nodes: list[Object], pods: PodsByNode) -> Changes:
        """What to create and delete so that each node has its pod."""
        create: list[str] = []
        delete: list[Object] = []
        for node in all_nodes:
            name = node["metadata"]["name"]
            present = [pod for pod in pods.get(name, ()) if "deletionTimestamp" not in pod["metadata"]]
            wanted, may_stay = nodes.should_run(self.set, node)
            if may_stay:
                running = [pod for pod in present if not self._is_finished(pod, name, delete)]
                if wanted and self._needs_pod(name, pods, running):
                    create.append(name)
                delete += self._surplus(running)
            else:
                delete += present
        known = {node["metadata"]["name"] for node in all_nodes}
        for name, stranded in pods.items():
            if name not in known:
                delete += [pod for pod in stranded if not pod["spec"].get("nodeName")]
        return Changes(create, delete)

    def _needs_pod(self, name: str, pods: PodsByNode, running: list[Object]) -> bool:
        """Without surge a node is free once its last pod is gone for good; with surge once none is left running."""
        return not running if allows_surge(self.set) else not pods.get(name)

    def _is_finished(self, pod: Object, node_name: str, delete: list[Object]) -> bool:
        phase, metadata = podlib.phase(pod), pod["metadata"]
        where = f"daemon pod {metadata['namespace']}/{metadata['name']} on node {node_name}"
        if phase == "Failed":
            generation = (self.set.get("status") or {}).get("observedGeneration", 0)
            key = f"{self.set['metadata']['uid']}/{generation}/{node_name}"
            wait = self.failed.remaining(key, self.now)
            if wait:
                self.retry_after.append(wait)
                return True
            self.failed.note(key, self.now)
            self.say("Warning", "FailedDaemonPod", f"Found failed {where}, will try to kill it")
        elif phase == "Succeeded":
            self.say("Normal", "SucceededDaemonPod", f"Found succeeded {where}, will try to delete it")
        else:
            return False
        delete.append(pod)
        return True

    def _surplus(self, running: list[Object]) -> list[Object]:
        by_age = sorted(running, key=nodes.oldest_first)
        if len(by_age) <= 1 or not allows_surge(self.set):
            return by_age[1:]
        new = [pod for pod in by_age if (pod["metadata"].get("labels") or {}).get(nodes.HASH_LABEL) == self.hash]
        old = [pod for pod in by_age if pod not in new]
        surplus = [*new[1:], *old[1:]]
        if new and old:
            min_ready = self.set["spec"].get("minReadySeconds", 0)
            if not podlib.is_ready(old[0]) or podlib.is_available(new[0], min_ready, self.now):
                surplus.append(old[0])
        return surplus


def allows_surge(daemon_set: Object) -> bool:
    """Whether an update may run two pods on a node for a while."""
    strategy = daemon_set["spec"].get("updateStrategy") or {}
    surge = (strategy.get("rollingUpdate") or {}).get("maxSurge", 0)
    return strategy.get("type") == "RollingUpdate" and surge not in (0, "0%", None)
