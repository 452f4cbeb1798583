"""Which admission plugins run, in Kubernetes' order, and how a chain is built of them."""

from importlib import import_module
from typing import cast

from cluster_core.admission.chain import Chain, Plugin
from cluster_core.admission.context import AdmissionContext
from cluster_core.admission.registry import PLUGINS

ORDER = (
    "NamespaceLifecycle",
    "LimitRanger",
    "ServiceAccount",
    "NodeRestriction",
    "TaintNodesByCondition",
    "PodSecurity",
    "Priority",
    "DefaultTolerationSeconds",
    "DefaultStorageClass",
    "StorageObjectInUseProtection",
    "PersistentVolumeClaimResize",
    "RuntimeClass",
    "CertificateApproval",
    "CertificateSigning",
    "CertificateSubjectRestriction",
    "DefaultIngressClass",
    "PodTopologyLabels",
    "PodResizeValidator",
    "ValidatingAdmissionPolicy",
    "ResourceQuota",
)


class _LazyPlugin:
    """Stands for a plugin until a request comes."""

    def __init__(self, name: str, context: AdmissionContext) -> None:
        self.name = name
        self._context = context
        self._plugin: Plugin | None = None

    @property
    def real(self) -> Plugin:
        """The plugin itself."""
        if self._plugin is None:
            module, class_name = PLUGINS[self.name]
            found = getattr(import_module(f"cluster_core.admission.plugins.{module}"), class_name)
            self._plugin = cast(Plugin, found(self._context))
        return self._plugin


def default_chain(context: AdmissionContext) -> Chain:
    """The chain of a cluster's API server."""
    return Chain([_LazyPlugin(name, context) for name in ORDER], context.looked_at)
