"""CertificateSigningRequest: status reset, columns. The API server writes the requester's identity into the spec."""

from cluster_core.api.cells import AGE, NAME, NONE, get, human_duration
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def _duration(request: Object, _now: float) -> str:
    seconds = request["spec"].get("expirationSeconds")
    return NONE if seconds is None else human_duration(seconds)


def _condition(request: Object, _now: float) -> str:
    status = request["status"]
    found = {condition["type"] for condition in status.get("conditions") or ()}
    text = "Denied" if "Denied" in found else "Approved" if "Approved" in found else "Pending"
    text += ",Failed" if "Failed" in found else ""
    return text + (",Issued" if status.get("certificate") else "")


RESOURCES = (
    Resource(
        group="certificates.k8s.io",
        version="v1",
        kind="CertificateSigningRequest",
        plural="certificatesigningrequests",
        short_names=("csr",),
        namespaced=False,
        subresources=("approval", "status"),
        prepare=status_reset(),
        generation=False,
        columns=(
            NAME,
            AGE,
            Column("SignerName", get("spec", "signerName", default=NONE)),
            Column("Requestor", get("spec", "username")),
            Column("RequestedDuration", _duration),
            Column("Condition", _condition),
        ),
        selectable_fields={"spec.signerName": lambda request: request["spec"].get("signerName", "")},
    ),
)
