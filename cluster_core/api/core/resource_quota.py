"""ResourceQuota: amounts, status reset, columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.core.pod_spec.defaults import round_up
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def default(quota: Object) -> None:
    """Amounts are whole thousandths."""
    for holder, name in ((quota["spec"], "hard"), (quota["status"], "hard"), (quota["status"], "used")):
        if name in holder:
            round_up(holder[name])


def _usage(quota: Object, limits: bool) -> str:
    status = quota["status"]
    hard, used = status.get("hard") or {}, status.get("used") or {}
    names = sorted(name for name in hard if name.startswith("limits.") == limits)
    return ", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in names)


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ResourceQuota",
        plural="resourcequotas",
        short_names=("quota",),
        subresources=("status",),
        default=default,
        prepare=status_reset(),
        generation=False,
        columns=(
            NAME,
            Column("Request", lambda quota, _: _usage(quota, limits=False)),
            Column("Limit", lambda quota, _: _usage(quota, limits=True)),
            AGE,
        ),
    ),
)
