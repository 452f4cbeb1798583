"""PodTemplate: defaults and columns."""

from cluster_core.api.cells import NAME, container_images, container_names, labels
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.core.pod_spec.validation import template_errors
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors


def default(obj: Object) -> None:
    """The template's."""
    default_template(obj["template"])


def validate(obj: Object) -> Errors:
    """The template."""
    errors: Errors = []
    template_errors(errors, "template", obj["template"])
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="PodTemplate",
        plural="podtemplates",
        default=default,
        validate=validate,
        validate_update=validate_update,
        columns=(
            NAME,
            Column("Containers", lambda t, _: container_names(t["template"]["spec"])),
            Column("Images", lambda t, _: container_images(t["template"]["spec"])),
            Column("Pod Labels", lambda t, _: labels(t["template"]["metadata"].get("labels"))),
        ),
    ),
)
