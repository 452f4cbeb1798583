"""DefaultStorageClass: a claim that names no class gets the default one."""

from cluster_core.admission.chain import CREATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin

DEFAULT = "storageclass.kubernetes.io/is-default-class"
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


class DefaultStorageClass(AdmissionPlugin):
    """Sets storageClassName."""

    name = "DefaultStorageClass"
    interests = frozenset({("persistentvolumeclaims", "", CREATE)})

    def admit(self, attributes: Attributes) -> None:
        """Name the newest default class."""
        claim = attributes.object
        stated = "storageClassName" in claim["spec"] or BETA_CLASS in (claim["metadata"].get("annotations") or {})
        if stated:
            return
        classes = [
            c
            for c in self.context.list("storageclasses.storage.k8s.io")
            if (c["metadata"].get("annotations") or {}).get(DEFAULT) == "true"
        ]
        if classes:
            newest = max(c["metadata"]["creationTimestamp"] for c in classes)
            name = min(c["metadata"]["name"] for c in classes if c["metadata"]["creationTimestamp"] == newest)
            attributes.object = {**claim, "spec": {**claim["spec"], "storageClassName": name}}
