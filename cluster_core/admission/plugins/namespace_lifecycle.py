"""NamespaceLifecycle: nothing new in a namespace that is missing or going away; some namespaces stay."""

from cluster_core.admission.chain import CREATE, DELETE, UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors

IMMORTAL = ("default", "kube-system", "kube-public")
_REVIEWS = ("localsubjectaccessreviews", "subjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews")


class NamespaceLifecycle(AdmissionPlugin):
    """Refuses by the state of the namespace."""

    name = "NamespaceLifecycle"

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        """Writes in namespaces, and deletions of namespaces."""
        if resource == "namespaces" and not group:
            return operation == DELETE and not subresource
        return operation in (CREATE, UPDATE) and resource not in _REVIEWS

    def admit(self, attributes: Attributes) -> None:
        """Check the namespace's existence and phase."""
        if attributes.resource.kind == "Namespace" and not attributes.resource.group:
            if attributes.name in IMMORTAL:
                raise errors.forbidden("namespaces", attributes.name, "this namespace may not be deleted")
            return
        name = attributes.namespace
        if not name or not attributes.resource.namespaced:
            return
        namespace = self.context.get("namespaces", "", name)
        if namespace is None:
            raise errors.not_found("namespaces", name)
        if attributes.operation == CREATE and namespace["metadata"].get("deletionTimestamp") is not None:
            raise _terminating(attributes, name)


def _terminating(attributes: Attributes, namespace: str) -> errors.ApiError:
    text = f"unable to create new content in namespace {namespace} because it is being terminated"
    error = errors.forbidden(attributes.group_resource, attributes.name, text)
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    error.details = {**(error.details or {}), "causes": [cause]}
    return error
