"""Role."""

from cluster_core.api.cells import NAME, get
from cluster_core.api.resource import Column, Resource
from cluster_core.apimachinery.names import path_segment

RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        version="v1",
        kind="Role",
        plural="roles",
        generation=False,
        name_rule=path_segment,
        columns=(NAME, Column("Created At", get("metadata", "creationTimestamp"), "date")),
    ),
)
