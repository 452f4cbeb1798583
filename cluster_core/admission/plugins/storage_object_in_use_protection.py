"""StorageObjectInUseProtection: claims, volumes and attribute classes get the finalizer that keeps them while in use."""

from cluster_core.admission.chain import CREATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery.meta import with_finalizer

FINALIZERS = {
    "PersistentVolumeClaim": "kubernetes.io/pvc-protection",
    "PersistentVolume": "kubernetes.io/pv-protection",
    "VolumeAttributesClass": "kubernetes.io/vac-protection",
}


class StorageObjectInUseProtection(AdmissionPlugin):
    """Adds finalizers."""

    name = "StorageObjectInUseProtection"
    interests = frozenset(
        {
            ("persistentvolumeclaims", "", CREATE),
            ("persistentvolumes", "", CREATE),
            ("volumeattributesclasses.storage.k8s.io", "", CREATE),
        }
    )

    def admit(self, attributes: Attributes) -> None:
        """Add the kind's finalizer."""
        attributes.object = with_finalizer(attributes.object, FINALIZERS[attributes.resource.kind])
