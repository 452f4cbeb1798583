"""ResourceSlice: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Resource

RESOURCES = (
    Resource(
        group="resource.k8s.io",
        version="v1",
        kind="ResourceSlice",
        plural="resourceslices",
        namespaced=False,
        columns=(
            NAME,
            Column("Node", get("spec", "nodeName")),
            Column("Driver", get("spec", "driver")),
            Column("Pool", get("spec", "pool", "name")),
            AGE,
        ),
        selectable_fields={
            "spec.nodeName": lambda item: item["spec"].get("nodeName", ""),
            "spec.driver": lambda item: item["spec"].get("driver", ""),
        },
    ),
)
