"""Lease: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="coordination.k8s.io",
        version="v1",
        kind="Lease",
        plural="leases",
    ),
)
