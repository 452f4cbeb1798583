"""Names of the cluster: services, their pods, and addresses spelled as names, as CoreDNS answers them.

Called by `fabric`. Reads mirrors of services and endpoint slices; must not write anything.
"""

from collections.abc import Iterator
from typing import Any

from cluster_core.client.informer import InformerFactory
from cluster_core.client.resources import SERVICES
from cluster_core.network.proxy import Endpoints

Object = dict[str, Any]
MAX_ALIASES = 8


class ClusterDNS:
    """Answers for one cluster domain; names outside it are unknown, since nothing leaves the process."""

    def __init__(self, informers: InformerFactory, endpoints: Endpoints, domain: str = "cluster.local") -> None:
        self._informers, self._endpoints, self._domain = informers, endpoints, domain

    def resolve(self, name: str, namespace: str) -> list[str]:
        """Addresses of a name as a pod of `namespace` sees it, through its search path; [] if there is no such name."""
        return self._resolve(name, namespace, MAX_ALIASES)

    def _resolve(self, name: str, namespace: str, aliases: int) -> list[str]:
        for candidate in self._candidates(name.lower(), namespace):
            found = self._exact(candidate, namespace, aliases)
            if found:
                return found
        return []

    def _candidates(self, name: str, namespace: str) -> Iterator[str]:
        if name.endswith("."):
            yield name[:-1]
            return
        for suffix in (f"{namespace}.svc.{self._domain}", f"svc.{self._domain}", self._domain):
            yield f"{name}.{suffix}"
        yield name

    def _exact(self, name: str, namespace: str, aliases: int) -> list[str]:
        inner = name.removesuffix(f".{self._domain}")
        if inner == name:
            return []
        parts = inner.split(".")
        if parts[-1] == "svc" and len(parts) == 3:
            return self._service(parts[0], parts[1], aliases)
        if parts[-1] == "svc" and len(parts) == 4:
            return self._member(parts[0], parts[1], parts[2])
        if parts[-1] == "pod" and len(parts) == 3:
            dashed = parts[0].replace("-", ".")
            return [dashed] if dashed.count(".") == 3 else []
        return []

    def _service(self, name: str, namespace: str, aliases: int) -> list[str]:
        service = self._informers.lister(SERVICES).get(namespace, name)
        if service is None:
            return []
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return self._resolve(spec.get("externalName") or "", namespace, aliases - 1) if aliases else []
        address = spec.get("clusterIP")
        if address and address != "None":
            return [address]
        return [a for e in self._endpoints.of(namespace, name) if e.ready for a in e.addresses]

    def _member(self, hostname: str, service: str, namespace: str) -> list[str]:
        members = self._endpoints.of(namespace, service)
        return [a for e in members if e.ready and e.hostname == hostname for a in e.addresses]
