"""Signers of certificates, as admission asks about them: who may do something in the name of one."""

from cluster_core.admission.context import AdmissionContext
from cluster_core.apimachinery.request import UserInfo

SIGNING_REQUESTS = "certificatesigningrequests.certificates.k8s.io"


def is_allowed_for_signer(context: AdmissionContext, user: UserInfo, verb: str, signer: str) -> bool:
    """Whether the user may do this for the signer, by its name or by `domain/*`."""
    if context.allowed is None:
        return True
    domain = signer.partition("/")[0]
    names = (signer, f"{domain}/*")
    return any(context.allowed(user, verb, "certificates.k8s.io", "signers", "", name) for name in names)
