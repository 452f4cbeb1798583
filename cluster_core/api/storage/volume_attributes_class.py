"""VolumeAttributesClass: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Resource

RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="VolumeAttributesClass",
        plural="volumeattributesclasses",
        short_names=("vac",),
        namespaced=False,
        generation=False,
        columns=(NAME, Column("DriverName", get("driverName")), AGE),
    ),
)
