"""ControllerRevision: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="ControllerRevision",
        plural="controllerrevisions",
    ),
)
