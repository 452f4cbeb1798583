"""PersistentVolume: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="PersistentVolume",
        plural="persistentvolumes",
        short_names=("pv",),
        namespaced=False,
        subresources=("status",),
    ),
)
