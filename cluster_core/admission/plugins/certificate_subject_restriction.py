"""CertificateSubjectRestriction: nobody gets a client certificate of the group system:masters by asking for it."""

from base64 import b64decode

from cluster_core.admission.chain import CREATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.admission.signers import SIGNING_REQUESTS
from cluster_core.apimachinery import errors

SIGNER = "kubernetes.io/kube-apiserver-client"
MASTERS = "system:masters"
REASON = f"use of {SIGNER} signer with {MASTERS} group is not allowed"


class CertificateSubjectRestriction(AdmissionPlugin):
    """Reads the organizations of the request's subject."""

    name = "CertificateSubjectRestriction"
    interests = frozenset({(SIGNING_REQUESTS, "", CREATE)})

    def validate(self, attributes: Attributes) -> None:
        """Refuse the group."""
        spec = attributes.object["spec"]
        if spec.get("signerName") != SIGNER:
            return
        try:
            groups = _organizations(b64decode(spec.get("request") or ""))
        except ValueError as error:
            problem = f"failed to parse CSR: {error}"
            raise errors.forbidden(SIGNING_REQUESTS, attributes.name, problem) from None
        if MASTERS in groups:
            raise errors.forbidden(SIGNING_REQUESTS, attributes.name, REASON)


def _organizations(request: bytes) -> list[str]:
    from cryptography.x509 import load_pem_x509_csr
    from cryptography.x509.oid import NameOID

    subject = load_pem_x509_csr(request).subject
    return [str(each.value) for each in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
