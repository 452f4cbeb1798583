"""Lease: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Resource

RESOURCES = (
    Resource(
        group="coordination.k8s.io",
        version="v1",
        kind="Lease",
        plural="leases",
        generation=False,
        columns=(NAME, Column("Holder", get("spec", "holderIdentity")), AGE),
    ),
)
