"""Ingress: status reset, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, get
from cluster_core.api.core.service import addresses
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def _hosts(ingress: Object, _now: float) -> str:
    rules = ingress["spec"].get("rules") or []
    shown: list[str] = []
    for rule in rules:
        if len(shown) == 3:
            return f"{','.join(shown)} + {len(rules) - 3} more..."
        if rule.get("host"):
            shown.append(rule["host"])
    return ",".join(shown) or "*"


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="Ingress",
        plural="ingresses",
        short_names=("ing",),
        subresources=("status",),
        prepare=status_reset(loadBalancer={}),
        columns=(
            NAME,
            Column("Class", get("spec", "ingressClassName", default=NONE)),
            Column("Hosts", _hosts),
            Column("Address", lambda ingress, _: ",".join(addresses(ingress["status"]))),
            Column("Ports", lambda ingress, _: "80, 443" if ingress["spec"].get("tls") else "80"),
            AGE,
        ),
    ),
)
