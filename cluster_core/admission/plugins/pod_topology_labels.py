"""PodTopologyLabels: a bound pod carries its node's zone and region."""

from cluster_core.admission.chain import CREATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery.meta import with_labels

LABELS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


class PodTopologyLabels(AdmissionPlugin):
    """Copies topology labels onto pods made with a node and onto bindings."""

    name = "PodTopologyLabels"
    interests = frozenset({("pods", "", CREATE), ("pods", "binding", CREATE), ("bindings", "", CREATE)})

    def admit(self, attributes: Attributes) -> None:
        """Copy the labels of the node."""
        obj = attributes.object
        target = (
            obj["spec"].get("nodeName", "")
            if attributes.resource.kind == "Pod" and not attributes.subresource
            else (obj.get("target") or {}).get("name", "")
        )
        node = self.context.get("nodes", "", target) if target else None
        if node is None:
            return
        present = node["metadata"].get("labels") or {}
        copied: dict[str, str | None] = {name: present[name] for name in LABELS if name in present}
        if copied:
            attributes.object = with_labels(obj, copied)
