"""PersistentVolumeClaim: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="PersistentVolumeClaim",
        plural="persistentvolumeclaims",
        short_names=("pvc",),
        subresources=("status",),
    ),
)
