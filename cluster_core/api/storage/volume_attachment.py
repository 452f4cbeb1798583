"""VolumeAttachment: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="VolumeAttachment",
        plural="volumeattachments",
        namespaced=False,
        subresources=("status",),
    ),
)
