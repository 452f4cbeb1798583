"""Namespace: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Namespace",
        plural="namespaces",
        short_names=("ns",),
        namespaced=False,
        subresources=(
            "finalize",
            "status",
        ),
        verbs=(
            "create",
            "delete",
            "get",
            "list",
            "patch",
            "update",
            "watch",
        ),
    ),
)
