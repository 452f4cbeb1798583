"""VolumeAttachment: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.core.pod_spec.volumes import csi_driver_name
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import Errors, immutable, name
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_subdomain


def prepare(new: Object, old: Object | None) -> None:
    """Not attached at first."""
    keep_status(new, old, {"attached": False})


_ONE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


def validate(attachment: Object) -> Errors:
    """A new attachment; the spec of an inline volume is not checked."""
    errors: Errors = []
    spec = attachment["spec"]
    csi_driver_name(errors, "spec.attacher", spec.get("attacher", ""))
    volume, inline = spec["source"].get("persistentVolumeName"), spec["source"].get("inlineVolumeSpec")
    if volume is None and inline is None:
        errors.append(field.required("spec.source", _ONE))
    elif volume is not None and inline is not None:
        errors.append(field.forbidden("spec.source", _ONE))
    elif volume == "":
        problem = "must specify non empty persistentVolumeName"
        errors.append(field.required("spec.source.persistentVolumeName", problem))
    name(errors, "spec.nodeName", spec.get("nodeName", ""), dns1123_subdomain)
    if volume is not None:
        name(errors, "spec.source.persistentVolumeName", volume, dns1123_subdomain)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """The spec stays."""
    errors = validate(new)
    immutable(errors, "spec", new["spec"], old["spec"])
    return errors


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="VolumeAttachment",
        plural="volumeattachments",
        namespaced=False,
        subresources=("status",),
        prepare=prepare,
        validate=validate,
        validate_update=validate_update,
        generation=False,
        unconditional_update=False,
        columns=(
            NAME,
            Column("Attacher", get("spec", "attacher"), format="name"),
            Column("PV", get("spec", "source", "persistentVolumeName")),
            Column("Node", get("spec", "nodeName")),
            Column("Attached", get("status", "attached", default=False), "boolean"),
            AGE,
        ),
    ),
)
