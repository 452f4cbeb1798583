"""VolumeAttachment: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status


def prepare(new: Object, old: Object | None) -> None:
    """Not attached at first."""
    keep_status(new, old, {"attached": False})


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="VolumeAttachment",
        plural="volumeattachments",
        namespaced=False,
        subresources=("status",),
        prepare=prepare,
        generation=False,
        unconditional_update=False,
        columns=(
            NAME,
            Column("Attacher", get("spec", "attacher"), format="name"),
            Column("PV", get("spec", "source", "persistentVolumeName")),
            Column("Node", get("spec", "nodeName")),
            Column("Attached", get("status", "attached", default=False), "boolean"),
            AGE,
        ),
    ),
)
