"""PodResizeValidator: a bound pod cannot be resized beyond what its node could ever hold."""

from typing import Any

from cluster_core.admission.chain import UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors, pod_resources

Object = dict[str, Any]

NO_NODE = 'node "{}" not found'
NOT_LINUX = 'pod resize is only supported on linux nodes, node "{}" is "{}"'
TOO_LARGE = "node didn't have enough allocatable resources: {}"


class PodResizeValidator(AdmissionPlugin):
    """Compares the new requests with the node's allocatable."""

    name = "PodResizeValidator"
    interests = frozenset({("pods", "resize", UPDATE)})

    def validate(self, attributes: Attributes) -> None:
        """Refuse what does not fit even an empty node."""
        pod = attributes.object
        name = pod["spec"].get("nodeName")
        if not name:
            return
        problem = _problem(pod["spec"], name, self.context.get("nodes", "", name))
        if problem:
            raise errors.forbidden("pods", pod["metadata"]["name"], problem)


def _problem(spec: Object, name: str, node: Object | None) -> str:
    if node is None:
        return NO_NODE.format(name)
    system = (node["metadata"].get("labels") or {}).get("kubernetes.io/os", "linux")
    if system != "linux":
        return NOT_LINUX.format(name, system)
    allocatable = pod_resources.amounts((node.get("status") or {}).get("allocatable"))
    wanted = pod_resources.requests(spec)
    found = [
        f"{resource}, requested: {wanted[resource]}, allocatable: {allocatable.get(resource, 0)}"
        for resource in ("cpu", "memory")
        if wanted.get(resource, 0) > allocatable.get(resource, 0)
    ]
    return TOO_LARGE.format("; ".join(found)) if found else ""
