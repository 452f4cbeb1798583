"""Endpoints: port defaults, columns."""

from cluster_core.api.cells import AGE, NAME, NONE
from cluster_core.api.resource import Column, Object, Resource

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


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Endpoints",
        plural="endpoints",
        short_names=("ep",),
        default=default,
        generation=False,
        columns=(NAME, Column("Endpoints", _addresses), AGE),
    ),
)
