"""DefaultTolerationSeconds: pods stay five minutes on a node that became not ready or unreachable."""

from typing import Any

from cluster_core.admission.chain import CREATE, UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin

Object = dict[str, Any]
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
SECONDS = 300


class DefaultTolerationSeconds(AdmissionPlugin):
    """Adds the two tolerations unless the pod has its own."""

    name = "DefaultTolerationSeconds"
    interests = frozenset({("pods", "", CREATE), ("pods", "", UPDATE)})

    def admit(self, attributes: Attributes) -> None:
        """Append what is missing."""
        pod = attributes.object
        tolerations = pod["spec"].get("tolerations") or []
        missing = [key for key in (NOT_READY, UNREACHABLE) if not any(_tolerates(t, key) for t in tolerations)]
        if missing:
            added = [_toleration(key) for key in missing]
            attributes.object = {**pod, "spec": {**pod["spec"], "tolerations": [*tolerations, *added]}}


def _tolerates(toleration: Object, key: str) -> bool:
    return toleration.get("key", "") in (key, "") and toleration.get("effect", "") in ("NoExecute", "")


def _toleration(key: str) -> Object:
    return {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS}
