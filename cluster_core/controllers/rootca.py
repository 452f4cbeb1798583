"""Every active namespace has a ConfigMap with the certificate that the API server is to be trusted by."""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_already_exists, is_namespace_terminating, is_not_found
from cluster_core.client.resources import CONFIGMAPS, NAMESPACES
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

CONFIGMAP_NAME = "kube-root-ca.crt"
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)


class RootCAPublisher(Controller):
    """Keys are names of namespaces."""

    name = "root-ca-cert-publisher"

    def watch(self) -> None:
        self.namespaces, self.maps = self.lister(NAMESPACES), self.lister(CONFIGMAPS)
        self.informer(NAMESPACES).add_handler(on_add=self.enqueue, on_update=self.enqueue_updated)
        self.informer(CONFIGMAPS).add_handler(
            on_update=lambda _old, new: self._map_changed(new), on_delete=self._map_changed
        )

    def _map_changed(self, config_map: Object) -> None:
        if config_map["metadata"]["name"] == CONFIGMAP_NAME:
            self.queue.add(config_map["metadata"]["namespace"])

    def sync(self, key: str) -> None:
        namespace = self.namespaces.get("", key)
        if namespace is None or namespace["status"].get("phase") != "Active":
            return
        present = self.maps.get(key, CONFIGMAP_NAME)
        data = {"ca.crt": self.options.root_ca}
        if present is None:
            self._create(key, data)
        elif present.get("data") != data:
            self.client.update(CONFIGMAPS, {**present, "data": data})

    def _create(self, namespace: str, data: dict[str, str]) -> None:
        metadata = {"name": CONFIGMAP_NAME, "annotations": {"kubernetes.io/description": DESCRIPTION}}
        config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
        try:
            self.client.create(CONFIGMAPS, config_map, namespace)
        except ApiError as error:
            if not (is_already_exists(error) or is_namespace_terminating(error) or is_not_found(error)):
                raise
