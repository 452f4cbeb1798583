"""NodeRestriction: a node's kubelet changes itself and its own pods, nothing else."""

from typing import Any

from cluster_core.admission.chain import CREATE, DELETE, UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors

Object = dict[str, Any]
USER, GROUP = "system:node:", "system:nodes"
MIRROR = "kubernetes.io/config.mirror"
_OWN_LABELS = frozenset(
    (
        "kubernetes.io/hostname",
        "kubernetes.io/arch",
        "kubernetes.io/os",
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    )
)
_OWN_PREFIXES = ("kubelet.kubernetes.io", "node.kubernetes.io")


class NodeRestriction(AdmissionPlugin):
    """Refuses what a kubelet must not do."""

    name = "NodeRestriction"
    _RESOURCES = frozenset(("pods", "nodes", "leases.coordination.k8s.io", "csinodes.storage.k8s.io"))

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        """Pods, nodes, leases, CSI nodes and tokens."""
        name = f"{resource}.{group}" if group else resource
        return name in self._RESOURCES or (name == "serviceaccounts" and subresource == "token")

    def admit(self, attributes: Attributes) -> None:
        """Check the request if a node sent it."""
        user = attributes.user
        if not user.name.startswith(USER) or GROUP not in user.groups:
            return
        node = user.name.removeprefix(USER)
        kind = attributes.resource.kind
        if kind == "Pod":
            self._pod(attributes, node)
        elif kind == "Node":
            self._node(attributes, node)
        elif kind == "Lease":
            if attributes.namespace != "kube-node-lease":
                raise _refusal(attributes, 'can only access leases in the "kube-node-lease" system namespace')
            if attributes.name != node:
                raise _refusal(attributes, "can only access node lease with the same name as the requesting node")
        elif kind == "CSINode" and attributes.name != node:
            raise _refusal(attributes, "can only access CSINode with the same name as the requesting node")

    def _pod(self, attributes: Attributes, node: str) -> None:
        operation, subresource = attributes.operation, attributes.subresource
        if subresource == "eviction":
            self._own_pod(attributes, node, "evict pods with spec.nodeName set to itself")
        elif subresource == "status":
            self._own_pod(attributes, node, "update pod status for pods with spec.nodeName set to itself")
            old, new = (o["metadata"].get("labels") or {} for o in (attributes.old_object or {}, attributes.object))
            if old != new:
                raise _refusal(attributes, f'node "{node}" cannot update labels through pod status')
        elif subresource:
            text = f"unexpected pod subresource {_quoted(subresource)}, only 'status' and 'eviction' are allowed"
            raise _refusal(attributes, text)
        elif operation == CREATE:
            self._mirror_pod(attributes, node)
        elif operation == DELETE:
            self._own_pod(attributes, node, "delete pods with spec.nodeName set to itself")
        else:
            raise _refusal(
                attributes, f'unexpected operation "{operation}", node "{node}" can only create and delete mirror pods'
            )

    def _own_pod(self, attributes: Attributes, node: str, text: str) -> None:
        pod = attributes.old_object or self.context.get("pods", attributes.namespace, attributes.name)
        if pod is None:
            raise errors.not_found("pods", attributes.name)
        if pod["spec"].get("nodeName") != node:
            raise _refusal(attributes, f'node "{node}" can only {text}')

    def _mirror_pod(self, attributes: Attributes, node: str) -> None:
        pod = attributes.object
        if MIRROR not in (pod["metadata"].get("annotations") or {}):
            text = f'pod does not have "{MIRROR}" annotation, node "{node}" can only create mirror pods'
            raise _refusal(attributes, text)
        if pod["spec"].get("nodeName") != node:
            raise _refusal(attributes, f'node "{node}" can only create pods with spec.nodeName set to itself')
        owners = pod["metadata"].get("ownerReferences") or []
        if len(owners) != 1 or owners[0].get("kind") != "Node" or owners[0].get("name") != node:
            raise _refusal(attributes, f'node "{node}" can only create pods with an owner reference set to itself')
        if pod["spec"].get("serviceAccountName"):
            raise _refusal(attributes, f'node "{node}" can not create pods that reference a service account')
        for volume in pod["spec"].get("volumes") or ():
            for field, noun in _REFERENCES:
                if field in volume:
                    raise _refusal(attributes, f'node "{node}" can not create pods that reference {noun}')

    def _node(self, attributes: Attributes, node: str) -> None:
        if attributes.name != node:
            raise _refusal(attributes, f'node "{node}" is not allowed to modify node "{attributes.name}"')
        if attributes.operation == DELETE:
            raise _refusal(attributes, f'node "{node}" is not allowed to delete node "{node}"')
        new = attributes.object
        if new["metadata"].get("ownerReferences") and attributes.operation == CREATE:
            raise _refusal(attributes, f'node "{node}" is not allowed to set ownerReferences')
        if attributes.operation == CREATE:
            forbidden = sorted(filter(_forbidden_label, new["metadata"].get("labels") or {}))
            if forbidden:
                text = f'node "{node}" is not allowed to set the following labels: {", ".join(forbidden)}'
                raise _refusal(attributes, text)
        elif attributes.operation == UPDATE:
            self._update(attributes, node, new, attributes.old_object or {})

    def _update(self, attributes: Attributes, node: str, new: Object, old: Object) -> None:
        if (new["spec"].get("taints") or []) != (old["spec"].get("taints") or []):
            raise _refusal(attributes, f'node "{node}" is not allowed to modify taints')
        if (new["metadata"].get("ownerReferences") or []) != (old["metadata"].get("ownerReferences") or []):
            raise _refusal(attributes, f'node "{node}" is not allowed to modify ownerReferences')
        before, after = (o["metadata"].get("labels") or {} for o in (old, new))
        changed = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
        forbidden = sorted(filter(_forbidden_label, changed))
        if forbidden:
            raise _refusal(attributes, f'node "{node}" is not allowed to modify labels: {", ".join(forbidden)}')


_REFERENCES = (
    ("secret", "secrets"),
    ("configMap", "configmaps"),
    ("persistentVolumeClaim", "persistentvolumeclaims"),
)


def _forbidden_label(key: str) -> bool:
    domain = key.partition("/")[0] if "/" in key else ""
    if domain == "node-restriction.kubernetes.io" or domain.endswith(".node-restriction.kubernetes.io"):
        return True
    reserved = any(domain == d or domain.endswith("." + d) for d in ("kubernetes.io", "k8s.io"))
    if not reserved or key in _OWN_LABELS:
        return False
    return not any(domain == d or domain.endswith("." + d) for d in _OWN_PREFIXES)


def _quoted(text: str) -> str:
    return f'"{text}"'


def _refusal(attributes: Attributes, text: str) -> errors.ApiError:
    return errors.forbidden(attributes.group_resource, attributes.name, text)
