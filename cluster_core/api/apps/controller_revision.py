"""ControllerRevision: columns; its data never changes."""

from cluster_core.api.cells import AGE, NAME, NONE
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable, non_negative
from cluster_core.apimachinery import field
from cluster_core.apimachinery.gvk import parse_api_version
from cluster_core.apimachinery.meta import controller_of


def _controller(revision: Object, _now: float) -> str:
    owner = controller_of(revision)
    if owner is None:
        return NONE
    group, _ = parse_api_version(owner["apiVersion"])
    kind = f"{owner['kind']}.{group}" if group else owner["kind"]
    return f"{kind.lower()}/{owner['name']}"


def validate(revision: Object) -> Errors:
    """A new revision has data."""
    errors: Errors = []
    non_negative(errors, "revision", revision.get("revision", 0))
    data = revision.get("data")
    if data is None:
        errors.append(field.required("data", "data is mandatory"))
    elif not isinstance(data, dict):
        errors.append(field.required("data", "data must be a valid JSON object"))
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """Only the revision's number changes."""
    errors: Errors = []
    non_negative(errors, "revision", new.get("revision", 0))
    immutable(errors, "data", new.get("data"), old.get("data"))
    return errors


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="ControllerRevision",
        plural="controllerrevisions",
        generation=False,
        validate=validate,
        validate_update=validate_update,
        columns=(NAME, Column("Controller", _controller), Column("Revision", lambda r, _: r.get("revision", 0)), AGE),
    ),
)
