"""CertificateSigning: who issues or fails a signing request needs the verb sign on its signer."""

from cluster_core.admission.chain import UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.admission.signers import SIGNING_REQUESTS, is_allowed_for_signer
from cluster_core.apimachinery import errors

REASON = "user not permitted to sign requests with signerName {}"


class CertificateSigning(AdmissionPlugin):
    """Looks at changes of the certificate and of conditions."""

    name = "CertificateSigning"
    interests = frozenset({(SIGNING_REQUESTS, "status", UPDATE)})

    def validate(self, attributes: Attributes) -> None:
        """Refuse who may not sign."""
        old = attributes.old_object or {}
        before, after = (o.get("status") or {} for o in (old, attributes.object))
        if all(before.get(name) == after.get(name) for name in ("certificate", "conditions")):
            return
        signer = old["spec"].get("signerName", "")
        if not is_allowed_for_signer(self.context, attributes.user, "sign", signer):
            raise errors.forbidden(SIGNING_REQUESTS, attributes.name, REASON.format(f'"{signer}"'))
