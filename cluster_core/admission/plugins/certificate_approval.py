"""CertificateApproval: who approves a signing request needs the verb approve on its signer."""

from cluster_core.admission.chain import UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.admission.signers import SIGNING_REQUESTS, is_allowed_for_signer
from cluster_core.apimachinery import errors

REASON = "user not permitted to approve requests with signerName {}"


class CertificateApproval(AdmissionPlugin):
    """Asks about the stored request's signer, whatever the update says."""

    name = "CertificateApproval"
    interests = frozenset({(SIGNING_REQUESTS, "approval", UPDATE)})

    def validate(self, attributes: Attributes) -> None:
        """Refuse who may not approve."""
        old = attributes.old_object or {}
        signer = old["spec"].get("signerName", "")
        if not is_allowed_for_signer(self.context, attributes.user, "approve", signer):
            raise errors.forbidden(SIGNING_REQUESTS, attributes.name, REASON.format(f'"{signer}"'))
