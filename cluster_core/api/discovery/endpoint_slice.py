"""EndpointSlice: port defaults, columns."""

from cluster_core.api.cells import AGE, NAME, at_most, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, endpoint_ip, immutable, ip, label_name, name, one_of
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_label, dns1123_subdomain, label_value


def default(endpoint_slice: Object) -> None:
    """Ports are of TCP and have a name, be it empty."""
    for port in endpoint_slice.get("ports") or ():
        port.setdefault("name", "")
        port.setdefault("protocol", "TCP")


def _ports(endpoint_slice: Object, _now: float) -> str:
    ports = endpoint_slice.get("ports") or ()
    return at_most((str(port["port"]) if "port" in port else port.get("name", "*") for port in ports), 3)


def _endpoints(endpoint_slice: Object, _now: float) -> str:
    endpoints = endpoint_slice.get("endpoints") or ()
    return at_most((address for endpoint in endpoints for address in endpoint.get("addresses") or ()), 3)


_ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
_PROTOCOLS = ("SCTP", "TCP", "UDP")


def prepare(new: Object, _old: Object | None) -> None:
    """Topology is of a version that is gone."""
    for endpoint in new.get("endpoints") or ():
        endpoint.pop("deprecatedTopology", None)


def validate(endpoint_slice: Object) -> Errors:
    """A new slice."""
    errors: Errors = []
    _validate_own(errors, endpoint_slice)
    _validate_endpoints(errors, endpoint_slice)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """The type of address stays; endpoints are checked if they changed."""
    errors: Errors = []
    _validate_own(errors, new)
    if new.get("endpoints") != old.get("endpoints"):
        _validate_endpoints(errors, new)
    immutable(errors, "addressType", new.get("addressType", ""), old.get("addressType", ""))
    return errors


def _validate_own(errors: Errors, endpoint_slice: Object) -> None:
    one_of(errors, "addressType", endpoint_slice.get("addressType", ""), _ADDRESS_TYPES, required=True)
    ports = endpoint_slice.get("ports") or ()
    if len(ports) > 20000:
        errors.append(field.too_many("ports", len(ports), 20000))
        return
    seen: set[str] = set()
    for index, port in enumerate(ports):
        path, own_name = f"ports[{index}]", port["name"]
        if own_name:
            name(errors, f"{path}.name", own_name, dns1123_label)
        if own_name in seen:
            errors.append(field.duplicate(f"{path}.name", own_name))
        seen.add(own_name)
        one_of(errors, f"{path}.protocol", port["protocol"], _PROTOCOLS)
        if "appProtocol" in port:
            label_name(errors, f"{path}.appProtocol", port["appProtocol"])


def _validate_endpoints(errors: Errors, endpoint_slice: Object) -> None:
    endpoints = endpoint_slice.get("endpoints") or ()
    if len(endpoints) > 1000:
        errors.append(field.too_many("endpoints", len(endpoints), 1000))
        return
    for index, endpoint in enumerate(endpoints):
        _validate_endpoint(errors, f"endpoints[{index}]", endpoint, endpoint_slice.get("addressType", ""))


def _validate_endpoint(errors: Errors, path: str, endpoint: Object, kind: str) -> None:
    found = endpoint.get("addresses") or ()
    if not found:
        errors.append(field.required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(found) > 100:
        errors.append(field.too_many(f"{path}.addresses", len(found), 100))
    for index, address in enumerate(found):
        _validate_address(errors, f"{path}.addresses", f"{path}.addresses[{index}]", address, kind)
    if "nodeName" in endpoint:
        name(errors, f"{path}.nodeName", endpoint["nodeName"], dns1123_subdomain)
    topology = endpoint.get("deprecatedTopology") or {}
    if len(topology) > 16:
        errors.append(field.too_many(f"{path}.deprecatedTopology", len(topology), 16))
    if "hostname" in endpoint:
        name(errors, f"{path}.hostname", endpoint["hostname"], dns1123_label)
    _validate_hints(errors, f"{path}.hints", endpoint.get("hints") or {})


def _validate_address(errors: Errors, path: str, where: str, address: str, kind: str) -> None:
    if kind == "FQDN":
        _fully_qualified(errors, where, address)
    elif kind in ("IPv4", "IPv6"):
        problems = len(errors)
        ip(errors, where, address)
        if len(errors) > problems:
            return
        if (":" in address) != (kind == "IPv6"):
            errors.append(field.invalid(path, address, f"must be an {kind} address"))
        endpoint_ip(errors, where, address)


def _fully_qualified(errors: Errors, path: str, text: str) -> None:
    if not text:
        errors.append(field.required(path))
        return
    problems = dns1123_subdomain(text.removesuffix("."))
    if problems:
        errors.append(field.invalid(path, text, ",".join(problems)))
    elif text.removesuffix(".").count(".") < 1:
        errors.append(field.invalid(path, text, "should be a domain with at least two segments separated by dots"))
    else:
        for label in text.removesuffix(".").split("."):
            if len(label) > 63:
                problem = f'label "{label}" is longer than 63 characters'
                errors.append(field.invalid(path, label, problem))


def _validate_hints(errors: Errors, path: str, hints: Object) -> None:
    for each, rule in (("forZones", label_value), ("forNodes", dns1123_subdomain)):
        found = hints.get(each) or ()
        if len(found) > 8:
            errors.append(field.too_many(f"{path}.{each}", len(found), 8))
            return
        seen: set[str] = set()
        for index, hint in enumerate(found):
            where = f"{path}.{each}[{index}].name"
            if hint["name"] in seen:
                errors.append(field.duplicate(where, hint["name"]))
            seen.add(hint["name"])
            name(errors, where, hint["name"], rule)


def warnings(new: Object, _old: Object | None) -> list[str]:
    """Names instead of addresses are going away."""
    return ["spec.addressType: FQDN endpoints are deprecated"] if new.get("addressType") == "FQDN" else []


RESOURCES = (
    Resource(
        group="discovery.k8s.io",
        version="v1",
        kind="EndpointSlice",
        plural="endpointslices",
        default=default,
        prepare=prepare,
        warnings=warnings,
        validate=validate,
        validate_update=validate_update,
        generation_metadata=("labels",),
        columns=(
            NAME,
            Column("AddressType", get("addressType")),
            Column("Ports", _ports),
            Column("Endpoints", _endpoints),
            AGE,
        ),
    ),
)
