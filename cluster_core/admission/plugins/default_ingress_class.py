"""DefaultIngressClass: an ingress that names no class gets the default one."""

from cluster_core.admission.chain import CREATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin

DEFAULT = "ingressclass.kubernetes.io/is-default-class"
LEGACY = "kubernetes.io/ingress.class"


class DefaultIngressClass(AdmissionPlugin):
    """Sets ingressClassName."""

    name = "DefaultIngressClass"
    interests = frozenset({("ingresses.networking.k8s.io", "", CREATE)})

    def admit(self, attributes: Attributes) -> None:
        """Name the newest default class."""
        ingress = attributes.object
        if ingress["spec"].get("ingressClassName") or LEGACY in (ingress["metadata"].get("annotations") or {}):
            return
        classes = [
            c
            for c in self.context.list("ingressclasses.networking.k8s.io")
            if (c["metadata"].get("annotations") or {}).get(DEFAULT) == "true"
        ]
        if classes:
            newest = max(c["metadata"]["creationTimestamp"] for c in classes)
            name = min(c["metadata"]["name"] for c in classes if c["metadata"]["creationTimestamp"] == newest)
            attributes.object = {**ingress, "spec": {**ingress["spec"], "ingressClassName": name}}
