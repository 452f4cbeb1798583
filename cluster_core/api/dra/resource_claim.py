"""ResourceClaim: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.dra.requests import default_claim_spec
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def default(claim: Object) -> None:
    """One device per request."""
    default_claim_spec(claim["spec"])


def _state(claim: Object, _now: float) -> str:
    deleted, status = "deletionTimestamp" in claim["metadata"], claim.get("status") or {}
    if "allocation" not in status:
        return "deleted" if deleted else "pending"
    states = ["deleted"] if deleted else []
    return ",".join([*states, "allocated", *(["reserved"] if status.get("reservedFor") else [])])


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        version="v1",
        kind="ResourceClaim",
        plural="resourceclaims",
        subresources=("status",),
        default=default,
        prepare=status_reset(),
        generation=False,
        columns=(NAME, Column("State", _state), AGE),
    ),
)
