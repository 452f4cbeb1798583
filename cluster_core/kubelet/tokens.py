"""Tokens of a pod's service account, as projected volumes show them: asked for when first read, renewed at four fifths of their life.

Made by the pod worker with its first look at such a volume.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import SERVICEACCOUNTS

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

RENEW_AT = 0.8
LONGEST = 24 * 3600.0
"""Seconds after which every token is renewed."""
RETRY = 10.0


class Tokens:
    """One pod's tokens, by audience and life."""

    def __init__(self, worker: "PodWorker") -> None:
        self._worker = worker
        self._known: dict[tuple[str, int], tuple[str, float]] = {}

    def get(self, audience: str, seconds: int) -> str:
        """A token that is good for a while yet; "" if the API gives none."""
        key, now = (audience, seconds), self._worker.node.loop.now()
        token, renew_at = self._known.get(key, ("", 0.0))
        if now < renew_at:
            return token
        fresh = self._request(audience, seconds)
        wait = min(seconds * RENEW_AT, LONGEST) if fresh else RETRY
        self._known[key] = (fresh or token, now + wait)
        self._worker.node.loop.call_later(wait + 1.0, self._renew, background=True)
        return fresh or token

    def _renew(self) -> None:
        worker = self._worker
        if worker.active and not worker.node.stopped:
            worker.volumes.refresh(worker.pod)

    def _request(self, audience: str, seconds: int) -> str:
        worker = self._worker
        metadata = worker.pod["metadata"]
        account = worker.pod["spec"].get("serviceAccountName") or "default"
        bound = {"apiVersion": "v1", "kind": "Pod", "name": metadata["name"], "uid": worker.uid}
        spec: Object = {"expirationSeconds": seconds, "boundObjectRef": bound}
        if audience:
            spec["audiences"] = [audience]
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        try:
            answer = worker.node.client.create(
                SERVICEACCOUNTS, body, metadata.get("namespace", ""), subresource="token", name=account
            )
        except ApiError:
            return ""
        return str((answer.get("status") or {}).get("token") or "")
