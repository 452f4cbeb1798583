"""TaintNodesByCondition: a new node is tainted as not ready until it says otherwise."""

from cluster_core.admission.chain import CREATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin

NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


class TaintNodesByCondition(AdmissionPlugin):
    """Adds the taint."""

    name = "TaintNodesByCondition"
    interests = frozenset({("nodes", "", CREATE)})

    def admit(self, attributes: Attributes) -> None:
        """Taint the node unless it is."""
        node = attributes.object
        spec = node.get("spec") or {}
        taints = spec.get("taints") or []
        if not any((t["key"], t["effect"]) == (NOT_READY["key"], NOT_READY["effect"]) for t in taints):
            attributes.object = {**node, "spec": {**spec, "taints": [*taints, dict(NOT_READY)]}}
