"""What Kubernetes' own signers ask of a certificate signing request: its usages, its subject and its other names.

Used by the controllers that approve and sign; knows nothing of the cluster.
"""

import base64
from typing import Any

Object = dict[str, Any]

CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
KUBELET_SERVING = "kubernetes.io/kubelet-serving"
KUBELET_GROUP, KUBELET_PREFIX = "system:nodes", "system:node:"
_OPTIONAL = frozenset(("digital signature", "key encipherment"))


class Requested:
    """The X.509 request within a CertificateSigningRequest. Raises ValueError if it cannot be read."""

    def __init__(self, spec: Object) -> None:
        from cryptography import x509
        from cryptography.x509.oid import NameOID

        request = x509.load_pem_x509_csr(base64.b64decode(spec["request"]))
        self.organizations = [a.value for a in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        self.common_name = str(names[0].value) if names else ""
        try:
            others = list(request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        except x509.ExtensionNotFound:
            others = []
        kinds = {
            "DNS": x509.DNSName,
            "Email": x509.RFC822Name,
            "IP": x509.IPAddress,
            "URI": x509.UniformResourceIdentifier,
        }
        self.other_names = [kind for kind, cls in kinds.items() if any(isinstance(name, cls) for name in others)]


def problem(spec: Object) -> str:
    """Why the signer that the request names will not sign it, "" if it will. Raises ValueError for an unreadable one."""
    signer, usages = spec["signerName"], set(spec.get("usages") or ())
    if signer == CLIENT:
        return _client_problem(usages)
    return _kubelet_problem(Requested(spec), usages, "server auth" if signer == KUBELET_SERVING else "client auth")


def _client_problem(usages: set[str]) -> str:
    others = sorted(usages - _OPTIONAL - {"client auth"})
    if others:
        return f"invalid usage for client certificate: {others[0]}"
    return "" if "client auth" in usages else "missing required usage for client certificate: client auth"


def _kubelet_problem(requested: Requested, usages: set[str], purpose: str) -> str:
    if requested.organizations != [KUBELET_GROUP]:
        return f"subject organization is not {KUBELET_GROUP}"
    serving, found = purpose == "server auth", requested.other_names
    if serving and not {"DNS", "IP"} & set(found):
        return "DNS or IP subjectAltName is required"
    for kind in ("Email", "URI") if serving else ("DNS", "Email", "IP", "URI"):
        if kind in found:
            return f"{kind} subjectAltNames are not allowed"
    wrong_name = (
        ""
        if requested.common_name.startswith(KUBELET_PREFIX)
        else f"subject common name does not begin with {KUBELET_PREFIX}"
    )
    wanted = {purpose, *_OPTIONAL}
    wrong_usages = (
        ""
        if usages in (wanted, wanted - {"key encipherment"})
        else f"usages did not match [{' '.join(sorted(wanted))}]"
    )
    return (wrong_usages or wrong_name) if serving else (wrong_name or wrong_usages)
