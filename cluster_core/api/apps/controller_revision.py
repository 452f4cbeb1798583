"""ControllerRevision: columns; its data never changes."""

from cluster_core.api.cells import AGE, NAME, NONE
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.apimachinery.gvk import parse_api_version
from cluster_core.apimachinery.meta import controller_of


def _controller(revision: Object, _now: float) -> str:
    owner = controller_of(revision)
    if owner is None:
        return NONE
    group, _ = parse_api_version(owner["apiVersion"])
    kind = f"{owner['kind']}.{group}" if group else owner["kind"]
    return f"{kind.lower()}/{owner['name']}"


RESOURCES = (
    Resource(
        group="apps",
        version="v1",
        kind="ControllerRevision",
        plural="controllerrevisions",
        generation=False,
        columns=(NAME, Column("Controller", _controller), Column("Revision", lambda r, _: r.get("revision", 0)), AGE),
    ),
)
