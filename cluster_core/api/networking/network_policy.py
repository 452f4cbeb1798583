"""NetworkPolicy: protocol and policy types, columns."""

from cluster_core.api.cells import AGE, NAME, selector_or_none
from cluster_core.api.resource import Column, Object, Resource


def default(policy: Object) -> None:
    """Ports are of TCP; a policy is about ingress, and about egress if it has egress rules."""
    spec = policy["spec"]
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or ():
            for port in rule.get("ports") or ():
                port.setdefault("protocol", "TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="NetworkPolicy",
        plural="networkpolicies",
        short_names=("netpol",),
        default=default,
        columns=(
            NAME,
            Column("Pod-Selector", lambda policy, _: selector_or_none(policy["spec"].get("podSelector"))),
            AGE,
        ),
    ),
)
