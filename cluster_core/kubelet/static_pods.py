"""Static pods: run by a node from manifests of its own, shown in the API by mirror pods.

Made by the node's kubelet when it gets its first manifest. The worker of a static pod obeys the manifest alone; its status is
written to the mirror, which is made again when somebody deletes it.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.client.resources import PODS
from cluster_core.kubelet import status as pod_status
from cluster_core.kubelet.node import MIRROR

if TYPE_CHECKING:
    from cluster_core.kubelet.node import Kubelet
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

HASH = "kubernetes.io/config.hash"
SEEN, SOURCE = "kubernetes.io/config.seen", "kubernetes.io/config.source"
RESYNC = 60.0
RESTART_DELAY = 2.0


class StaticPods:
    """The static pods of one node, by full name."""

    def __init__(self, node: "Kubelet") -> None:
        self._node = node
        self._manifests: dict[tuple[str, str], Object] = {}
        self._workers: dict[tuple[str, str], PodWorker] = {}
        self._mirrors: dict[tuple[str, str], Object] = {}

    def put(self, manifest: Object) -> None:
        """A manifest was written: run it; a changed one replaces what runs."""
        pod = self._pod_of(manifest)
        key = _key(pod)
        self._manifests[key] = pod
        worker = self._workers.get(key)
        if worker is None:
            self._start(key)
        elif worker.uid != pod["metadata"]["uid"]:
            self._stop(worker)

    def remove(self, namespace: str, name: str) -> None:
        """A manifest was deleted: stop the pod."""
        key = namespace or "default", f"{name}-{self._node.name}"
        self._manifests.pop(key, None)
        worker = self._workers.get(key)
        if worker is not None:
            self._stop(worker)

    def _pod_of(self, manifest: Object) -> Object:
        import hashlib
        import json

        text = json.dumps(manifest, sort_keys=True) + self._node.name
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        metadata = manifest["metadata"]
        annotations = {**(metadata.get("annotations") or {}), HASH: digest, SOURCE: "file"}
        annotations[SEEN] = rfc3339(self._node.loop.now())
        spec = {"restartPolicy": "Always", "terminationGracePeriodSeconds": 30, **manifest["spec"]}
        spec["nodeName"] = self._node.name
        everything = {"operator": "Exists", "effect": "NoExecute"}
        tolerations = spec.get("tolerations") or []
        spec["tolerations"] = tolerations if everything in tolerations else [*tolerations, everything]
        named = {"name": f"{metadata['name']}-{self._node.name}", "namespace": metadata.get("namespace") or "default"}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**metadata, **named, "annotations": annotations, "uid": digest},
            "spec": spec,
        }

    def _start(self, key: tuple[str, str]) -> None:
        pod = self._manifests.get(key)
        if pod is not None and key not in self._workers and not self._node.stopped:
            self._workers[key] = self._node.run_static(pod, self)

    def _stop(self, worker: "PodWorker") -> None:
        pod = worker.pod
        if "deletionTimestamp" in pod["metadata"]:
            return
        grace = pod["spec"]["terminationGracePeriodSeconds"]
        stamp = rfc3339(self._node.loop.now() + grace)
        going = {"deletionTimestamp": stamp, "deletionGracePeriodSeconds": grace}
        worker.update({**pod, "metadata": {**pod["metadata"], **going}})

    def ended(self, worker: "PodWorker") -> None:
        """A static pod has stopped: its mirror goes, and what its manifest says now comes."""
        key = _key(worker.pod)
        self._workers.pop(key, None)
        mirror = self._mirrors.get(key)
        if mirror is not None:
            self._delete(mirror)
        if key in self._manifests:
            self._node.loop.call_later(RESTART_DELAY, self._start, key)

    # -- mirrors

    def show(self, pod: Object) -> None:
        """Make sure that the pod's mirror exists and is of this pod."""
        key, digest = _key(pod), pod["metadata"]["uid"]
        mirror = self._mirrors.get(key)
        if mirror is not None and mirror["metadata"]["annotations"][MIRROR] == digest:
            return
        if mirror is not None:
            self._delete(mirror)
        node = self._node.node["metadata"]
        owner = {
            "apiVersion": "v1",
            "kind": "Node",
            "name": node["name"],
            "uid": node.get("uid", ""),
            "controller": True,
        }
        metadata = {k: v for k, v in pod["metadata"].items() if k != "uid"}
        metadata["annotations"] = {**metadata["annotations"], MIRROR: digest}
        body = {**pod, "metadata": {**metadata, "ownerReferences": [owner]}}
        try:
            self._mirrors[key] = self._node.client.create(PODS, body, key[0])
        except ApiError:
            return  # the next look tries again

    def _delete(self, mirror: Object) -> None:
        metadata = mirror["metadata"]
        self._mirrors.pop(_key(mirror), None)
        try:
            self._node.client.delete(
                PODS, metadata["name"], metadata["namespace"], grace_period_seconds=0, uid=metadata["uid"]
            )
        except ApiError:
            return  # it is gone already

    def mirror_changed(self, mirror: Object) -> None:
        """The API has a mirror of this node."""
        if _key(mirror) not in self._workers and _key(mirror) not in self._manifests:
            self._delete(mirror)
        else:
            self._mirrors[_key(mirror)] = mirror

    def mirror_gone(self, mirror: Object) -> None:
        """Somebody deleted a mirror: what it showed runs on, and is shown again a while later."""
        key = _key(mirror)
        known = self._mirrors.get(key)
        if known is not None and known["metadata"]["uid"] == mirror["metadata"]["uid"]:
            del self._mirrors[key]
            delay = RESYNC * (1 + 0.5 * self._node.rng.random())
            self._node.loop.call_later(delay, self._show_again, key, background=True)

    def _show_again(self, key: tuple[str, str]) -> None:
        worker = self._workers.get(key)
        if worker is not None and not worker.deleting:
            self.show(worker.pod)
            self.write_status(worker)

    def write_status(self, worker: "PodWorker") -> None:
        """Bring the mirror's status in line with the worker's."""
        key = _key(worker.pod)
        mirror = self._mirrors.get(key)
        if mirror is None or mirror["metadata"]["annotations"][MIRROR] != worker.uid:
            return
        stored = mirror.get("status") or {}
        wanted = pod_status.for_api(worker.status, stored, True)
        if wanted == stored:
            return
        try:
            self._mirrors[key] = self._node.client.update_status(PODS, {**mirror, "status": wanted})
        except ApiError as error:
            if error.reason not in ("Conflict", "NotFound"):
                raise


def _key(pod: Object) -> tuple[str, str]:
    return pod["metadata"].get("namespace") or "default", pod["metadata"]["name"]
