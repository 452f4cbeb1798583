"""X.509 certificates and private keys: genCA, genSignedCert, genSelfSignedCert, genPrivateKey, buildCustomCert.

What is made here is for tests and bootstrapping, as with Sprig: RSA 2048, both server and client use, no revocation.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from helmpy.functions.encoding import decode_base64
from helmpy.golang import fmt
from helmpy.golang.function import Function
from helmpy.golang.types import GoError, Struct, go_bytes, go_string

if TYPE_CHECKING:
    import re
    from ipaddress import IPv4Address, IPv6Address

    from cryptography import x509

_CA_KEY_BITS = 2048
_PRIVATE_KEY_BITS = 4096
_KEY_SUFFIX = " PRIVATE KEY"


class Certificate(Struct):
    """A certificate and its private key, both PEM."""

    GO_TYPE: ClassVar[str] = "sprig.certificate"
    GO_KIND: ClassVar[str] = "struct"
    GO_FIELDS: ClassVar[Mapping[str, str]] = {"Cert": "cert", "Key": "key"}

    def __init__(self, cert: str, key: str) -> None:
        self.cert = cert
        self.key = key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and (self.cert, self.key) == (other.cert, other.key)

    def __hash__(self) -> int:
        return hash((self.cert, self.key))


@dataclass(frozen=True, slots=True)
class Request:
    """What a certificate is to say."""

    name: str
    days: int
    addresses: "tuple[IPv4Address | IPv6Address, ...]" = ()
    dns_names: tuple[str, ...] = ()
    authority: bool = False


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: `certificate` is None for self-signed ones."""

    key: Any
    certificate: "x509.Certificate | None" = None


# --- private keys ----------------------------------------------------------------------------------------------------


def gen_private_key(kind: str) -> str:
    """A new private key as PEM: rsa (also for ""), ecdsa, ed25519 or dsa."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519

    makers = {
        "": lambda: _new_rsa_key(_PRIVATE_KEY_BITS),
        "rsa": lambda: _new_rsa_key(_PRIVATE_KEY_BITS),
        "dsa": lambda: dsa.generate_private_key(2048),
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    return _key_text(makers[kind]()) if kind in makers else f"Unknown type {kind}"


def _new_rsa_key(bits: int = _CA_KEY_BITS) -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _key_text(key: Any) -> str:
    """PKCS#1, SEC 1 or DSA's own form where there is one, else PKCS#8."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    classic = isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, dsa.DSAPrivateKey))
    form = PrivateFormat.TraditionalOpenSSL if classic else PrivateFormat.PKCS8
    return str(key.private_bytes(Encoding.PEM, form, NoEncryption()).decode("ascii"))


