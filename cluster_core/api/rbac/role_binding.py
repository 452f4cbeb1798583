"""RoleBinding: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        version="v1",
        kind="RoleBinding",
        plural="rolebindings",
    ),
)
