"""NetworkPolicy: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="NetworkPolicy",
        plural="networkpolicies",
        short_names=("netpol",),
    ),
)
