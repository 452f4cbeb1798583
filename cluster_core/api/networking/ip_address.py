"""IPAddress: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="IPAddress",
        plural="ipaddresses",
        short_names=("ip",),
        namespaced=False,
    ),
)
