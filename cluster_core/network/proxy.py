"""From a service's address to a ready endpoint: what kube-proxy's rules would do with a connection.

Called by `fabric`. Reads mirrors of services and endpoint slices; must not write anything.
"""

from typing import Any, NamedTuple

from cluster_core.client.informer import InformerFactory
from cluster_core.client.resources import ENDPOINTSLICES, NODES, SERVICES

Object = dict[str, Any]
SERVICE_NAME = "kubernetes.io/service-name"


class Endpoint(NamedTuple):
    """One endpoint of a service: its addresses and, by port name, its port numbers."""

    addresses: tuple[str, ...]
    ports: dict[str, int]
    ready: bool
    hostname: str


def _slice_index(obj: Object) -> list[str]:
    name = (obj["metadata"].get("labels") or {}).get(SERVICE_NAME)
    return [f"{obj['metadata'].get('namespace', '')}/{name}"] if name else []


def _service_index(service: Object) -> list[str]:
    spec = service["spec"]
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    addresses = [*(spec.get("clusterIPs") or [spec.get("clusterIP")]), *(spec.get("externalIPs") or ())]
    return [a for a in (*addresses, *(i.get("ip") for i in ingress)) if a and a != "None"]


def _node_port_index(service: Object) -> list[str]:
    return [str(p["nodePort"]) for p in service["spec"].get("ports") or () if p.get("nodePort")]


def _address_index(node: Object) -> list[str]:
    return [a["address"] for a in (node.get("status") or {}).get("addresses") or () if a["type"] != "Hostname"]


class Endpoints:
    """The endpoints of services, from their slices."""

    def __init__(self, informers: InformerFactory) -> None:
        self._slices = informers.informer(ENDPOINTSLICES)
        self._slices.add_index("network/service", _slice_index)

    def of(self, namespace: str, service: str) -> list[Endpoint]:
        """All endpoints of a service, ready or not."""
        found = []
        for piece in self._slices.lister.by_index("network/service", f"{namespace}/{service}"):
            ports = {p.get("name") or "": p["port"] for p in piece.get("ports") or () if p.get("port")}
            for one in piece.get("endpoints") or ():
                ready = (one.get("conditions") or {}).get("ready")
                found.append(Endpoint(tuple(one["addresses"]), ports, ready is not False, one.get("hostname") or ""))
        return found


class ServiceProxy:
    """Cluster addresses, external addresses and node ports of services."""

    def __init__(self, informers: InformerFactory, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._services, self._nodes = informers.informer(SERVICES), informers.informer(NODES)
        self._services.add_index("network/address", _service_index)
        self._services.add_index("network/nodePort", _node_port_index)
        self._nodes.add_index("network/address", _address_index)

    def route(self, address: str, port: int) -> list[tuple[str, int]] | None:
        """(pod address, port) of every ready endpoint behind address:port; [] if none is ready, None if nobody has the address."""
        services = self._services.lister.by_index("network/address", address)
        if services:
            return [target for s in services for target in self._targets(s, "port", port)]
        if self._nodes.lister.by_index("network/address", address):
            exposed = self._services.lister.by_index("network/nodePort", str(port))
            return [target for s in exposed for target in self._targets(s, "nodePort", port)]
        return None

    def _targets(self, service: Object, field: str, port: int) -> list[tuple[str, int]]:
        metadata = service["metadata"]
        names = [p.get("name") or "" for p in service["spec"].get("ports") or () if p.get(field) == port]
        return [
            (address, endpoint.ports[name])
            for name in names
            for endpoint in self._endpoints.of(metadata.get("namespace", ""), metadata["name"])
            if endpoint.ready and name in endpoint.ports
            for address in endpoint.addresses
        ]
