"""ResourceClaimTemplate: defaults, columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.dra.requests import default_claim_spec
from cluster_core.api.resource import Object, Resource


def default(template: Object) -> None:
    """One device per request."""
    default_claim_spec(template["spec"]["spec"])


RESOURCES = (
    Resource(
        group="resource.k8s.io",
        version="v1",
        kind="ResourceClaimTemplate",
        plural="resourceclaimtemplates",
        default=default,
        generation=False,
        columns=(NAME, AGE),
    ),
)
