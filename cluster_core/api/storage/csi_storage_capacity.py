"""CSIStorageCapacity: columns."""

from cluster_core.api.cells import NAME, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable, label_selector, name, non_negative_quantity, selector_text
from cluster_core.apimachinery.names import dns1123_subdomain


def validate(capacity: Object) -> Errors:
    """A new capacity."""
    errors: Errors = []
    label_selector(errors, "nodeTopology", capacity.get("nodeTopology"))
    name(errors, "storageClassName", capacity.get("storageClassName", ""), dns1123_subdomain)
    if "capacity" in capacity:
        non_negative_quantity(errors, "capacity", capacity["capacity"])
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """What it is the capacity of stays."""
    errors: Errors = []
    topology = new.get("nodeTopology")
    immutable(errors, "nodeTopology", topology, old.get("nodeTopology"), selector_text(topology))
    immutable(errors, "storageClassName", new.get("storageClassName", ""), old.get("storageClassName", ""))
    return errors


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="CSIStorageCapacity",
        plural="csistoragecapacities",
        generation=False,
        validate=validate,
        validate_update=validate_update,
        unconditional_update=False,
        columns=(
            NAME,
            Column("Created At", get("metadata", "creationTimestamp"), "date"),
        ),
    ),
)
