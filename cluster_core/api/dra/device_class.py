"""DeviceClass: columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="resource.k8s.io",
        version="v1",
        kind="DeviceClass",
        plural="deviceclasses",
        namespaced=False,
        columns=(NAME, AGE),
    ),
)
