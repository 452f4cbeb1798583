"""CSINode: columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Column, Resource

RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="CSINode",
        plural="csinodes",
        namespaced=False,
        generation=False,
        unconditional_update=False,
        columns=(NAME, Column("Drivers", lambda node, _: len(node["spec"].get("drivers") or ()), "integer"), AGE),
    ),
)
