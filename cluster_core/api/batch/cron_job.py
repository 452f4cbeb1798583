"""CronJob: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="batch",
        version="v1",
        kind="CronJob",
        plural="cronjobs",
        short_names=("cj",),
        categories=("all",),
        subresources=("status",),
    ),
)
