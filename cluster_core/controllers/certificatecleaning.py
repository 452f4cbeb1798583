"""Certificate signing requests are cleared away: an hour after their end, a day after nothing came of them."""

import base64
from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.client.resources import CERTIFICATESIGNINGREQUESTS
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

PERIOD = 3600.0
"""Seconds between two looks."""
ENDED, PENDING = 3600.0, 24 * 3600.0
"""Seconds that a request stays once it was answered, and without an answer."""


class CertificateCleaningController(Controller):
    """Looks at all requests, hour by hour; has no keys."""

    name = "certificate-cleaner"

    def watch(self) -> None:
        self.requests = self.lister(CERTIFICATESIGNINGREQUESTS)
        self._look()

    def _look(self) -> None:
        self.loop.call_later(PERIOD, self._look, background=True)
        for request in self.requests.list():
            if _is_over(request, self.now()):
                self._delete(request["metadata"]["name"])

    def _delete(self, name: str) -> None:
        try:
            self.client.delete(CERTIFICATESIGNINGREQUESTS, name)
        except ApiError as error:
            if not is_not_found(error):
                raise

    def sync(self, key: str) -> None:
        """Nothing is enqueued."""


def _is_over(request: Object, now: float) -> bool:
    status = request.get("status") or {}
    conditions, certificate = status.get("conditions") or (), status.get("certificate")
    if not conditions:
        return now - timestamps.parse(request["metadata"]["creationTimestamp"]) > PENDING
    limits = {"Denied": ENDED, "Failed": ENDED, "Approved": ENDED if certificate else PENDING}
    for condition in conditions:
        since = condition.get("lastUpdateTime")
        if since and now - timestamps.parse(since) > limits.get(condition["type"], float("inf")):
            return True
    approved = any(c["type"] == "Approved" for c in conditions)
    return bool(certificate) and approved and _has_expired(str(certificate), now)


def _has_expired(certificate: str, now: float) -> bool:
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(base64.b64decode(certificate))
    except ValueError:
        return False
    return now > found.not_valid_after_utc.timestamp()
