"""Approved certificate signing requests of Kubernetes' own signers get their certificate, where the cluster has an authority to sign with.

Nothing is approved here (see certificateapproving).
"""

import base64
from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.client.resources import CERTIFICATESIGNINGREQUESTS
from cluster_core.controllers import signers
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]
SIGNERS = (signers.CLIENT, signers.KUBELET_CLIENT, signers.KUBELET_SERVING)
LONGEST = 365 * 86_400
"""Seconds that a certificate is good for at most."""
FAILED_REASON = "SignerValidationFailure"


class CertificateSigningController(Controller):
    """Keys are names of requests."""

    name = "csrsigning"
    retry_delays = (0.2, 1000.0)

    def watch(self) -> None:
        self.requests = self.lister(CERTIFICATESIGNINGREQUESTS)
        self.informer(CERTIFICATESIGNINGREQUESTS).add_handler(on_add=self.enqueue, on_update=self.enqueue_updated)

    def sync(self, key: str) -> None:
        request = self.requests.get("", key)
        if request is None or self.options.sign_certificate is None or not _waits(request):
            return
        status = request["status"]
        try:
            problem = signers.problem(request["spec"])
            if problem:
                raise ValueError(problem)
            certificate = self.options.sign_certificate(
                base64.b64decode(request["spec"]["request"]),
                tuple(request["spec"]["usages"]),
                _seconds(request["spec"]),
            )
            new = {**status, "certificate": base64.b64encode(certificate).decode()}
        except ValueError as error:
            new = {**status, "conditions": [*status["conditions"], self._failed(str(error))]}
        self.client.update_status(CERTIFICATESIGNINGREQUESTS, {**request, "status": new})

    def _failed(self, message: str) -> Object:
        now = timestamps.rfc3339(self.loop.now())
        head = {"type": "Failed", "status": "True", "reason": FAILED_REASON, "message": message}
        return {**head, "lastUpdateTime": now, "lastTransitionTime": now}


def _waits(request: Object) -> bool:
    """Whether a request is approved, ours, and without an outcome."""
    status = request.get("status") or {}
    found = {c["type"] for c in status.get("conditions") or () if c.get("status") == "True"}
    return (
        "Approved" in found
        and not found & {"Denied", "Failed"}
        and not status.get("certificate")
        and request["spec"]["signerName"] in SIGNERS
    )


def _seconds(spec: Object) -> float:
    return float(min(spec.get("expirationSeconds") or LONGEST, LONGEST))
