"""PodDisruptionBudget: status reset, columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def _amount(field: str) -> Column:
    def cell(budget: Object, _now: float) -> str:
        return str(budget["spec"].get(field, "N/A"))

    return Column("Min Available" if field == "minAvailable" else "Max Unavailable", cell)


RESOURCES = (
    Resource(
        group="policy",
        version="v1",
        kind="PodDisruptionBudget",
        plural="poddisruptionbudgets",
        short_names=("pdb",),
        subresources=("status",),
        prepare=status_reset(disruptionsAllowed=0, currentHealthy=0, desiredHealthy=0, expectedPods=0),
        columns=(
            NAME,
            _amount("minAvailable"),
            _amount("maxUnavailable"),
            Column("Allowed Disruptions", get("status", "disruptionsAllowed", default=0), "integer"),
            AGE,
        ),
    ),
)
