"""Which admission plugins run, in Kubernetes' order, and how a chain is built of them."""

from importlib import import_module
from typing import cast

from cluster_core.admission.chain import Attributes, Chain, Plugin
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
    "DefaultIngressClass",
    "PodTopologyLabels",
    "ResourceQuota",
)


class _LazyPlugin:
    """Stands for a plugin until a request that may concern it comes."""

    def __init__(self, name: str, context: AdmissionContext) -> None:
        self.name = name
        self._context = context
        self._plugin: Plugin | None = None

    @property
    def _real(self) -> Plugin:
        if self._plugin is None:
            module, class_name = PLUGINS[self.name]
            found = getattr(import_module(f"cluster_core.admission.plugins.{module}"), class_name)
            self._plugin = cast(Plugin, found(self._context))
        return self._plugin

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        """As the plugin says."""
        return self._real.handles(group, resource, subresource, operation)

    def admit(self, attributes: Attributes) -> None:
        """As the plugin does."""
        self._real.admit(attributes)

    def validate(self, attributes: Attributes) -> None:
        """As the plugin does."""
        self._real.validate(attributes)


def default_chain(context: AdmissionContext) -> Chain:
    """The chain of a cluster's API server."""
    return Chain([_LazyPlugin(name, context) for name in ORDER])
