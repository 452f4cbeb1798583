"""CertificateSigningRequest: status reset, columns. The API server writes the requester's identity into the spec."""

from base64 import b64decode

from cluster_core.api.cells import AGE, NAME, NONE, get, human_duration
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import Errors, name, one_of
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_label, dns1123_subdomain


def _duration(request: Object, _now: float) -> str:
    seconds = request["spec"].get("expirationSeconds")
    return NONE if seconds is None else human_duration(seconds)


def _condition(request: Object, _now: float) -> str:
    status = request["status"]
    found = {condition["type"] for condition in status.get("conditions") or ()}
    text = "Denied" if "Denied" in found else "Approved" if "Approved" in found else "Pending"
    text += ",Failed" if "Failed" in found else ""
    return text + (",Issued" if status.get("certificate") else "")


_USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment",
    "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel",
    "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
    "server auth", "signing", "timestamping",
)  # fmt: skip
_LEGACY = "kubernetes.io/legacy-unknown"
_TRUE_ONLY = ("Approved", "Denied", "Failed")


def validate(request: Object) -> Errors:
    """A new request; its signature is not checked."""
    errors: Errors = []
    spec = request["spec"]
    encoded = spec.get("request") or ""
    if b"-----BEGIN CERTIFICATE REQUEST-----" not in b64decode(encoded):
        errors.append(field.invalid("spec.request", encoded, "PEM block type must be CERTIFICATE REQUEST"))
    _validate_usages(errors, "spec.usages", spec.get("usages") or [])
    _validate_signer(errors, "spec.signerName", spec.get("signerName", ""))
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < 600:
        problem = "may not specify a duration less than 600 seconds (10 minutes)"
        errors.append(field.invalid("spec.expirationSeconds", seconds, problem))
    _validate_conditions(errors, "status.conditions", request["status"].get("conditions") or [])
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def _validate_usages(errors: Errors, path: str, usages: list[str]) -> None:
    if not usages:
        errors.append(field.required(path))
    for index, usage in enumerate(usages):
        one_of(errors, f"{path}[{index}]", usage, _USAGES)
    for index, usage in enumerate(usages):
        if usage in usages[:index]:
            errors.append(field.duplicate(f"{path}[{index}]", usage))


def _validate_signer(errors: Errors, path: str, signer: str) -> None:
    domain, slash, rest = signer.partition("/")
    if signer == _LEGACY:
        errors.append(field.invalid(path, signer, "the legacy signerName is not allowed via this API version"))
    elif not signer:
        errors.append(field.required(path))
    elif not slash or "/" in rest:
        problem = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        errors.append(field.invalid(path, signer, problem))
    else:
        name(errors, path, domain, dns1123_subdomain)
        if "." not in domain:
            errors.append(
                field.invalid(path, domain, "should be a domain with at least two segments separated by dots")
            )
        for part in rest.split("."):
            name(errors, path, part, dns1123_label)


def _validate_conditions(errors: Errors, path: str, conditions: list[Object]) -> None:
    seen: list[str] = []
    for index, condition in enumerate(conditions):
        where, kind, status = f"{path}[{index}]", condition.get("type", ""), condition.get("status", "")
        if not kind:
            errors.append(field.required(f"{where}.type"))
        allowed = ("True",) if kind in _TRUE_ONLY else ("False", "True", "Unknown")
        one_of(errors, f"{where}.status", status, allowed, required=True)
        if {"Approved", "Denied"} <= {kind, *seen}:
            problem = "Approved and Denied conditions are mutually exclusive"
            errors.append(field.invalid(path, kind, problem))
        if kind in seen:
            errors.append(field.duplicate(f"{where}.type", kind))
        seen.append(kind)


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
        validate=validate,
        validate_update=validate_update,
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
