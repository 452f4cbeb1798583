"""Protection of storage in use: the finalizers of terminating claims and volumes go once nothing uses them."""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.meta import split_key, without_finalizer
from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

CLAIM_FINALIZER, VOLUME_FINALIZER = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"


class ClaimProtection(Controller):
    """A claim stays while a pod that has a node refers to it, whatever the pod's phase. Keys are those of claims."""

    name = "pvc-protection-controller"

    def watch(self) -> None:
        self.claims, self.pods = self.lister(PERSISTENTVOLUMECLAIMS), self.lister(PODS)
        self.informer(PERSISTENTVOLUMECLAIMS).add_handler(
            on_add=self._claim_changed, on_update=lambda _old, new: self._claim_changed(new)
        )
        self.informer(PODS).add_handler(on_delete=self._pod_deleted)

    def _claim_changed(self, claim: Object) -> None:
        if "deletionTimestamp" in claim["metadata"]:
            self.enqueue(claim)

    def _pod_deleted(self, pod: Object) -> None:
        for name in _claims_of(pod):
            self.queue.add(f"{pod['metadata']['namespace']}/{name}")

    def sync(self, key: str) -> None:
        namespace, name = split_key(key)
        claim = self.claims.get(namespace, name)
        if claim is None or "deletionTimestamp" not in claim["metadata"]:
            return
        used = any(pod["spec"].get("nodeName") and name in _claims_of(pod) for pod in self.pods.list(namespace))
        if not used:
            _remove_finalizer(self, PERSISTENTVOLUMECLAIMS, claim, CLAIM_FINALIZER)


class VolumeProtection(Controller):
    """A volume stays while it is bound. Keys are names of volumes."""

    name = "pv-protection-controller"

    def watch(self) -> None:
        self.volumes = self.lister(PERSISTENTVOLUMES)
        self.informer(PERSISTENTVOLUMES).add_handler(
            on_add=self._changed, on_update=lambda _old, new: self._changed(new)
        )

    def _changed(self, volume: Object) -> None:
        if "deletionTimestamp" in volume["metadata"]:
            self.enqueue(volume)

    def sync(self, key: str) -> None:
        volume = self.volumes.get("", key)
        if volume is None or "deletionTimestamp" not in volume["metadata"]:
            return
        if (volume.get("status") or {}).get("phase") != "Bound":
            _remove_finalizer(self, PERSISTENTVOLUMES, volume, VOLUME_FINALIZER)


def _remove_finalizer(controller: Controller, gvr: Any, obj: Object, finalizer: str) -> None:
    freed = without_finalizer(obj, finalizer)
    if freed is obj:
        return
    try:
        controller.client.update(gvr, freed)
    except ApiError as error:
        if not is_not_found(error):
            raise


def _claims_of(pod: Object) -> set[str]:
    volumes = pod["spec"].get("volumes") or ()
    names = {v["persistentVolumeClaim"]["claimName"] for v in volumes if "persistentVolumeClaim" in v}
    return names | {f"{pod['metadata']['name']}-{v['name']}" for v in volumes if "ephemeral" in v}
