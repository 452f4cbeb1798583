"""ClusterRole."""

from cluster_core.api.cells import NAME, get
from cluster_core.api.rbac.rules import validate_rules
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, label_selector
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import path_segment


def validate(role: Object) -> Errors:
    """A new role."""
    errors = validate_rules(role, namespaced=False)
    if "aggregationRule" in role:
        path, selectors = "aggregationRule.clusterRoleSelectors", role["aggregationRule"].get("clusterRoleSelectors")
        if not selectors:
            problem = "at least one clusterRoleSelector required if aggregationRule is non-nil"
            errors.append(field.required(path, problem))
        for index, selector in enumerate(selectors or ()):
            before = len(errors)
            label_selector(errors, f"{path}[{index}]", selector)
            if len(errors) > before:
                errors.append(field.invalid(f"{path}[{index}]", None, "invalid label selector."))
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


RESOURCES = (
    Resource(
        group="rbac.authorization.k8s.io",
        version="v1",
        kind="ClusterRole",
        plural="clusterroles",
        namespaced=False,
        generation=False,
        validate=validate,
        validate_update=validate_update,
        name_rule=path_segment,
        columns=(NAME, Column("Created At", get("metadata", "creationTimestamp"), "date")),
    ),
)
