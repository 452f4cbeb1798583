"""RuntimeClass: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.core.pod_spec.defaults import round_up
from cluster_core.api.resource import Column, Object, Resource


def default(runtime_class: Object) -> None:
    """Amounts are whole thousandths."""
    fixed = (runtime_class.get("overhead") or {}).get("podFixed")
    if fixed:
        round_up(fixed)


RESOURCES = (
    Resource(
        group="node.k8s.io",
        version="v1",
        kind="RuntimeClass",
        plural="runtimeclasses",
        namespaced=False,
        default=default,
        generation=False,
        columns=(NAME, Column("Handler", get("handler")), AGE),
    ),
)
