"""Records as Kubernetes objects: the labels and names that Helm gives them; what Secrets and ConfigMaps share."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.client.client import Client
from helmpy import log
from helmpy.errors import KubeError, ReleaseError, ReleaseNotFoundError
from helmpy.release import codec
from helmpy.release.drivers import release_exists
from helmpy.release.model import SYSTEM_LABELS, Release


class QueryError(KubeError):
    """The records could not be listed."""


def release_not_found() -> ReleaseNotFoundError:
    """No record under that key."""
    return ReleaseNotFoundError("release: not found")


class ObjectDriver:
    """Records in objects of one resource; subclasses say which, and where in the object the text is."""

    name = ""
    gvr = GVR("", "v1", "")

    def __init__(self, client: Client, namespace: str, now: Callable[[], float]) -> None:
        self._client, self._namespace, self._now = client, namespace, now

    def _payload(self, obj: Mapping[str, Any]) -> str | bytes:
        raise NotImplementedError

    def _object(self, text: str) -> dict[str, Any]:
        raise NotImplementedError

    def get(self, key: str) -> Release:
        """The record under `key`; raises ReleaseNotFoundError."""
        try:
            obj = self._client.get(self.gvr, key, self._namespace)
        except ApiError as error:
            if error.code == 404:
                raise release_not_found() from error
            raise KubeError(f'get: failed to get "{key}": {error}') from error
        return self._decode(obj, own_labels_only=True)

    def _decode(self, obj: Mapping[str, Any], own_labels_only: bool = False) -> Release:
        release = codec.decode(self._payload(obj))
        labels = dict(obj["metadata"].get("labels") or {})
        if own_labels_only:
            labels = {name: value for name, value in labels.items() if name not in SYSTEM_LABELS}
        release.labels = labels
        return release

    def query(self, labels: Mapping[str, str], selector: str = "") -> list[Release]:
        """Records with these labels, damaged ones left out (and logged)."""
        wanted = ",".join(f"{name}={labels[name]}" for name in sorted(labels))
        try:
            found = self._client.list(
                self.gvr, self._namespace, label_selector=",".join(filter(None, [wanted, selector]))
            )
        except ApiError as error:
            raise QueryError(f"query: failed to query with labels: {error}") from error
        releases = []
        for obj in found["items"]:
            try:
                releases.append(self._decode(obj))
            except ReleaseError as error:
                log.debug("failed to decode release", key=obj["metadata"]["name"], error=error)
        return releases

    def create(self, key: str, release: Release) -> None:
        """Store a new record; raises ReleaseError when `key` exists."""
        try:
            self._client.create(self.gvr, self._record(key, release, "createdAt"), self._namespace)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                raise release_exists() from error
            raise KubeError(f"create: failed to create: {error}") from error

    def update(self, key: str, release: Release) -> None:
        """Store a record anew."""
        try:
            self._client.update(self.gvr, self._record(key, release, "modifiedAt"))
        except ApiError as error:
            raise KubeError(f"update: failed to update: {error}") from error

    def delete(self, key: str) -> None:
        """Remove a record; raises ReleaseNotFoundError."""
        try:
            self._client.delete(self.gvr, key, self._namespace)
        except ApiError as error:
            if error.code == 404:
                raise release_not_found() from error
            raise KubeError(str(error)) from error

    def _record(self, key: str, release: Release, stamp: str) -> dict[str, Any]:
        labels = {name: value for name, value in release.labels.items() if name not in SYSTEM_LABELS[:4]}
        labels |= {
            stamp: str(int(self._now())),
            "name": release.name,
            "owner": "helm",
            "status": release.info.status,
            "version": str(release.version),
        }
        obj = self._object(codec.encode(release))
        obj["metadata"] = {"name": key, "namespace": self._namespace, "labels": labels}
        return obj


class Secrets(ObjectDriver):
    """Records in Secrets of type helm.sh/release.v1."""

    name = "Secret"
    gvr = GVR("", "v1", "secrets")

    def _payload(self, obj: Mapping[str, Any]) -> str | bytes:
        return base64.b64decode((obj.get("data") or {}).get("release", ""))

    def _object(self, text: str) -> dict[str, Any]:
        data = {"release": base64.b64encode(text.encode()).decode()}
        return {"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": data}


class ConfigMaps(ObjectDriver):
    """Records in ConfigMaps."""

    name = "ConfigMap"
    gvr = GVR("", "v1", "configmaps")

    def _payload(self, obj: Mapping[str, Any]) -> str | bytes:
        return str((obj.get("data") or {}).get("release", ""))

    def _object(self, text: str) -> dict[str, Any]:
        return {"apiVersion": "v1", "kind": "ConfigMap", "data": {"release": text}}
