"""Role."""

from cluster_core.api.cells import NAME, get
from cluster_core.api.rbac.rules import validate_rules
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors
from cluster_core.apimachinery.names import path_segment


def validate(role: Object) -> Errors:
    """A new role."""
    return validate_rules(role, namespaced=True)


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        version="v1",
        kind="Role",
        plural="roles",
        generation=False,
        validate=validate,
        validate_update=validate_update,
        name_rule=path_segment,
        columns=(NAME, Column("Created At", get("metadata", "creationTimestamp"), "date")),
    ),
)
