"""Lease: columns."""

from cluster_core.api.cells import AGE, NAME, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, label_name, one_of, optional_non_negative
from cluster_core.apimachinery import field


def prepare(new: Object, _old: Object | None) -> None:
    """Coordinated elections are not switched on."""
    for each in ("strategy", "preferredHolder"):
        new["spec"].pop(each, None)


def validate(lease: Object) -> Errors:
    """A new lease."""
    errors: Errors = []
    spec = lease["spec"]
    duration, strategy = spec.get("leaseDurationSeconds"), spec.get("strategy")
    if duration is not None and duration <= 0:
        errors.append(field.invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    optional_non_negative(errors, spec, "spec", "leaseTransitions")
    if strategy is not None:
        _validate_strategy(errors, "spec.strategy", strategy)
    if spec.get("preferredHolder") and not strategy:
        errors.append(field.forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"))
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_strategy(errors: Errors, path: str, strategy: str) -> None:
    if "/" in strategy:
        label_name(errors, path, strategy)
    else:
        one_of(errors, path, strategy, ("OldestEmulationVersion",))


RESOURCES = (
    Resource(
        group="coordination.k8s.io",
        version="v1",
        kind="Lease",
        plural="leases",
        generation=False,
        prepare=prepare,
        validate=validate,
        validate_update=validate_update,
        unconditional_update=False,
        columns=(NAME, Column("Holder", get("spec", "holderIdentity")), AGE),
    ),
)
