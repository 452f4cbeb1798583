"""The binder: claims and volumes, each its own state machine, driven by one queue."""

from typing import Any

from cluster_core.apimachinery import quantity
from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.meta import key_of, split_key
from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, STORAGECLASSES
from cluster_core.controllers.reconciler import Controller
from cluster_core.controllers.retry import RetryError
from cluster_core.controllers.volumebinder import matching
from cluster_core.controllers.volumebinder.binding import BIND_COMPLETED, BOUND_BY_CONTROLLER, Binding
from cluster_core.controllers.volumebinder.provisioning import PROVISIONED_BY, Provisioning

Object = dict[str, Any]

RESYNC = 15.0
"""Seconds after which a claim that found nothing is looked at again."""
SELECTED_NODE = "volume.kubernetes.io/selected-node"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


class VolumeBinder(Controller):
    """Keys are "claim:namespace/name" and "volume:name"."""

    name = "persistent-volume-binder"
    component = "persistentvolume-controller"

    def watch(self) -> None:
        self.claims, self.volumes = self.lister(PERSISTENTVOLUMECLAIMS), self.lister(PERSISTENTVOLUMES)
        self.classes, self.pods = self.lister(STORAGECLASSES), self.lister(PODS)
        self.binding = Binding(self.client, self.recorder)
        self.provisioning = Provisioning(self.client, self.recorder, self.options.provisioners)
        self.informer(PERSISTENTVOLUMES).add_handler(
            on_add=self._wake_volume, on_update=lambda _old, new: self._wake_volume(new), on_delete=self._volume_deleted
        )
        self.informer(PERSISTENTVOLUMECLAIMS).add_handler(
            on_add=self._wake_claim, on_update=lambda _old, new: self._wake_claim(new), on_delete=self._claim_deleted
        )
        self.informer(STORAGECLASSES).add_handler(on_add=self._class_added)

    def _wake_volume(self, volume: Object) -> None:
        self.queue.add(f"volume:{volume['metadata']['name']}")

    def _wake_claim(self, claim: Object) -> None:
        self.queue.add(f"claim:{key_of(claim)}")

    def _volume_deleted(self, volume: Object) -> None:
        reference = volume["spec"].get("claimRef")
        if reference is not None:
            self.queue.add(f"claim:{reference.get('namespace', '')}/{reference.get('name', '')}")

    def _claim_deleted(self, claim: Object) -> None:
        if claim["spec"].get("volumeName"):
            self.queue.add(f"volume:{claim['spec']['volumeName']}")

    def _class_added(self, _: Object) -> None:
        for claim in self.claims.list():
            if not claim["spec"].get("volumeName"):
                self._wake_claim(claim)

    def sync(self, key: str) -> None:
        kind, _, name = key.partition(":")
        if kind == "claim":
            claim = self.claims.get(*split_key(name))
            if claim is not None:
                self._sync_claim(key, claim)
            return
        volume = self.volumes.get("", name)
        if volume is not None:
            self._sync_volume(volume)

    def _sync_claim(self, key: str, claim: Object) -> None:
        if BIND_COMPLETED in (claim["metadata"].get("annotations") or {}):
            self._sync_bound_claim(claim)
        elif claim["spec"].get("volumeName"):
            self._sync_claim_of_volume(claim)
        else:
            self._sync_unbound_claim(key, claim)

    def _sync_bound_claim(self, claim: Object) -> None:
        """A claim that was bound once stays with its volume, or is lost."""
        name = claim["spec"].get("volumeName")
        volume = self.volumes.get("", name) if name else None
        if not name:
            self._lose(
                claim, "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"
            )
        elif volume is None:
            self._lose(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
        elif (volume["spec"].get("claimRef") or {}).get("uid", claim["metadata"]["uid"]) == claim["metadata"]["uid"]:
            self.binding.bind(volume, claim)
            self._expand(volume, claim)
        else:
            text = "Two claims are bound to the same volume, this one is bound incorrectly"
            self._lose(claim, "ClaimMisbound", text)

    def _expand(self, volume: Object, claim: Object) -> None:
        """A claim that asks for more than it has: own volumes grow at once, others wait for their driver."""
        has = (claim.get("status") or {}).get("capacity", {}).get("storage", "0")
        if quantity.compare(matching.requested(claim), has) <= 0:
            return
        if not self.provisioning.owns(volume):
            text = "waiting for an external controller to expand this PVC"
            self.event(claim, "ExternalExpanding", text)
            return
        self.binding.expand(volume, claim, matching.requested(claim))
        text = f'MountVolume.NodeExpandVolume succeeded for volume "{volume["metadata"]["name"]}"'
        self.event(claim, "FileSystemResizeSuccessful", text)

    def _lose(self, claim: Object, reason: str, message: str) -> None:
        if (claim.get("status") or {}).get("phase") != "Lost":
            self.binding.set_claim_phase(claim, "Lost")
            self.warning(claim, reason, message)

    def _sync_claim_of_volume(self, claim: Object) -> None:
        """The user chose the volume by name."""
        name = claim["spec"]["volumeName"]
        volume = self.volumes.get("", name)
        if volume is None:
            self.binding.set_claim_phase(claim, "Pending")
        elif volume["spec"].get("claimRef") is None:
            problem = matching.mismatch(volume, claim)
            if problem:
                message = f'Cannot bind to requested volume "{name}": {problem}'
                self.warning(claim, "VolumeMismatch", message)
                self.binding.set_claim_phase(claim, "Pending")
            else:
                self.binding.bind(volume, claim)
        elif matching.is_bound_to(volume, claim):
            self.binding.bind(volume, claim)
        else:
            self.warning(claim, "FailedBinding", f'volume "{name}" already bound to a different claim.')
            if BOUND_BY_CONTROLLER in (claim["metadata"].get("annotations") or {}):
                raise RetryError(f'invalid binding of claim "{key_of(claim)}" to volume "{name}"')
            self.binding.set_claim_phase(claim, "Pending")

    def _sync_unbound_claim(self, key: str, claim: Object) -> None:
        delayed = self._is_delayed(claim)
        volume = matching.best(self.volumes.list(), claim, delayed=delayed)
        if volume is not None:
            self.binding.bind(volume, claim)
            return
        if self._assign_default_class(claim):
            return
        self.queue.add_after(key, RESYNC, background=True)
        selected = SELECTED_NODE in (claim["metadata"].get("annotations") or {})
        if delayed and not selected:
            self._tell_waiting(claim)
        elif matching.class_of(claim):
            self.provisioning.provision(claim, self.classes.get("", matching.class_of(claim)))
            return
        else:
            text = "no persistent volumes available for this claim and no storage class is set"
            self.event(claim, "FailedBinding", text)
        self.binding.set_claim_phase(claim, "Pending")

    def _is_delayed(self, claim: Object) -> bool:
        """Whether the class wants the first pod to be seen before binding."""
        storage_class = self.classes.get("", matching.class_of(claim))
        return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"

    def _assign_default_class(self, claim: Object) -> bool:
        """A claim that says nothing of a class gets the default one, even one that came later than the claim."""
        if claim["spec"].get("storageClassName") is not None or matching.class_of(claim):
            return False
        defaults = [
            one
            for one in self.classes.list()
            if (one["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true"
        ]
        if not defaults:
            return False
        newest = max(defaults, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]))
        spec = {**claim["spec"], "storageClassName": newest["metadata"]["name"]}
        self.client.update(PERSISTENTVOLUMECLAIMS, {**claim, "spec": spec})
        return True

    def _tell_waiting(self, claim: Object) -> None:
        name = claim["metadata"]["name"]
        waiting = [
            pod["metadata"]["name"]
            for pod in self.pods.list(claim["metadata"]["namespace"])
            if not pod["spec"].get("nodeName") and name in claims_of(pod)
        ]
        if not waiting:
            text = "waiting for first consumer to be created before binding"
            self.event(claim, "WaitForFirstConsumer", text)
        else:
            noun = "pod" if len(waiting) == 1 else "pods"
            self.event(claim, "WaitForPodScheduled", f"waiting for {noun} {','.join(waiting)} to be scheduled")

    def _sync_volume(self, volume: Object) -> None:
        reference = volume["spec"].get("claimRef")
        if reference is None or not reference.get("uid"):
            self.binding.set_volume_phase(volume, "Available")
            return
        claim = self._claim_of(reference)
        if claim is None:
            self._release(volume)
        elif not claim["spec"].get("volumeName"):
            self._wake_claim(claim)
        elif claim["spec"]["volumeName"] == volume["metadata"]["name"]:
            self.binding.set_volume_phase(volume, "Bound")
        elif (
            PROVISIONED_BY in (volume["metadata"].get("annotations") or {})
            and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
        ):
            self._release(volume)
        else:
            self.binding.unbind(volume)

    def _claim_of(self, reference: Object) -> Object | None:
        """The claim that a volume names, by uid; looked up live before it counts as gone."""
        claim = self.claims.get(reference["namespace"], reference["name"])
        if claim is None or claim["metadata"]["uid"] != reference["uid"]:
            try:
                claim = self.client.get(PERSISTENTVOLUMECLAIMS, reference["name"], reference["namespace"])
            except ApiError as error:
                if is_not_found(error):
                    return None
                raise
        return claim if claim["metadata"]["uid"] == reference["uid"] else None

    def _release(self, volume: Object) -> None:
        """The claim is gone: the reclaim policy decides."""
        if (volume.get("status") or {}).get("phase") not in ("Released", "Failed"):
            volume = self.binding.set_volume_phase(volume, "Released")
        policy = volume["spec"].get("persistentVolumeReclaimPolicy", "Retain")
        if policy == "Delete":
            self._delete_volume(volume)
        elif policy == "Recycle":
            self._fail(volume, "VolumeFailedRecycle", "no volume plugin matched")
        elif policy != "Retain":
            self._fail(volume, "VolumeUnknownReclaimPolicy", "Volume has an unrecognized reclaim policy")

    def _delete_volume(self, volume: Object) -> None:
        path = (volume["spec"].get("hostPath") or {}).get("path")
        if self.provisioning.owns(volume):
            self.provisioning.delete(volume)
        elif path is None:
            return
        elif path.startswith("/tmp/") and len(path) > len("/tmp/"):
            self.provisioning.delete(volume)
        else:
            text = f"host_path deleter only supports /tmp/.+ but received provided {path}"
            self._fail(volume, "VolumeFailedDelete", text)

    def _fail(self, volume: Object, reason: str, message: str) -> None:
        if (volume.get("status") or {}).get("phase") != "Failed":
            self.binding.set_volume_phase(volume, "Failed", message)
            self.warning(volume, reason, message)


def claims_of(pod: Object) -> set[str]:
    """The names of the claims that a pod uses."""
    names = set()
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            names.add(volume["persistentVolumeClaim"]["claimName"])
        elif "ephemeral" in volume:
            names.add(f"{pod['metadata']['name']}-{volume['name']}")
    return names
