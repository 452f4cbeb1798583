"""The cluster's own certificate authority: its files, the server's certificate, client certificates and kubeconfigs.

Called by `cluster_core.serving`. Keys are elliptic (P-256), files private to their owner. A certificate that is on disk and good is
used as it is, so that a start does not import `cryptography`.
"""

import base64
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

CA_YEARS, LEAF_DAYS = 10, 365
RENEW_BEFORE = 30 * 86_400
"""Seconds before its end that a certificate is made anew."""
SERVER_NAMES = (
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)
SERVER_ADDRESSES = ("127.0.0.1", "::1", "10.96.0.1")


class KeyPair(NamedTuple):
    """A certificate and its private key, as PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """The CA kept in `folder`; made on first use."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.ca_file.exists():
            self._create()

    @property
    def ca_file(self) -> Path:
        """The CA's certificate."""
        return self.folder / "ca.crt"

    @property
    def certificate(self) -> bytes:
        """The CA's certificate, PEM."""
        return self.ca_file.read_bytes()

    def _create(self) -> None:
        from cryptography import x509

        key, name = _new_key(), _name("kubernetes-ca", ())
        builder = _builder(name, name, key, CA_YEARS * 365)
        usage = _usage(sign_certificates=True)
        built = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        certificate = built.add_extension(usage, critical=True).sign(key, _sha256())
        write_private(self.folder / "ca.key", _key_pem(key))
        write_private(self.ca_file, _pem(certificate))

    def server_files(self, address: str) -> tuple[Path, Path]:
        """(certificate file, key file) for a server bound to `address`."""
        suffix = "" if address in SERVER_ADDRESSES else f"-{address.replace(':', '_')}"
        files = self.folder / f"apiserver{suffix}.crt", self.folder / f"apiserver{suffix}.key"
        if not _fresh(files[0]):
            pair = self._issue("kube-apiserver", (), LEAF_DAYS * 86_400, (*SERVER_ADDRESSES, address))
            self._keep(files, pair)
        return files

    def admin(self) -> KeyPair:
        """The administrator's certificate, kept on disk."""
        files = self.folder / "admin.crt", self.folder / "admin.key"
        if not _fresh(files[0]):
            self._keep(files, self.client("kubernetes-admin", ("kubeadm:cluster-admins", "system:masters")))
        return KeyPair(files[0].read_bytes(), files[1].read_bytes())

    def client(self, user: str, groups: Sequence[str], seconds: float = LEAF_DAYS * 86_400) -> KeyPair:
        """A new certificate that proves a user (the common name) and groups (the organizations)."""
        return self._issue(user, groups, seconds, ())

    def sign(self, request: bytes, usages: Sequence[str], seconds: float) -> bytes:
        """A certificate (PEM) for a signing request (PEM); raises ValueError for one that is broken."""
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

        asked = x509.load_pem_x509_csr(request)
        if not asked.is_signature_valid:
            raise ValueError("the signature of the request is not valid")
        ca = x509.load_pem_x509_certificate(self.certificate)
        ca_key: Any = load_pem_private_key((self.folder / "ca.key").read_bytes(), None)
        builder = _builder(asked.subject, ca.subject, asked, seconds / 86_400, issuer_key=ca_key)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        named = {"client auth": Purpose.CLIENT_AUTH, "server auth": Purpose.SERVER_AUTH}
        purposes = [named[usage] for usage in usages if usage in named]
        if purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        for extension in asked.extensions:
            if isinstance(extension.value, x509.SubjectAlternativeName):
                builder = builder.add_extension(extension.value, critical=extension.critical)
        return _pem(builder.sign(ca_key, _sha256()))

    def _keep(self, files: tuple[Path, Path], pair: KeyPair) -> None:
        write_private(files[1], pair.key)
        write_private(files[0], pair.certificate)

    def _issue(self, name: str, organizations: Sequence[str], seconds: float, addresses: Sequence[str]) -> KeyPair:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose

        ca = x509.load_pem_x509_certificate(self.certificate)
        ca_key: Any = load_pem_private_key((self.folder / "ca.key").read_bytes(), None)
        key = _new_key()
        builder = _builder(_name(name, organizations), ca.subject, key, seconds / 86_400, issuer_key=ca_key)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(sign_certificates=False), critical=True)
        purpose = Purpose.SERVER_AUTH if addresses else Purpose.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        if addresses:
            builder = builder.add_extension(_alternative_names(addresses), critical=False)
        return KeyPair(_pem(builder.sign(ca_key, _sha256())), _key_pem(key))


def _fresh(certificate: Path) -> bool:
    """Whether a certificate is on disk and good for a while; its file's time is when it was made."""
    try:
        made = certificate.stat().st_mtime
    except OSError:
        return False
    return time.time() < made + LEAF_DAYS * 86_400 - RENEW_BEFORE


def _new_key() -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _sha256() -> Any:
    from cryptography.hazmat.primitives.hashes import SHA256

    return SHA256()


def _name(common: str, organizations: Sequence[str]) -> "x509.Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, o) for o in organizations]
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: Any, issuer: Any, key: Any, days: float, issuer_key: Any = None) -> "x509.CertificateBuilder":
    from datetime import UTC, datetime, timedelta

    from cryptography import x509

    now = datetime.now(UTC).replace(microsecond=0)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer_key or key).public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(authority, critical=False)
    )


def _usage(sign_certificates: bool) -> "x509.KeyUsage":
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(addresses: Sequence[str]) -> "x509.SubjectAlternativeName":
    import socket
    from ipaddress import ip_address

    from cryptography import x509

    names = dict.fromkeys((*SERVER_NAMES, socket.gethostname()))
    ips: dict[str, Any] = {}
    for address in addresses:
        try:
            ips[address] = x509.IPAddress(ip_address(address))
        except ValueError:
            names[address] = None
    return x509.SubjectAlternativeName([*map(x509.DNSName, names), *ips.values()])


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_private(path: str | Path, data: bytes) -> None:
    """Replace a file at once; only its owner may read it."""
    temporary = f"{path}.{os.getpid()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(temporary, path)


def kubeconfig(url: str, ca: bytes, user: str, credentials: KeyPair | str, namespace: str = "") -> bytes:
    """A kubeconfig with one context, `helmpy`. `credentials` is a client certificate or a bearer token."""
    shown: dict[str, str] = {}
    if isinstance(credentials, str):
        shown["token"] = credentials
    else:
        shown["client-certificate-data"] = base64.b64encode(credentials.certificate).decode()
        shown["client-key-data"] = base64.b64encode(credentials.key).decode()
    context = {"cluster": "helmpy", "user": user}
    if namespace:
        context["namespace"] = namespace
    authority = base64.b64encode(ca).decode()
    lines = [
        "apiVersion: v1",
        "kind: Config",
        "current-context: helmpy",
        "preferences: {}",
        "clusters:",
        f"- {_flow({'name': 'helmpy', 'cluster': {'server': url, 'certificate-authority-data': authority}})}",
        "contexts:",
        f"- {_flow({'name': 'helmpy', 'context': context})}",
        "users:",
        f"- {_flow({'name': user, 'user': shown})}",
    ]
    return ("\n".join(lines) + "\n").encode()


def _flow(value: Any) -> str:
    """JSON is YAML."""
    return json.dumps(value)
