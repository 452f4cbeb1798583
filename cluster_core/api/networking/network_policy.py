"""NetworkPolicy: protocol and policy types, columns."""

from ipaddress import ip_network

from cluster_core.api.cells import AGE, NAME, selector_or_none
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import (
    Errors,
    cidr,
    cidr_problems,
    label_selector,
    name,
    one_of,
    port_name_problems,
    port_number,
)
from cluster_core.apimachinery import field


def default(policy: Object) -> None:
    """Ports are of TCP; a policy is about ingress, and about egress if it has egress rules."""
    spec = policy["spec"]
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or ():
            for port in rule.get("ports") or ():
                port.setdefault("protocol", "TCP")
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


_PROTOCOLS = ("TCP", "UDP", "SCTP")
_TYPES = ("Ingress", "Egress")


def validate(policy: Object) -> Errors:
    """A new policy."""
    errors: Errors = []
    spec = policy["spec"]
    label_selector(errors, "spec.podSelector", spec.get("podSelector"))
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{index}]"
            for at, port in enumerate(rule.get("ports") or ()):
                _validate_port(errors, f"{path}.ports[{at}]", port)
            for at, peer in enumerate(rule.get(peers) or ()):
                _validate_peer(errors, f"{path}.{peers}[{at}]", peer)
    types = spec.get("policyTypes") or []
    if len(types) > 2:
        errors.append(field.invalid("spec.policyTypes", types, "may not specify more than two policyTypes"))
        return errors
    for index, kind in enumerate(types):
        one_of(errors, f"spec.policyTypes[{index}]", kind, _TYPES)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_port(errors: Errors, path: str, port: Object) -> None:
    number, end = port.get("port"), port.get("endPort")
    one_of(errors, f"{path}.protocol", port.get("protocol", "TCP"), _PROTOCOLS)
    if number is None and end is not None:
        errors.append(field.invalid(f"{path}.endPort", end, "may not be specified when `port` is not specified"))
    elif isinstance(number, str):
        if end is not None:
            errors.append(field.invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric"))
        name(errors, f"{path}.port", number, port_name_problems)
    elif number is not None:
        port_number(errors, f"{path}.port", number)
        if end is not None:
            if end < number:
                errors.append(field.invalid(f"{path}.endPort", number, "must be greater than or equal to `port`"))
            port_number(errors, f"{path}.endPort", end)


def _validate_peer(errors: Errors, path: str, peer: Object) -> None:
    for each in ("podSelector", "namespaceSelector"):
        label_selector(errors, f"{path}.{each}", peer.get(each))
    if "ipBlock" in peer:
        _validate_block(errors, f"{path}.ipBlock", peer["ipBlock"])
    count = sum(each in peer for each in ("podSelector", "namespaceSelector", "ipBlock"))
    if not count:
        errors.append(field.required(path, "must specify a peer"))
    elif count > 1 and "ipBlock" in peer:
        errors.append(field.forbidden(path, "may not specify both ipBlock and another peer"))


def _validate_block(errors: Errors, path: str, block: Object) -> None:
    whole = block.get("cidr")
    if not whole:
        errors.append(field.required(f"{path}.cidr"))
        return
    cidr(errors, f"{path}.cidr", whole)
    if cidr_problems(whole):
        return
    outer = ip_network(whole, strict=False)
    for index, part in enumerate(block.get("except") or ()):
        cidr(errors, f"{path}.except[{index}]", part)
        if cidr_problems(part):
            continue
        inner = ip_network(part, strict=False)
        if inner.network_address not in outer or outer.prefixlen >= inner.prefixlen:
            errors.append(field.invalid(f"{path}.except[{index}]", part, "must be a strict subset of `cidr`"))


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="NetworkPolicy",
        plural="networkpolicies",
        short_names=("netpol",),
        default=default,
        validate=validate,
        validate_update=validate_update,
        columns=(
            NAME,
            Column("Pod-Selector", lambda policy, _: selector_or_none(policy["spec"].get("podSelector"))),
            AGE,
        ),
    ),
)
