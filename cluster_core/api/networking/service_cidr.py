"""ServiceCIDR: status reset, columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Column, Resource
from cluster_core.api.strategy import status_reset

RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="ServiceCIDR",
        plural="servicecidrs",
        namespaced=False,
        subresources=("status",),
        prepare=status_reset(),
        generation=False,
        columns=(NAME, Column("CIDRs", lambda cidr, _: ",".join(cidr["spec"].get("cidrs") or ())), AGE),
    ),
)
