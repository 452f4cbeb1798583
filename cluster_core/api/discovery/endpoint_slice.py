"""EndpointSlice: port defaults, columns."""

from cluster_core.api.cells import AGE, NAME, at_most, get
from cluster_core.api.resource import Column, Object, Resource


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


RESOURCES = (
    Resource(
        group="discovery.k8s.io",
        version="v1",
        kind="EndpointSlice",
        plural="endpointslices",
        default=default,
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
