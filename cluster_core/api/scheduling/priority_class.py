"""PriorityClass: defaults, columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Object, Resource


def default(priority_class: Object) -> None:
    """Pods of the class preempt others."""
    priority_class.setdefault("preemptionPolicy", "PreemptLowerPriority")


RESOURCES = (
    Resource(
        group="scheduling.k8s.io",
        version="v1",
        kind="PriorityClass",
        plural="priorityclasses",
        short_names=("pc",),
        namespaced=False,
        default=default,
        columns=(
            NAME,
            Column("Value", get("value", default=0), "integer"),
            Column("Global-Default", get("globalDefault", default=False), "boolean"),
            AGE,
            Column("PreemptionPolicy", get("preemptionPolicy"), priority=1),
        ),
    ),
)
