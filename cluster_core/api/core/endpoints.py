"""Endpoints: port defaults, columns."""

from cluster_core.api.cells import AGE, NAME, NONE
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, endpoint_ip, ip, label_name, name, one_of, port_number
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_label, dns1123_subdomain

DEPRECATED = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"


def default(endpoints: Object) -> None:
    """Ports are of TCP."""
    for subset in endpoints.get("subsets") or ():
        for port in subset.get("ports") or ():
            if not port.get("protocol"):
                port["protocol"] = "TCP"


def _addresses(endpoints: Object, _now: float) -> str:
    subsets = endpoints.get("subsets")
    if not subsets:
        return NONE
    shown: list[str] = []
    for subset in subsets:
        ips = [address["ip"] for address in subset.get("addresses") or ()]
        ports = subset.get("ports")
        shown += ips if not ports else [_host_port(ip, port["port"]) for port in ports for ip in ips]
    text = ",".join(shown[:3])
    return f"{text} + {len(shown) - 3} more..." if len(shown) > 3 else text


def _host_port(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def validate(endpoints: Object) -> Errors:
    """New endpoints."""
    errors: Errors = []
    for index, subset in enumerate(endpoints.get("subsets") or ()):
        _validate_subset(errors, f"subsets[{index}]", subset)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """Changed endpoints; old faults are left alone."""
    return [] if new.get("subsets") == old.get("subsets") else validate(new)


def _validate_subset(errors: Errors, path: str, subset: Object) -> None:
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        errors.append(field.required(path, "must specify `addresses` or `notReadyAddresses`"))
    for group in ("addresses", "notReadyAddresses"):
        for index, address in enumerate(subset.get(group) or ()):
            _validate_address(errors, f"{path}.{group}[{index}]", address)
    ports = subset.get("ports") or []
    for index, port in enumerate(ports):
        where = f"{path}.ports[{index}]"
        if port.get("name"):
            name(errors, f"{where}.name", port["name"], dns1123_label)
        elif len(ports) > 1:
            errors.append(field.required(f"{where}.name"))
        port_number(errors, f"{where}.port", port["port"])
        one_of(errors, f"{where}.protocol", port["protocol"], ("SCTP", "TCP", "UDP"))
        if "appProtocol" in port:
            label_name(errors, f"{where}.appProtocol", port["appProtocol"])


def _validate_address(errors: Errors, path: str, address: Object) -> None:
    ip(errors, f"{path}.ip", address["ip"])
    if address.get("hostname"):
        name(errors, f"{path}.hostname", address["hostname"], dns1123_label)
    if "nodeName" in address:
        name(errors, f"{path}.nodeName", address["nodeName"], dns1123_subdomain)
    endpoint_ip(errors, f"{path}.ip", address["ip"])


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Endpoints",
        plural="endpoints",
        short_names=("ep",),
        default=default,
        deprecation=DEPRECATED,
        validate=validate,
        validate_update=validate_update,
        generation=False,
        columns=(NAME, Column("Endpoints", _addresses), AGE),
    ),
)
