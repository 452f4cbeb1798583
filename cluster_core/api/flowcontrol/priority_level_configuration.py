"""PriorityLevelConfiguration: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        version="v1",
        kind="PriorityLevelConfiguration",
        plural="prioritylevelconfigurations",
        namespaced=False,
        subresources=("status",),
    ),
)
