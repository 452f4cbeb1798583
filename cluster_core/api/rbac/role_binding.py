"""RoleBinding."""

from cluster_core.api.rbac.subjects import COLUMNS, default, validate_binding, validate_role_unchanged
from cluster_core.api.resource import Object, Resource
from cluster_core.api.validation import Errors
from cluster_core.apimachinery.names import path_segment

_KINDS = ("Role", "ClusterRole")


def validate(binding: Object) -> Errors:
    """A new binding."""
    return validate_binding(binding, _KINDS)


def validate_update(new: Object, old: Object) -> Errors:
    """As a new one, and the role stays."""
    errors = validate(new)
    validate_role_unchanged(errors, new, old)
    return errors


RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        version="v1",
        kind="RoleBinding",
        plural="rolebindings",
        default=default,
        validate=validate,
        validate_update=validate_update,
        generation=False,
        name_rule=path_segment,
        columns=COLUMNS,
    ),
)
