"""PodDisruptionBudget: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="policy",
        version="v1",
        kind="PodDisruptionBudget",
        plural="poddisruptionbudgets",
        short_names=("pdb",),
        subresources=("status",),
    ),
)
