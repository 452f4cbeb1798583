"""All kubelets of the embedded cluster: one per Node object, fed from the shared informers.

Started by `cluster.py`. `node_api` answers for logs and exec.
"""

import random
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.client import Client
from cluster_core.client.informer import InformerFactory
from cluster_core.client.resources import CONFIGMAPS, NODES, PODS, SECRETS
from cluster_core.clock import Loop
from cluster_core.kubelet import addresses, node_status
from cluster_core.kubelet.node import Kubelet
from cluster_core.kubelet.options import NO_KUBELET, KubeletOptions
from cluster_core.kubelet.runtime.world import World

if TYPE_CHECKING:
    from cluster_core.kubelet.node_api import NodeAPI
    from cluster_core.kubelet.runtime.images import Image
    from cluster_core.kubelet.tasks import Task

Object = dict[str, Any]

ROWS_NAMESPACE, ROWS_NAME, ROWS_KEY = "kube-system", "helmpy-images", "images.yaml"
"""The ConfigMap in which a cluster keeps what is told of images."""
ROWS_PERIOD = 1.0
"""Seconds for which the cluster's own image rows are taken as unchanged."""


class KubeletManager:
    """`client_for(name)` gives each kubelet its client; `options` may be a KubeletOptions or a mapping of its fields."""

    def __init__(
        self,
        client_for: Callable[[str], Client],
        informers: InformerFactory,
        loop: Loop,
        rng: random.Random,
        options: KubeletOptions | Mapping[str, Any] | None = None,
    ) -> None:
        self._client_for, self._informers, self.loop, self._rng = client_for, informers, loop, rng
        self.options = options if isinstance(options, KubeletOptions) else KubeletOptions(**dict(options or {}))
        self.world = World(self.options.network, self.options.cluster_domain)
        self._declared: tuple[Image, ...] = self.options.images
        self._rows_read_at = -1.0
        self._rows: tuple[str, tuple[Image, ...]] = ("", ())
        self.kubelets: dict[str, Kubelet] = {}
        """By node name."""
        self._next_index = 0
        self._indexes: set[int | None] | None = None
        """Numbers of nodes that are taken, once somebody asked."""
        self._watching_configuration = False

    @cached_property
    def node_api(self) -> "NodeAPI":
        """What the API server asks of kubelets: logs, exec."""
        from cluster_core.kubelet.node_api import NodeAPI

        return NodeAPI(lambda: self.kubelets, self.loop.now)

    def start(self) -> None:
        """Register the nodes of the options, then run a kubelet for every Node object."""
        for spec in self.options.nodes:
            self._register(spec)
        self._informers.informer(NODES).add_handler(self._node_added, self._node_changed, self._node_gone)
        self._informers.informer(PODS).add_handler(self._pod_added, self._pod_changed, self._pod_gone)
        if self.options.static_pods:
            from cluster_core.kubelet.manifests import ManifestFolder

            folder = ManifestFolder(self, self.options.static_pods)
            self.loop.call_soon(folder.start)

    def _register(self, spec: Any) -> None:
        labels = {**node_status.LABELS, "kubernetes.io/hostname": spec.name, **spec.labels}
        sizes = {
            "cpu": spec.cpu,
            "memory": spec.memory,
            "pods": spec.pods,
            "ephemeral-storage": spec.ephemeral_storage,
            **spec.resources,
        }
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": spec.name, "labels": labels},
            "spec": {"taints": list(spec.taints)} if spec.taints else {},
            "status": {"capacity": sizes},
        }
        try:
            self._client_for(f"system:node:{spec.name}").create(NODES, node)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise

    # -- static pods

    def put_static_pod(self, node: str, manifest: Object) -> None:
        """Write a pod manifest to a node's own disk: the node runs it. Raises KeyError for an unknown node."""
        self.kubelets[node].static_pods.put(manifest)

    def remove_static_pod(self, node: str, namespace: str, name: str) -> None:
        """Delete a manifest from a node's disk; `name` is the manifest's own. Raises KeyError for an unknown node."""
        self.kubelets[node].static_pods.remove(namespace, name)

    # -- images

    def declare_images(self, text: str) -> None:
        """Say in YAML how images behave (`runtime/image_file.py`), before what was said so far. Raises ValueError."""
        from cluster_core.kubelet.runtime.image_file import load

        self._declared = (*load(text), *self._declared)
        self._forget_rows()

    def image_rows(self) -> "tuple[Image, ...]":
        """The rows beside the built-in ones: those declared, then those of the cluster's ConfigMap."""
        now = self.loop.now()
        if now - self._rows_read_at >= ROWS_PERIOD or self._rows_read_at < 0:
            self._rows_read_at = now
            self._read_rows()
        return (*self._declared, *self._rows[1])

    def _read_rows(self) -> None:
        try:
            found = self._client_for("system:kubelets").get(CONFIGMAPS, ROWS_NAME, ROWS_NAMESPACE)
        except ApiError:
            return
        text = str((found.get("data") or {}).get(ROWS_KEY) or "")
        if text == self._rows[0]:
            return
        from cluster_core.kubelet.runtime.image_file import load

        try:
            self._rows = text, load(text)
        except ValueError as error:
            import logging

            logging.getLogger(__name__).warning("%s/%s: %s", ROWS_NAMESPACE, ROWS_NAME, error)
            self._rows = text, ()
        self._forget_rows()

    def _forget_rows(self) -> None:
        for kubelet in self.kubelets.values():
            kubelet.forget_rows()

    # -- nodes

    def lose(self, node: str) -> None:
        """Cut a node off, as when its network fails or it loses its power; what runs there runs on. Raises KeyError."""
        self.kubelets[node].stop()

    def recover(self, node: str) -> None:
        """Bring a node back that was lost or shut down. Raises KeyError."""
        self.kubelets[node].resume()

    def shut_down(self, node: str) -> "Task":
        """Turn a node off in good order, with its configuration's grace periods; the task ends when it is off. Raises KeyError."""
        from cluster_core.kubelet.shutdown import shut_down

        return shut_down(self.kubelets[node])

    def _node_added(self, node: Object) -> None:
        name = node["metadata"]["name"]
        if (node["metadata"].get("annotations") or {}).get(NO_KUBELET) == "none":
            return
        kubelet = self.kubelets[name] = Kubelet(
            node,
            self._index_of(node),
            self._client_for(f"system:node:{name}"),
            self._informers,
            self.loop,
            self._rng,
            self.options,
            self.world,
            self.image_rows,
        )
        self.loop.call_soon(kubelet.start)
        for pod in self._informers.informer(PODS).lister.by_index("node", name):
            kubelet.set_pod(pod)

    def _index_of(self, node: Object) -> int:
        """The number that gives a node its addresses: the one of what it has already, else the first that is free."""
        known = self._stated_index(node)
        if known is None:
            if self._indexes is None:
                everyone = self._informers.informer(NODES).lister.list()
                self._indexes = {self._stated_index(other) for other in everyone}
            while self._next_index in self._indexes:
                self._next_index += 1
            known = self._next_index
        if self._indexes is not None:
            self._indexes.add(known)
        return known

    def _stated_index(self, node: Object) -> int | None:
        block = (node.get("spec") or {}).get("podCIDR") or ""
        found = addresses.index_of_block(self.options.pod_cidr, block) if block else None
        return addresses.index_of(_address(node)) if found is None else found

    def _node_changed(self, old: Object, new: Object) -> None:
        kubelet = self.kubelets.get(new["metadata"]["name"])
        if kubelet is not None:
            kubelet.update(new)
        else:
            self._node_added(new)

    def _node_gone(self, node: Object) -> None:
        kubelet = self.kubelets.pop(node["metadata"]["name"], None)
        if kubelet is not None:
            kubelet.stop()

    # -- pods

    def _kubelet_of(self, pod: Object) -> Kubelet | None:
        node = pod["spec"].get("nodeName")
        kubelet = self.kubelets.get(node) if node else None
        return None if kubelet is None or kubelet.stopped else kubelet

    def _pod_added(self, pod: Object) -> None:
        kubelet = self._kubelet_of(pod)
        if kubelet is not None:
            if pod["spec"].get("volumes"):
                self._watch_configuration(pod)
            kubelet.set_pod(pod)

    def _pod_changed(self, old: Object, new: Object) -> None:
        if old["metadata"]["uid"] != new["metadata"]["uid"]:
            self._pod_gone(old)
        spec = new["spec"]
        if spec is not old["spec"]:
            if spec.get("nodeName"):
                self._pod_added(new)
            return
        kubelet = self._kubelet_of(new)
        if kubelet is not None:
            kubelet.set_pod(new)

    def _pod_gone(self, pod: Object) -> None:
        kubelet = self._kubelet_of(pod)
        if kubelet is not None:
            kubelet.remove_pod(pod)

    # -- volumes from configuration

    def _watch_configuration(self, pod: Object) -> None:
        """From the first pod on that mounts a ConfigMap or Secret, tell kubelets of their changes."""
        if self._watching_configuration:
            return
        from cluster_core.kubelet.volumes import references

        if not references(pod):
            return
        self._watching_configuration = True
        for gvr, kind in ((CONFIGMAPS, "ConfigMap"), (SECRETS, "Secret")):
            self._informers.informer(gvr).add_handler(None, self._refresher(kind), None)

    def _refresher(self, kind: str) -> Callable[[Object, Object], None]:
        def refresh(old: Object, new: Object) -> None:
            if old.get("data") != new.get("data") or old.get("binaryData") != new.get("binaryData"):
                metadata = new["metadata"]
                for kubelet in self.kubelets.values():
                    kubelet.refresh_volumes(kind, metadata.get("namespace", ""), metadata["name"])

        return refresh


def _address(node: Object) -> str:
    found = (node.get("status") or {}).get("addresses") or ()
    return next((str(a["address"]) for a in found if a["type"] == "InternalIP"), "")
