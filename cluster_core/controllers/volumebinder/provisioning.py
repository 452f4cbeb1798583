"""Dynamic provisioning: the storage provisioners that the cluster plays itself; others are only waited for.

A volume made here is a directory that no node really has: good for any number of pods and nodes.
"""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_already_exists, is_not_found
from cluster_core.apimachinery.meta import object_reference, with_annotations
from cluster_core.client.client import Client
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from cluster_core.controllers.volumebinder.matching import class_of, requested

Object = dict[str, Any]

NO_PROVISIONER = "kubernetes.io/no-provisioner"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
STORAGE_PROVISIONERS = ("volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner")
DIRECTORY = "/var/lib/helmpy/volumes/"


class Provisioning:
    """Asks for volumes, and makes those whose provisioner is in `own`."""

    def __init__(self, client: Client, recorder: EventRecorder, own: tuple[str, ...]) -> None:
        self.client, self.recorder, self.own = client, recorder, own

    def provision(self, claim: Object, storage_class: Object | None) -> None:
        """Ask for a volume for the claim."""
        if storage_class is None:
            message = f'storageclass.storage.k8s.io "{class_of(claim)}" not found'
            self.recorder.event(claim, "Warning", "ProvisioningFailed", message)
            return
        provisioner = storage_class["provisioner"]
        if provisioner == NO_PROVISIONER:
            message = f"no volume plugin matched name: {NO_PROVISIONER}"
            self.recorder.event(claim, "Warning", "ProvisioningFailed", message)
            return
        annotations = claim["metadata"].get("annotations") or {}
        if any(annotations.get(name) != provisioner for name in STORAGE_PROVISIONERS):
            marked = with_annotations(claim, dict.fromkeys(STORAGE_PROVISIONERS, provisioner))
            claim = self.client.update(PERSISTENTVOLUMECLAIMS, marked)
        message = (
            f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the "
            "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
            "correctly registered."
        )
        self.recorder.event(claim, "Normal", "ExternalProvisioning", message)
        if provisioner in self.own:
            self._create(claim, storage_class)

    def owns(self, volume: Object) -> bool:
        """Whether the volume was made here."""
        return (volume["metadata"].get("annotations") or {}).get(PROVISIONED_BY) in self.own

    def delete(self, volume: Object) -> None:
        """Delete a volume that was made here."""
        try:
            self.client.delete(PERSISTENTVOLUMES, volume["metadata"]["name"])
        except ApiError as error:
            if not is_not_found(error):
                raise

    def _create(self, claim: Object, storage_class: Object) -> None:
        name = f"pvc-{claim['metadata']['uid']}"
        try:
            self.client.create(PERSISTENTVOLUMES, _build(name, claim, storage_class))
        except ApiError as error:
            if is_already_exists(error):
                return
            message = f'failed to provision volume with StorageClass "{class_of(claim)}": {error.message}'
            self.recorder.event(claim, "Warning", "ProvisioningFailed", message)
            raise
        self.recorder.event(claim, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}")


def _build(name: str, claim: Object, storage_class: Object) -> Object:
    spec: Object = {
        "capacity": {"storage": requested(claim)},
        "accessModes": claim["spec"].get("accessModes") or ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
        "storageClassName": storage_class["metadata"]["name"],
        "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
        "hostPath": {"path": DIRECTORY + name, "type": "DirectoryOrCreate"},
        "claimRef": object_reference(claim),
    }
    if storage_class.get("mountOptions"):
        spec["mountOptions"] = storage_class["mountOptions"]
    if claim["spec"].get("volumeAttributesClassName"):
        spec["volumeAttributesClassName"] = claim["spec"]["volumeAttributesClassName"]
    annotations = {PROVISIONED_BY: storage_class["provisioner"]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": annotations},
        "spec": spec,
    }
