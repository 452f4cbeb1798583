"""The network as simulated containers see it: names through DNS, service addresses through the proxy.

`cluster.py` makes one and hands it to the kubelets as `KubeletOptions.network`.
"""

from cluster_core.client.informer import InformerFactory
from cluster_core.network.dns import ClusterDNS
from cluster_core.network.proxy import Endpoints, ServiceProxy


class ClusterNetwork:
    """Joins DNS and proxy; informers are started by the first question."""

    def __init__(self, informers: InformerFactory, domain: str = "cluster.local") -> None:
        self._informers, self._domain = informers, domain
        self._parts: tuple[ClusterDNS, ServiceProxy] | None = None

    def _made(self) -> tuple[ClusterDNS, ServiceProxy]:
        if self._parts is None:
            endpoints = Endpoints(self._informers)
            dns = ClusterDNS(self._informers, endpoints, self._domain)
            self._parts = dns, ServiceProxy(self._informers, endpoints)
        return self._parts

    def resolve(self, name: str, namespace: str) -> list[str]:
        """Addresses of a host name as seen from a namespace; [] if unknown."""
        return self._made()[0].resolve(name, namespace)

    def route(self, address: str, port: int) -> list[tuple[str, int]] | None:
        """Where a connection may end; [] if nothing is ready there, None if nobody has the address."""
        return self._made()[1].route(address, port)
