"""CSIStorageCapacity: columns."""

from cluster_core.api.cells import NAME, get
from cluster_core.api.resource import Column, Resource

RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="CSIStorageCapacity",
        plural="csistoragecapacities",
        generation=False,
        unconditional_update=False,
        columns=(
            NAME,
            Column("Created At", get("metadata", "creationTimestamp"), "date"),
        ),
    ),
)
