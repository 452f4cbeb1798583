"""Generic ephemeral volumes: a claim for each, made for its pod and going with it."""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_already_exists
from cluster_core.apimachinery.meta import controller_reference, is_controlled_by, split_key
from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS, PODS
from cluster_core.controllers.reconciler import Controller
from cluster_core.controllers.retry import RetryError

Object = dict[str, Any]


class EphemeralVolumeController(Controller):
    """Keys are those of pods."""

    name = "ephemeral-volume-controller"

    def watch(self) -> None:
        self.pods, self.claims = self.lister(PODS), self.lister(PERSISTENTVOLUMECLAIMS)
        self.informer(PODS).add_handler(on_add=self._pod_added)

    def _pod_added(self, pod: Object) -> None:
        if any("ephemeral" in volume for volume in pod["spec"].get("volumes") or ()):
            self.enqueue(pod)

    def sync(self, key: str) -> None:
        pod = self.pods.get(*split_key(key))
        if pod is None or "deletionTimestamp" in pod["metadata"]:
            return
        for volume in pod["spec"].get("volumes") or ():
            if "ephemeral" in volume:
                self._ensure(pod, volume)

    def _ensure(self, pod: Object, volume: Object) -> None:
        namespace, name = pod["metadata"]["namespace"], f"{pod['metadata']['name']}-{volume['name']}"
        present = self.claims.get(namespace, name)
        if present is None:
            present = self._create(pod, volume, name)
        if not is_controlled_by(present, pod):
            where = f"pod {namespace}/{pod['metadata']['name']}"
            text = f"ephemeral volume {volume['name']}: PVC {namespace}/{name} was not created for {where} (pod is not owner)"
            self.warning(pod, "FailedBinding", text)
            raise RetryError(text)

    def _create(self, pod: Object, volume: Object, name: str) -> Object:
        template = volume["ephemeral"]["volumeClaimTemplate"]
        stated = template.get("metadata") or {}
        metadata: Object = {"name": name, "ownerReferences": [controller_reference(pod)]}
        for field in ("labels", "annotations"):
            if stated.get(field):
                metadata[field] = stated[field]
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": template["spec"]}
        namespace = pod["metadata"]["namespace"]
        try:
            return self.client.create(PERSISTENTVOLUMECLAIMS, claim, namespace)
        except ApiError as error:
            if not is_already_exists(error):
                raise
        return self.client.get(PERSISTENTVOLUMECLAIMS, name, namespace)
