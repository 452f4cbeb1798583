"""ServiceAccount: columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ServiceAccount",
        plural="serviceaccounts",
        short_names=("sa",),
        subresources=("token",),
        generation=False,
        columns=(NAME, AGE),
    ),
)
