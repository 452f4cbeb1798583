"""PersistentVolumeClaimResize: only bound claims of classes that allow it may grow."""

from cluster_core.admission.chain import UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors, quantity

UNBOUND = "Only bound persistent volume claims can be expanded"
NOT_DYNAMIC = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
)


class PersistentVolumeClaimResize(AdmissionPlugin):
    """Refuses growth that nobody could carry out."""

    name = "PersistentVolumeClaimResize"
    interests = frozenset({("persistentvolumeclaims", "", UPDATE)})

    def validate(self, attributes: Attributes) -> None:
        """Check phase and class of a growing claim."""
        new, old = attributes.object, attributes.old_object or {}
        wanted, had = (o["spec"].get("resources", {}).get("requests", {}).get("storage", "0") for o in (new, old))
        if quantity.compare(wanted, had) <= 0:
            return
        name = new["metadata"]["name"]
        if (old.get("status") or {}).get("phase") != "Bound":
            raise errors.forbidden("persistentvolumeclaims", name, UNBOUND)
        class_name = new["spec"].get("storageClassName", "")
        found = self.context.get("storageclasses.storage.k8s.io", "", class_name) if class_name else None
        if found is None or class_name != old["spec"].get("storageClassName") or not found.get("allowVolumeExpansion"):
            raise errors.forbidden("persistentvolumeclaims", name, NOT_DYNAMIC)
