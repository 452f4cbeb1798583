"""What a cluster waits for: one line per object that is not as it should be, with the reason its status gives.

For whoever finds that a cluster settled, or ran out of time, without getting where it was to go: nothing hangs, and
nothing is silent. Called by `Cluster.waiting`; it only reads.
"""

from collections.abc import Callable, Iterator
from typing import Any

from cluster_core.apimachinery.conditions import get as condition
from cluster_core.client import resources as r
from cluster_core.client.client import Client

Object = dict[str, Any]


def waiting(client: Client) -> list[str]:
    """Lines such as `Pod default/web-1: main: ImagePullBackOff: Back-off pulling image "web:2"`, by kind and name."""
    return [
        f"{kind} {_name(obj)}: {reason}"
        for gvr, (kind, reasons) in _LOOKS.items()
        for obj in client.list(gvr)["items"]
        for reason in (*_leaving(obj), *reasons(obj))
    ]


def _name(obj: Object) -> str:
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])


def _leaving(obj: Object) -> Iterator[str]:
    metadata = obj["metadata"]
    if "deletionTimestamp" in metadata:
        held = metadata.get("finalizers")
        yield "is being deleted" + (f", held by {', '.join(held)}" if held else "")


def _status(obj: Object) -> Object:
    return obj.get("status") or {}


def _told(obj: Object, type: str, wanted: str = "True") -> Iterator[str]:
    """The message of a condition that is not as wanted."""
    found = condition(_status(obj).get("conditions"), type)
    if found is not None and found["status"] != wanted:
        yield ": ".join(filter(None, (found.get("reason"), found.get("message")))) or f"{type} is {found['status']}"


def _pod(pod: Object) -> Iterator[str]:
    status = _status(pod)
    if status.get("phase") in ("Succeeded", "Failed"):
        return
    if not pod["spec"].get("nodeName"):
        yield from list(_told(pod, "PodScheduled")) or ["has no node"]
        return
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    blocked = [f"{c['name']}: {_why(c['state']['waiting'])}" for c in containers if "waiting" in (c.get("state") or {})]
    yield from blocked or _told(pod, "Ready")


def _why(waiting: Object) -> str:
    return ": ".join(filter(None, (waiting.get("reason"), waiting.get("message")))) or "waiting"


def _deployment(deployment: Object) -> Iterator[str]:
    status, wanted = _status(deployment), deployment["spec"]["replicas"]
    if status.get("updatedReplicas", 0) < wanted or status.get("availableReplicas", 0) < wanted:
        yield (
            f"{status.get('updatedReplicas', 0)} of {wanted} updated, {status.get('availableReplicas', 0)} available"
            + "".join(f"; {text}" for type in ("Progressing", "Available") for text in _told(deployment, type))
        )
    yield from _told(deployment, "ReplicaFailure", "False")


def _replica_set(replica_set: Object) -> Iterator[str]:
    yield from _told(replica_set, "ReplicaFailure", "False")


def _stateful_set(stateful_set: Object) -> Iterator[str]:
    status, wanted = _status(stateful_set), stateful_set["spec"]["replicas"]
    if status.get("availableReplicas", 0) < wanted:
        yield f"{status.get('availableReplicas', 0)} of {wanted} available"
    elif status.get("currentRevision") != status.get("updateRevision"):
        yield f"{status.get('updatedReplicas', 0)} of {wanted} updated to {status.get('updateRevision')}"


def _daemon_set(daemon_set: Object) -> Iterator[str]:
    status = _status(daemon_set)
    wanted = status.get("desiredNumberScheduled", 0)
    if status.get("numberAvailable", 0) < wanted or status.get("updatedNumberScheduled", 0) < wanted:
        yield f"{status.get('updatedNumberScheduled', 0)} of {wanted} updated, {status.get('numberAvailable', 0)} available"


def _job(job: Object) -> Iterator[str]:
    conditions = _status(job).get("conditions")
    ended = any((found := condition(conditions, t)) and found["status"] == "True" for t in ("Complete", "Failed"))
    if not ended and not job["spec"].get("suspend"):
        status = _status(job)
        yield f"{status.get('active', 0)} active, {status.get('succeeded', 0)} succeeded, {status.get('failed', 0)} failed"


def _claim(claim: Object) -> Iterator[str]:
    if _status(claim).get("phase") != "Bound":
        yield f"is {_status(claim).get('phase', 'Pending')}"


def _namespace(namespace: Object) -> Iterator[str]:
    for found in _status(namespace).get("conditions") or ():
        if found["status"] == "True":
            yield str(found["message"])


def _node(node: Object) -> Iterator[str]:
    yield from _told(node, "Ready")


_LOOKS: dict[Any, tuple[str, Callable[[Object], Iterator[str]]]] = {
    r.NAMESPACES: ("Namespace", _namespace),
    r.NODES: ("Node", _node),
    r.DEPLOYMENTS: ("Deployment", _deployment),
    r.REPLICASETS: ("ReplicaSet", _replica_set),
    r.STATEFULSETS: ("StatefulSet", _stateful_set),
    r.DAEMONSETS: ("DaemonSet", _daemon_set),
    r.JOBS: ("Job", _job),
    r.PERSISTENTVOLUMECLAIMS: ("PersistentVolumeClaim", _claim),
    r.PODS: ("Pod", _pod),
}
"""Resource to its kind and what may be amiss with an object of it."""
