"""FlowSchema: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.apimachinery import conditions


def default(schema: Object) -> None:
    """In the middle of the order."""
    if not schema["spec"].get("matchingPrecedence"):
        schema["spec"]["matchingPrecedence"] = 1000


def _missing(schema: Object, _now: float) -> str:
    dangling = conditions.get((schema.get("status") or {}).get("conditions"), "Dangling")
    return str(dangling["status"]) if dangling else "?"


RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        version="v1",
        kind="FlowSchema",
        plural="flowschemas",
        namespaced=False,
        subresources=("status",),
        default=default,
        prepare=status_reset(),
        columns=(
            NAME,
            Column("PriorityLevel", get("spec", "priorityLevelConfiguration", "name")),
            Column("MatchingPrecedence", get("spec", "matchingPrecedence", default=0)),
            Column("DistinguisherMethod", get("spec", "distinguisherMethod", "type", default=NONE)),
            AGE,
            Column("MissingPL", _missing),
        ),
    ),
)
