"""How long kubelets may trust what they read of secrets and config maps: an annotation on every node, by cluster size."""

from typing import Any

from cluster_core.client.resources import NODES
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

ANNOTATION = "node.alpha.kubernetes.io/ttl"
STEPS = ((0, 100, 0), (90, 500, 15), (450, 1000, 30), (900, 2000, 60), (1800, 10000, 300))
"""From and up to how many nodes a step holds, and its seconds; steps overlap so that one node does not flip them."""


class NodeTTLController(Controller):
    """Keys are names of nodes."""

    name = "ttl-controller"

    def watch(self) -> None:
        self.nodes = self.lister(NODES)
        self._step = self._count = 0
        self.informer(NODES).add_handler(self._added, self.enqueue_changed, self._gone)

    def _added(self, node: Object) -> None:
        self._count += 1
        if self._step < len(STEPS) - 1 and self._count > STEPS[self._step][1]:
            self._step += 1
        self.enqueue(node)

    def _gone(self, _node: Object) -> None:
        self._count -= 1
        if self._step > 0 and self._count < STEPS[self._step][0]:
            self._step -= 1

    def sync(self, key: str) -> None:
        node = self.nodes.get("", key)
        seconds = str(STEPS[self._step][2])
        if node is None or (node["metadata"].get("annotations") or {}).get(ANNOTATION) == seconds:
            return
        patch = {"metadata": {"annotations": {ANNOTATION: seconds}}}
        self.client.patch(NODES, key, patch, type="merge")
