"""RoleBinding."""

from cluster_core.api.rbac.subjects import COLUMNS, default
from cluster_core.api.resource import Resource
from cluster_core.apimachinery.names import path_segment

RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        version="v1",
        kind="RoleBinding",
        plural="rolebindings",
        default=default,
        generation=False,
        name_rule=path_segment,
        columns=COLUMNS,
    ),
)
