"""FlowSchema: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        version="v1",
        kind="FlowSchema",
        plural="flowschemas",
        namespaced=False,
        subresources=("status",),
    ),
)
