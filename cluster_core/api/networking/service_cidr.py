"""ServiceCIDR: status reset, columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import IMMUTABLE, Errors, cidr, immutable, struct
from cluster_core.apimachinery import field

_FAMILIES = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"


def validate(service_cidr: Object) -> Errors:
    """A new range."""
    errors: Errors = []
    cidrs = service_cidr["spec"].get("cidrs") or []
    if not cidrs:
        return [field.required("spec.cidrs", "at least one CIDR required")]
    if len(cidrs) > 2:
        return [field.invalid("spec.cidrs", struct({"CIDRs": cidrs}), "may only hold up to 2 values")]
    for index, each in enumerate(cidrs):
        cidr(errors, f"spec.cidrs[{index}]", each)
    if len(cidrs) == 2 and not errors and len({":" in each for each in cidrs}) == 1:
        errors.append(field.invalid("spec.cidrs", cidrs, _FAMILIES))
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """A second family may be added, nothing else."""
    errors: Errors = []
    before, cidrs = (o["spec"].get("cidrs") or [] for o in (old, new))
    growing = len(before) == 1 and len(cidrs) == 2
    if len(before) != len(cidrs) and not growing:
        return [field.invalid("spec.cidrs", cidrs, IMMUTABLE)]
    for index, each in enumerate(before):
        immutable(errors, f"spec.cidrs[{index}]", cidrs[index], each)
    return errors + validate(new) if growing else errors


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="ServiceCIDR",
        plural="servicecidrs",
        namespaced=False,
        subresources=("status",),
        prepare=status_reset(),
        validate=validate,
        validate_update=validate_update,
        generation=False,
        columns=(NAME, Column("CIDRs", lambda cidr, _: ",".join(cidr["spec"].get("cidrs") or ())), AGE),
    ),
)
