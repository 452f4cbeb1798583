"""The node lifecycle controller: NoSchedule taints at once, everything else in a pass every five seconds.

The pass runs in the background and only where some node needs it: a cluster of healthy nodes is judged by its leases
alone, by one timer.
"""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.meta import with_labels
from cluster_core.client.resources import LEASES, NODES, PODS
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.nodelifecycle import health, taints, zones
from cluster_core.controllers.nodelifecycle.health import Health
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

LEASE_NAMESPACE = "kube-node-lease"
_SAME_LABELS = (("kubernetes.io/os", "beta.kubernetes.io/os"), ("kubernetes.io/arch", "beta.kubernetes.io/arch"))


class NodeLifecycleController(Controller):
    """Keys are names of nodes, for what follows a node's change at once."""

    name = "node-controller"

    def watch(self) -> None:
        self.nodes, self.pods, self.leases = self.lister(NODES), self.lister(PODS), self.lister(LEASES)
        self._health: dict[str, Health] = {}
        self._registered: dict[str, str] = {}
        self._silent: set[str] = set()
        self._next_taint: dict[str, float] = {}
        self.informer(NODES).add_handler(on_add=self.enqueue, on_update=self._node_updated)
        self.informer(PODS).add_handler(on_update=self._pod_updated)
        self._schedule_pass()

    def _node_updated(self, old: Object, new: Object) -> None:
        if (
            old["spec"] != new["spec"]
            or old["metadata"].get("labels") != new["metadata"].get("labels")
            or _states(old) != _states(new)
        ):
            self.enqueue(new)

    def _pod_updated(self, old: Object, new: Object) -> None:
        """A pod that lands on a silent node is not ready either."""
        name = new["spec"].get("nodeName")
        if name in self._silent and old["spec"].get("nodeName") != name:
            self._mark_pod(new)

    def sync(self, key: str) -> None:
        node = self.nodes.get("", key)
        if node is None:
            return
        wanted = taints.with_schedule_taints(node, self.now())
        if wanted is not None:
            node = self._write_taints(node, wanted)
        self._align_labels(node)

    def _align_labels(self, node: Object) -> None:
        labels = node["metadata"].get("labels") or {}
        changes: dict[str, str | None] = {
            beta: labels[stable]
            for stable, beta in _SAME_LABELS
            if stable in labels and labels.get(beta) != labels[stable]
        }
        if changes:
            self.client.update(NODES, with_labels(node, changes))

    def _schedule_pass(self) -> None:
        self.loop.call_later(self.options.node_monitor_period, self._pass, upkeep=True)

    def _pass(self) -> None:
        """One look at all nodes."""
        self._schedule_pass()
        nodes = self.nodes.list()
        self._register(nodes)
        for node in nodes:
            try:
                self._judge(node)
            except ApiError:
                continue
        self._taint(self.nodes.list())

    def _register(self, nodes: list[Object]) -> None:
        """Tell of nodes that came and went since the last pass."""
        present = {node["metadata"]["name"]: node["metadata"]["uid"] for node in nodes}
        for name in [name for name in self._registered if name not in present]:
            uid = self._registered.pop(name)
            self._health.pop(name, None)
            self._silent.discard(name)
            reference = {"kind": "Node", "name": name, "uid": uid, "apiVersion": "v1"}
            self.event(reference, "RemovingNode", f"Node {name} event: Removing Node {name} from Controller")
        for node in nodes:
            name = node["metadata"]["name"]
            if name not in self._registered:
                self._registered[name] = node["metadata"]["uid"]
                self.event(node, "RegisteredNode", f"Node {name} event: Registered Node {name} in Controller")

    def _judge(self, node: Object) -> None:
        """Mark a node that has been silent too long, and its pods."""
        name, now = node["metadata"]["name"], self.now()
        lease = self.leases.get(LEASE_NAMESPACE, name)
        known = self._health.get(name)
        if known is None:
            known = self._health[name] = health.first_seen(node, lease, now)
        known.note(node, lease, now)
        options = self.options
        never = health.ready(node) is None
        grace = options.node_startup_grace_period if never else options.node_monitor_grace_period
        if health.ready_status(node) == "True":
            self._silent.discard(name)
        if now > known.noticed + grace:
            self._silence(node)

    def _silence(self, node: Object) -> None:
        """The controller's own verdict: conditions Unknown, pods not ready. A kubelet that says so itself is left alone."""
        was_ready = health.ready_status(node) == "True"
        silenced = health.silenced(node, self.now())
        if silenced is not None:
            node = self.client.update_status(NODES, silenced)
        if was_ready:
            name = node["metadata"]["name"]
            self._silent.add(name)
            self.event(node, "NodeNotReady", f"Node {name} status is now: NodeNotReady")
            for pod in self.pods.by_index("node", name):
                self._mark_pod(pod)

    def _mark_pod(self, pod: Object) -> None:
        """A pod of a node that is not ready is not ready; its reason stays."""
        conditions = list((pod.get("status") or {}).get("conditions") or ())
        for condition in conditions:
            if condition["type"] == "Ready" and condition["status"] == "True":
                unready = podlib.with_condition(
                    pod, {**condition, "status": "False", "lastTransitionTime": None}, self.now()
                )
                self.warning(pod, "NodeNotReady", "Node is not ready")
                try:
                    self.client.update_status(PODS, unready)
                except ApiError as error:
                    if not is_not_found(error):
                        raise

    def _taint(self, nodes: list[Object]) -> None:
        """Drive pods out of nodes that are not ready, zone by zone, at the zone's rate."""
        by_zone: dict[str, list[Object]] = {}
        for node in nodes:
            by_zone.setdefault(zones.zone_of(node), []).append(node)
        states = {zone: zones.state_of(members) for zone, members in by_zone.items()}
        all_down = all(state == zones.FULL for state in states.values())
        for zone, members in by_zone.items():
            rate = zones.rate_of(states[zone], len(members), all_down)
            for node in members:
                self._taint_node(zone, node, rate, all_down)

    def _taint_node(self, zone: str, node: Object, rate: float, all_down: bool) -> None:
        status = "True" if all_down else health.ready_status(node)
        wanted = taints.with_execute_taint(node, status, self.now())
        if wanted is None:
            return
        if status != "True" and not taints.evicting(node) and not self._may_taint(zone, rate):
            return
        try:
            self._write_taints(node, wanted)
        except ApiError:
            return

    def _may_taint(self, zone: str, rate: float) -> bool:
        """One node per 1/rate seconds and zone."""
        if not rate or self.now() < self._next_taint.get(zone, 0.0):
            return False
        self._next_taint[zone] = self.now() + 1 / rate
        return True

    def _write_taints(self, node: Object, wanted: list[Object]) -> Object:
        spec = {name: value for name, value in node["spec"].items() if name != "taints"}
        if wanted:
            spec["taints"] = wanted
        return self.client.update(NODES, {**node, "spec": spec})


def _states(node: Object) -> list[tuple[str, str]]:
    return [(c["type"], c["status"]) for c in (node.get("status") or {}).get("conditions") or ()]
