"""PriorityLevelConfiguration: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset

_QUEUING = {"queues": 64, "handSize": 8, "queueLengthLimit": 50}


def default(level: Object) -> None:
    """Thirty shares, sixty-four queues."""
    spec = level["spec"]
    if "exempt" in spec:
        for name in ("nominalConcurrencyShares", "lendablePercent"):
            if spec["exempt"].get(name) is None:
                spec["exempt"][name] = 0
    if "limited" in spec:
        limited = spec["limited"]
        if limited.get("nominalConcurrencyShares") is None:
            limited["nominalConcurrencyShares"] = 30
        limited.setdefault("lendablePercent", 0)
        queuing = limited["limitResponse"].get("queuing")
        if queuing is not None:
            for name, value in _QUEUING.items():
                if not queuing.get(name):
                    queuing[name] = value


def _queuing(name: str) -> Column:
    return Column(name[0].upper() + name[1:], get("spec", "limited", "limitResponse", "queuing", name, default=NONE))


RESOURCES = (
    Resource(
        group="flowcontrol.apiserver.k8s.io",
        version="v1",
        kind="PriorityLevelConfiguration",
        plural="prioritylevelconfigurations",
        namespaced=False,
        subresources=("status",),
        default=default,
        prepare=status_reset(),
        columns=(
            NAME,
            Column("Type", get("spec", "type")),
            Column("NominalConcurrencyShares", get("spec", "limited", "nominalConcurrencyShares", default=NONE)),
            _queuing("queues"),
            _queuing("handSize"),
            _queuing("queueLengthLimit"),
            AGE,
        ),
    ),
)
