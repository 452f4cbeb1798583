"""ComponentStatus: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ComponentStatus",
        plural="componentstatuses",
        short_names=("cs",),
        namespaced=False,
        verbs=(
            "get",
            "list",
        ),
    ),
)