def _parse_key(text: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    block = _pem_block(text)
    if block is None:
        raise GoError("no PEM data in input")
    kind, data = block
    if kind != _KEY_SUFFIX.lstrip() and not kind.endswith(_KEY_SUFFIX):
        raise GoError(f"no private key data in PEM block of type {kind}")
    algorithm = kind.removesuffix(_KEY_SUFFIX) if kind.endswith(_KEY_SUFFIX) else ""
    if algorithm not in ("", "RSA", "EC", "DSA"):
        raise GoError(f"invalid private key type {algorithm}")
    try:
        return load_der_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        what = f"parsing {algorithm} private key from PEM" if algorithm else "decoding PEM as PKCS#8"
        raise GoError(f"{what}: {error}") from None


@cache
def _pem() -> "re.Pattern[bytes]":
    import re

    return re.compile(rb"-----BEGIN ([^\n]*?)-----[ \t\r]*\n(.*?)-----END \1-----", re.DOTALL)


def _pem_block(text: str) -> tuple[str, bytes] | None:
    """Type and contents of the first PEM block."""
    import base64

    match = _pem().search(go_bytes(text))
    if match is None:
        return None
    body = match[2].rpartition(b"\n\n")[2] if b":" in match[2] else match[2]
    try:
        return go_string(match[1]), base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError:
        return None


def _required_key(text: str) -> Any:
    try:
        return _parse_key(text)
    except GoError as error:
        raise GoError(f"parsing private key: {error}") from None


# --- certificates ----------------------------------------------------------------------------------------------------


def gen_ca(name: str, days: int) -> Certificate:
    """A new certificate authority."""
    return _self_signed(Request(name, days, authority=True), _new_rsa_key())


def gen_ca_with_key(name: str, days: int, key: str) -> Certificate:
    """A new certificate authority with a given key (PEM)."""
    return _self_signed(Request(name, days, authority=True), _required_key(key))


def gen_self_signed(name: str, ips: list[Any] | None, dns: list[Any] | None, days: int) -> Certificate:
    """A new self-signed certificate."""
    return _self_signed(_request(name, ips, dns, days), _new_rsa_key())


def gen_self_signed_with_key(
    name: str, ips: list[Any] | None, dns: list[Any] | None, days: int, key: str
) -> Certificate:
    """A new self-signed certificate with a given key (PEM)."""
    parsed = _required_key(key)
    return _self_signed(_request(name, ips, dns, days), parsed)


def gen_signed(
    name: str, ips: list[Any] | None, dns: list[Any] | None, days: int, authority: Certificate
) -> Certificate:
    """A new certificate signed by an authority."""
    return _signed(name, ips, dns, days, authority, None)


def gen_signed_with_key(
    name: str, ips: list[Any] | None, dns: list[Any] | None, days: int, authority: Certificate, key: str
) -> Certificate:
    """A new certificate with a given key (PEM), signed by an authority."""
    return _signed(name, ips, dns, days, authority, _required_key(key))


def build_custom(cert_base64: str, key_base64: str) -> Certificate:
    """A certificate object from base 64 of PEM texts, which are checked. Raises GoError."""
    cert = _decoded(cert_base64, "unable to decode base64 certificate")
    key = _decoded(key_base64, "unable to decode base64 private key")
    _parse_certificate(cert)
    _signing_key(key)
    return Certificate(cert, key)


def _decoded(text: str, complaint: str) -> str:
    try:
        return go_string(decode_base64(text))
    except GoError:
        raise GoError(complaint) from None


def _parse_certificate(text: str) -> "x509.Certificate":
    from cryptography import x509

    block = _pem_block(text)
    if block is None:
        raise GoError("unable to decode certificate")
    try:
        return x509.load_der_x509_certificate(block[1])
    except ValueError:
        raise GoError("error parsing certificate: decodedCert.Bytes: x509: malformed certificate") from None


def _signing_key(text: str) -> Any:
    try:
        return _parse_key(text)
    except GoError as error:
        raise GoError(f"error parsing private key: {error}") from None


def _signed(
    name: str, ips: list[Any] | None, dns: list[Any] | None, days: int, authority: Certificate, key: Any
) -> Certificate:
    signer = Signer(certificate=_parse_certificate(authority.cert), key=_signing_key(authority.key))
    return _issue(_request(name, ips, dns, days), key or _new_rsa_key(), signer)


def _self_signed(request: Request, key: Any) -> Certificate:
    return _issue(request, key, Signer(key))


def _request(name: str, ips: list[Any] | None, dns: list[Any] | None, days: int) -> Request:
    return Request(name, days, tuple(map(_address, ips or ())), tuple(map(_dns_name, dns or ())))


def _address(value: Any) -> "IPv4Address | IPv6Address":
    import ipaddress

    if not isinstance(value, str):
        raise GoError(f"error parsing ip: {fmt.value_text(value)} is not a string")
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        raise GoError(f"error parsing ip: {value}") from None


def _dns_name(value: Any) -> str:
    if not isinstance(value, str):
        raise GoError(f"error processing alternate dns name: {fmt.value_text(value)} is not a string")
    return value


def _issue(request: Request, key: Any, signer: Signer) -> Certificate:
    """Builds and signs a certificate. Raises GoError."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import dsa
    from cryptography.hazmat.primitives.serialization import Encoding

    if isinstance(signer.key, dsa.DSAPrivateKey):
        raise GoError("error creating certificate: x509: certificate private key does not implement crypto.Signer")
    subject = _subject(request.name)
    now = datetime.now(UTC)
    try:
        builder = (
            x509.CertificateBuilder()
            .serial_number(x509.random_serial_number())
            .subject_name(subject)
            .issuer_name(signer.certificate.subject if signer.certificate else subject)
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=request.days))
            .public_key(key.public_key())
        )
        for extension, critical in _extensions(request, key, signer):
            builder = builder.add_extension(extension, critical)
        certificate = builder.sign(signer.key, _hash_for(signer.key))
    except (ValueError, TypeError, OverflowError) as error:
        raise GoError(f"error creating certificate: x509: {error}") from None
    return Certificate(certificate.public_bytes(Encoding.PEM).decode("ascii"), _key_text(key))


def _subject(name: str) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    if not name:
        return x509.Name([])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Go takes names of any length
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)])


def _hash_for(key: Any) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return {384: hashes.SHA384(), 521: hashes.SHA512()}.get(key.curve.key_size, hashes.SHA256())
    return hashes.SHA256()


def _extensions(request: Request, key: Any, signer: Signer) -> "list[tuple[x509.ExtensionType, bool]]":
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    names: list[x509.GeneralName] = [x509.DNSName(name) for name in request.dns_names]
    names += [x509.IPAddress(address) for address in request.addresses]
    parent = _key_identifier(signer.certificate) if signer.certificate else None
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (_key_usage(request.authority), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (x509.BasicConstraints(ca=request.authority, path_length=None), True),
    ]
    if request.authority:
        extensions.append((x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    if parent is not None:
        extensions.append((x509.AuthorityKeyIdentifier(parent, None, None), False))
    if names:
        extensions.append((x509.SubjectAlternativeName(names), not request.name))
    return extensions


def _key_usage(authority: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_identifier(certificate: "x509.Certificate") -> bytes | None:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, ValueError):
        return None


_CERTIFICATE = "sprig.certificate"
_SUBJECT = ("string", "[]any", "[]any", "int")

TABLE = (
    Function("buildCustomCert", build_custom, ("string", "string"), _CERTIFICATE),
    Function("genCA", gen_ca, ("string", "int"), _CERTIFICATE),
    Function("genCAWithKey", gen_ca_with_key, ("string", "int", "string"), _CERTIFICATE),
    Function("genPrivateKey", gen_private_key, ("string",), "string"),
    Function("genSelfSignedCert", gen_self_signed, _SUBJECT, _CERTIFICATE),
    Function("genSelfSignedCertWithKey", gen_self_signed_with_key, (*_SUBJECT, "string"), _CERTIFICATE),
    Function("genSignedCert", gen_signed, (*_SUBJECT, _CERTIFICATE), _CERTIFICATE),
    Function("genSignedCertWithKey", gen_signed_with_key, (*_SUBJECT, _CERTIFICATE, "string"), _CERTIFICATE),
)
