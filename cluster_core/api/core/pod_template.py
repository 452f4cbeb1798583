"""PodTemplate: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="PodTemplate",
        plural="podtemplates",
    ),
)
