"""PodDisruptionBudget: status reset, columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.go_structs import shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import (
    Errors,
    int_or_percent,
    label_selector,
    not_more_than_all,
    one_of,
    optional_non_negative,
)
from cluster_core.apimachinery import field


def _amount(field: str) -> Column:
    def cell(budget: Object, _now: float) -> str:
        return str(budget["spec"].get(field, "N/A"))

    return Column("Min Available" if field == "minAvailable" else "Max Unavailable", cell)


_EVICTION_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def validate(budget: Object) -> Errors:
    """A new budget."""
    errors: Errors = []
    spec = budget["spec"]
    if "minAvailable" in spec and "maxUnavailable" in spec:
        problem = "minAvailable and maxUnavailable cannot be both set"
        errors.append(field.invalid("spec", shown("PodDisruptionBudgetSpec", spec), problem))
    for each in ("minAvailable", "maxUnavailable"):
        if each in spec:
            int_or_percent(errors, f"spec.{each}", spec[each])
            not_more_than_all(errors, f"spec.{each}", spec[each])
    label_selector(errors, "spec.selector", spec.get("selector"))
    if "unhealthyPodEvictionPolicy" in spec:
        path = "spec.unhealthyPodEvictionPolicy"
        one_of(errors, path, spec["unhealthyPodEvictionPolicy"], _EVICTION_POLICIES)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def validate_status(new: Object, _old: Object) -> Errors:
    """Counts are not negative."""
    errors: Errors = []
    optional_non_negative(errors, new["status"], "status", *_COUNTS)
    return errors


RESOURCES = (
    Resource(
        group="policy",
        version="v1",
        kind="PodDisruptionBudget",
        plural="poddisruptionbudgets",
        short_names=("pdb",),
        subresources=("status",),
        prepare=status_reset(disruptionsAllowed=0, currentHealthy=0, desiredHealthy=0, expectedPods=0),
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        unconditional_update=False,
        columns=(
            NAME,
            _amount("minAvailable"),
            _amount("maxUnavailable"),
            Column("Allowed Disruptions", get("status", "disruptionsAllowed", default=0), "integer"),
            AGE,
        ),
    ),
)
