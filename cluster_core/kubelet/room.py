"""What pods hold of one node: requested amounts and host ports. Asked at admission and when a pod is resized.

Kept by the node's kubelet; knows nothing of workers but their pods' uids.
"""

from typing import Any

from cluster_core.apimachinery import pod_resources
from cluster_core.kubelet.admission import Rejection

Object = dict[str, Any]


class Room:
    """The room that pods take, by uid."""

    def __init__(self) -> None:
        self._used: pod_resources.Amounts = {}
        self._held: dict[str, pod_resources.Amounts] = {}
        self._ports: dict[str, list[tuple[str, str, int]]] = {}

    def take(self, uid: str, spec: Object) -> None:
        """The pod takes what its spec asks for."""
        requests = self._held[uid] = pod_resources.requests(spec)
        for name, amount in requests.items():
            self._used[name] = self._used.get(name, 0) + amount
        ports = pod_resources.host_ports(spec)
        if ports:
            self._ports[uid] = ports

    def give_back(self, uid: str) -> None:
        """The pod needs its room no more; a second call is harmless."""
        for name, amount in self._held.pop(uid, {}).items():
            self._used[name] -= amount
        self._ports.pop(uid, None)

    def retake(self, uid: str, spec: Object) -> None:
        """The pod asks for something else now."""
        self.give_back(uid)
        self.take(uid, spec)

    def refuses(self, pod: Object, node: Object) -> Rejection | None:
        """Why a new pod may not come, None if it may."""
        from cluster_core.kubelet import admission

        ports = [port for held in self._ports.values() for port in held]
        return admission.check(pod, node, self._used, len(self._held), ports)

    def refuses_resize(self, pod: Object, node: Object) -> Rejection | None:
        """Why a pod that is here may not have what its spec asks for now, None if it may."""
        from cluster_core.kubelet import admission

        own = self._held.get(pod["metadata"]["uid"], {})
        used = {name: amount - own.get(name, 0) for name, amount in self._used.items()}
        return admission.check_fit(pod, node, used, len(self._held) - 1)
