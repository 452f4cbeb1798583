"""Kubelets' requests for client certificates are approved if whoever asks may have them."""

from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.gvk import GVR
from cluster_core.client.resources import CERTIFICATESIGNINGREQUESTS
from cluster_core.controllers import signers
from cluster_core.controllers.reconciler import Controller
from cluster_core.controllers.retry import RetryError

Object = dict[str, Any]

REVIEWS = GVR("authorization.k8s.io", "v1", "subjectaccessreviews")
APPROVED_REASON = "AutoApproved"
SELF, OTHER = "selfnodeclient", "nodeclient"
MESSAGES = {
    SELF: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    OTHER: "Auto approving kubelet client certificate after SubjectAccessReview.",
}
"""What is said by the permission (a subresource of the requests) that was found."""


class CertificateApprovingController(Controller):
    """Keys are names of requests."""

    name = "certificate-controller"
    retry_delays = (0.2, 1000.0)

    def watch(self) -> None:
        self.requests = self.lister(CERTIFICATESIGNINGREQUESTS)
        self.informer(CERTIFICATESIGNINGREQUESTS).add_handler(on_add=self.enqueue, on_update=self.enqueue_updated)

    def sync(self, key: str) -> None:
        request = self.requests.get("", key)
        if request is None or not _is_open(request) or request["spec"]["signerName"] != signers.KUBELET_CLIENT:
            return
        permissions = _permissions(request["spec"])
        for permission in permissions:
            if self._may(request["spec"], permission):
                self._approve(request, MESSAGES[permission])
                return
        if permissions:
            tried = " ".join(permissions)
            raise RetryError(f'recognized csr "{key}" as [{tried}] but subject access review was not approved')

    def _may(self, spec: Object, permission: str) -> bool:
        attributes = {"group": "certificates.k8s.io", "resource": "certificatesigningrequests", "verb": "create"}
        asked: Object = {"resourceAttributes": {**attributes, "subresource": permission, "version": "*"}}
        who = {
            "user": spec.get("username"),
            "uid": spec.get("uid"),
            "groups": spec.get("groups"),
            "extra": spec.get("extra"),
        }
        asked |= {field: value for field, value in who.items() if value}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {}, "spec": asked}
        return bool((self.client.create(REVIEWS, review).get("status") or {}).get("allowed"))

    def _approve(self, request: Object, message: str) -> None:
        now = timestamps.rfc3339(self.now())
        condition = {"type": "Approved", "status": "True", "reason": APPROVED_REASON, "message": message}
        status = request.get("status") or {}
        conditions = [
            *(status.get("conditions") or ()),
            {**condition, "lastUpdateTime": now, "lastTransitionTime": now},
        ]
        approved = {**request, "status": {**status, "conditions": conditions}}
        self.client.update(CERTIFICATESIGNINGREQUESTS, approved, subresource="approval")


def _is_open(request: Object) -> bool:
    status = request.get("status") or {}
    decided = any(c["type"] in ("Approved", "Denied") for c in status.get("conditions") or ())
    return not decided and not status.get("certificate")


def _permissions(spec: Object) -> list[str]:
    """Which permissions would do, in the order that they are asked for; none for a request that is no kubelet's."""
    try:
        if signers.problem(spec):
            return []
        own = signers.Requested(spec).common_name == spec.get("username")
    except ValueError:
        return []
    return [SELF, OTHER] if own else [OTHER]
