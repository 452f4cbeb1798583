"""CSINode: columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.core.pod_spec.volumes import csi_driver_name
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, label_name, optional_non_negative
from cluster_core.apimachinery import field


def validate(node: Object) -> Errors:
    """A new node."""
    errors: Errors = []
    seen: set[str] = set()
    for index, driver in enumerate(node["spec"].get("drivers") or ()):
        path, own_name = f"spec.drivers[{index}]", driver.get("name", "")
        csi_driver_name(errors, f"{path}.name", own_name)
        if not driver.get("nodeID"):
            errors.append(field.required(f"{path}.nodeID"))
        elif len(driver["nodeID"]) > 256:
            errors.append(field.invalid(f"{path}.nodeID", driver["nodeID"], "must be 256 characters or less"))
        optional_non_negative(errors, driver.get("allocatable") or {}, f"{path}.allocatable", "count")
        if own_name in seen:
            errors.append(field.duplicate(f"{path}.name", own_name))
        seen.add(own_name)
        _validate_keys(errors, path, driver.get("topologyKeys") or [])
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_keys(errors: Errors, path: str, keys: list[str]) -> None:
    for index, key in enumerate(keys):
        if not key:
            errors.append(field.required(path))
        if key in keys[:index]:
            errors.append(field.duplicate(path, key))
        label_name(errors, path, key)


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="CSINode",
        plural="csinodes",
        namespaced=False,
        generation=False,
        validate=validate,
        validate_update=validate_update,
        unconditional_update=False,
        columns=(NAME, Column("Drivers", lambda node, _: len(node["spec"].get("drivers") or ()), "integer"), AGE),
    ),
)
