"""Event: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="events.k8s.io",
        version="v1",
        kind="Event",
        plural="events",
        short_names=("ev",),
    ),
)
