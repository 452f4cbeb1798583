"""How a kubelet says that it is alive: the node's status and its lease.

Made by the node's kubelet. The status is written when something changed, and every five minutes; the lease every ten seconds.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.timestamps import rfc3339_micro
from cluster_core.client.resources import LEASES, NODES
from cluster_core.clock import Timer
from cluster_core.kubelet import node_status

if TYPE_CHECKING:
    from cluster_core.kubelet.node import Kubelet

Object = dict[str, Any]

LEASE_NAMESPACE, LEASE_SECONDS, LEASE_RENEWAL = "kube-node-lease", 40, 10.0
PERIOD = 300.0
SHOWN_IMAGES = 50


class Heartbeat:
    """One node's reports."""

    def __init__(self, node: "Kubelet") -> None:
        self._node = node
        self._lease: Timer | None = None
        self._status: Timer | None = None
        self.images_changed = False
        """Whether the next report is to list the images again."""

    def start(self) -> None:
        """Report the machine, and begin to renew its lease."""
        node = self._node
        if not node_status.is_ready(node.node):
            self.post()
            if node.recorder is not None:
                for reason, message in node_status.EVENTS:
                    node.recorder.event(node.node, "Normal", reason, message.format(node.name))
        self._lease = node.loop.call_later(0.0, self._renew)
        self._status = node.loop.call_later(PERIOD, self.beat, upkeep=True)

    def stop(self) -> None:
        """Fall silent."""
        for timer in (self._lease, self._status):
            if timer is not None:
                timer.cancel()
        self._lease = self._status = None

    def resume(self) -> None:
        """Speak again."""
        self._renew()
        self.beat()

    def post(self) -> None:
        """Write the node's status."""
        node = self._node
        pressure, shutdown = node.conditions_told, node.shutting_down
        status = node_status.status_of(
            node.node, node.ip, node.options.version, node.loop.now(), node.configuration, pressure, shutdown
        )
        if self.images_changed:
            status["images"] = [{"names": [n], "sizeBytes": s} for n, s in node.engine.pulled_images()[:SHOWN_IMAGES]]
            self.images_changed = False
        try:
            node.node = node.client.update_status(NODES, {**node.node, "status": status})
        except ApiError as error:
            if error.reason != "Conflict":
                return
            fresh = self._fetch()
            if fresh is not None:
                node.node = fresh
                node.loop.call_soon(self.post)

    def _fetch(self) -> Object | None:
        try:
            return self._node.client.get(NODES, self._node.name)
        except ApiError:
            return None

    def beat(self) -> None:
        """Write the status of the node as it is now, and again in five minutes."""
        if self._status is not None:
            self._status.cancel()
        self._status = self._node.loop.call_later(PERIOD, self.beat, upkeep=True)
        fresh = self._fetch()
        if fresh is not None:
            self._node.node = fresh
            self.post()

    def _renew(self) -> None:
        node = self._node
        if self._lease is not None:
            self._lease.cancel()
        delay = LEASE_RENEWAL * (1 + 0.04 * node.rng.random())
        self._lease = node.loop.call_later(delay, self._renew, upkeep=True)
        spec = {
            "holderIdentity": node.name,
            "leaseDurationSeconds": LEASE_SECONDS,
            "renewTime": rfc3339_micro(node.loop.now()),
        }
        try:
            lease = node.client.get(LEASES, node.name, LEASE_NAMESPACE)
            node.client.update(LEASES, {**lease, "spec": spec}, typed=True)
        except ApiError as error:
            if error.reason == "NotFound":
                self._create(spec)

    def _create(self, spec: Object) -> None:
        name, uid = self._node.name, self._node.node["metadata"].get("uid", "")
        owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": uid}
        lease = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": LEASE_NAMESPACE, "ownerReferences": [owner]},
            "spec": spec,
        }
        try:
            self._node.client.create(LEASES, lease)
        except ApiError:
            return
