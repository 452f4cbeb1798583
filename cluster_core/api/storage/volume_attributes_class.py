"""VolumeAttributesClass: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.storage.storage_class import validate_parameters
from cluster_core.api.validation import Errors, label_name
from cluster_core.apimachinery import field


def validate(attributes_class: Object) -> Errors:
    """A new class."""
    errors: Errors = []
    driver = attributes_class.get("driverName", "")
    if not driver:
        errors.append(field.required("driverName"))
    else:
        label_name(errors, "driverName", driver.lower())
    validate_parameters(errors, "parameters", attributes_class.get("parameters") or {}, required=True)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """Driver and parameters stay."""
    errors: Errors = []
    for each in ("driverName", "parameters"):
        if new.get(each) != old.get(each):
            errors.append(field.forbidden(each, f"updates to {each} are forbidden."))
    return errors + validate(new)


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="VolumeAttributesClass",
        plural="volumeattributesclasses",
        short_names=("vac",),
        namespaced=False,
        generation=False,
        validate=validate,
        validate_update=validate_update,
        columns=(NAME, Column("DriverName", get("driverName")), AGE),
    ),
)
