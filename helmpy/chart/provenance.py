"""Provenance: a signed text that ties a package's name to its digest.

`sign` makes the .prov of a package, `verify` checks one against a keyring; both speak OpenPGP through the optional package
`pysequoia`. Called by `package --sign`, `verify` and downloads with `--verify`. Verification fails closed: whatever is missing
or odd is an error.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helmpy.chart import decode, loader
from helmpy.chart.decode import STRING_MAP, GoStruct
from helmpy.errors import ChartError
from helmpy.golang.types import GoError

_SUMS = GoStruct("provenance.SumCollection", {"files": STRING_MAP, "images": STRING_MAP})
_BEGIN = b"-----BEGIN PGP SIGNED MESSAGE-----"
_ARMOR = re.compile(
    rb"-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----.*?-----END PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----", re.S
)


@dataclass(frozen=True, slots=True)
class Verification:
    """Who signed a package, and what: user ids, the key's fingerprint (upper-case hex), the package's digest and name."""

    identities: tuple[str, ...]
    fingerprint: str
    file_hash: str
    file_name: str

    def report(self) -> str:
        """The lines that `verify` and `pull --verify` print."""
        signed = "".join(f"Signed by: {identity}\n" for identity in self.identities)
        return f"{signed}Using Key With Fingerprint: {self.fingerprint}\nChart Hash Verified: {self.file_hash}\n"


def verify_file(package: str | Path, keyring: str | Path) -> Verification:
    """Checks a package on disk against the .prov beside it; raises ChartError."""
    path, prov = Path(package), Path(f"{package}.prov")
    if not path.exists():
        raise ChartError(f"stat {path}: no such file or directory")
    if path.is_dir():
        raise ChartError("unpacked charts cannot be verified")
    if path.suffix not in (".tgz", ".gz"):
        raise ChartError("chart must be a tgz file")
    if not prov.exists():
        raise ChartError(f"could not load provenance file {prov}: stat {prov}: no such file or directory")
    return verify(path.read_bytes(), prov.read_bytes(), path.name, keyring)


def verify(package: bytes, provenance: bytes, file_name: str, keyring: str | Path) -> Verification:
    """Checks a package against the text of its .prov; raises ChartError unless a key of the keyring signed exactly it."""
    if _BEGIN not in provenance:
        raise ChartError("signature block not found")
    text, signers = _verified_text(provenance, _load_keyring(keyring))
    digest = "sha256:" + hashlib.sha256(package).hexdigest()
    recorded = _sums(text).get(file_name)
    if recorded is None:
        raise ChartError(f'provenance does not contain a SHA for a file named "{file_name}"')
    if recorded != digest:
        raise ChartError(f'sha256 sum does not match for {file_name}: "{recorded}" != "{digest}"')
    key = signers[0]
    return Verification(tuple(str(user) for user in key.user_ids), key.fingerprint.upper(), digest, file_name)


def claimed_package(provenance: bytes) -> str:
    """The package that a .prov speaks of, without any check of the signature; raises ChartError if it is no .prov."""
    names = sorted(_claimed(provenance))
    if len(names) != 1:
        raise ChartError("a provenance file must name one package")
    return names[0]


def claims(provenance: bytes, package: Path) -> bool:
    """Whether a .prov names just this package and its digest, without any check of the signature; raises ChartError."""
    return _claimed(provenance).get(package.name) == "sha256:" + hashlib.sha256(package.read_bytes()).hexdigest()


def _claimed(provenance: bytes) -> dict[str, str]:
    """The digests that a .prov states, by file name, unchecked."""
    if _BEGIN not in provenance:
        raise ChartError("signature block not found")
    text = provenance.partition(_BEGIN)[2].partition(b"-----BEGIN PGP SIGNATURE-----")[0]
    return _sums(text)


def sign(package: str | Path, keyring: str | Path, key_name: str, passphrase: Callable[[str], str]) -> str:
    """The text of the .prov of a package, signed by the key whose user id contains `key_name`.

    `passphrase` is asked, with a user id, if the key is locked. Raises ChartError.
    """
    from helmpy.yaml import emitter

    path = Path(package)
    certificate = _signing_key(_load_keyring(keyring), key_name)
    signer = _signer(certificate, passphrase)
    metadata = loader.load(path).metadata
    digest = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    sums = emitter.dump({"files": {path.name: digest}})
    text = f"{emitter.dump(metadata.to_dict())}\n...\n{sums}"
    library = _pysequoia()
    signed: bytes = library.sign(signer, text.encode(), mode=library.SignatureMode.CLEAR)
    return signed.decode()


def _verified_text(provenance: bytes, keyring: list[Any]) -> tuple[bytes, list[Any]]:
    """The signed text and the keys that signed it."""
    try:
        # The library picks from the keyring the certificate that holds the key named by the signature.
        result = _pysequoia().verify(provenance, lambda ids: keyring)
        content: bytes | None = result.bytes
        fingerprints = {signature.certificate.lower() for signature in result.valid_sigs}
    except Exception as error:  # the library raises bare exceptions for every bad signature
        raise ChartError(f"openpgp: signature not valid: {_first_line(error)}") from None
    signers = [key for key in keyring if key.fingerprint.lower() in fingerprints]
    if content is None or not signers:
        raise ChartError("openpgp: signature made by unknown entity")
    return content, signers


def _sums(text: bytes) -> dict[str, str]:
    parts = text.replace(b"\r\n", b"\n").split(b"\n...\n")
    if len(parts) < 2:
        raise ChartError("message block must have at least two parts")
    try:
        return dict(decode.load(parts[1], _SUMS).get("files", {}))
    except GoError as error:
        raise ChartError(str(error)) from None


def _signing_key(keyring: list[Any], name: str) -> Any:
    exact = [key for key in keyring if any(str(user) == name for user in key.user_ids)]
    partial = [key for key in keyring if any(name in str(user) for user in key.user_ids)]
    if not exact and len(partial) > 1:
        raise ChartError(f'more than one key contain the id "{name}"')
    if not (exact or partial):
        raise ChartError("private key not found")
    key = (exact or partial)[0]
    if _secrets(key) is None:
        raise ChartError("provided key is not a private key. Try providing a keyring with secret keys")
    return key


def _signer(certificate: Any, passphrase: Callable[[str], str]) -> Any:
    secrets = _secrets(certificate)
    try:
        return secrets.signer()
    except Exception:  # locked: the library has one exception for it and for a wrong passphrase
        user = next((str(user) for user in certificate.user_ids), "Unknown")
        try:
            return secrets.signer(passphrase(user))
        except Exception as error:
            raise ChartError(f"openpgp: invalid data: private key checksum failure ({_first_line(error)})") from None


def _secrets(certificate: Any) -> Any:
    """The secret keys of a certificate, None without any."""
    import warnings

    with warnings.catch_warnings():
        # Its successor cannot read a file of several secret keys.
        warnings.simplefilter("ignore", DeprecationWarning)
        return certificate.secrets


def _load_keyring(path: str | Path) -> list[Any]:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ChartError(f"open {path}: {(error.strerror or '').lower()}") from None
    library = _pysequoia()
    blocks = _keybox_keys(data) if data[8:12] == b"KBXf" else _ARMOR.findall(data) or [data]
    try:
        return [certificate for block in blocks for certificate in library.Cert.split_bytes(block)]
    except Exception as error:
        raise ChartError(f"reading keyring {path}: {_first_line(error)}") from None


def _keybox_keys(data: bytes) -> list[bytes]:
    """The OpenPGP keys in a keybox, as newer GnuPG keeps them: blobs of length, type, …, offset and size of the key."""
    keys, at = [], 0
    while at + 16 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        blob = data[at : at + size]
        if size < 16 or len(blob) < size:
            raise ChartError("the keybox is damaged")
        if blob[4] == 2:
            start, length = int.from_bytes(blob[8:12], "big"), int.from_bytes(blob[12:16], "big")
            keys.append(blob[start : start + length])
        at += size
    return keys


def _first_line(error: Exception) -> str:
    """Without the stack that the library appends."""
    return str(error).partition("\n")[0]


def _pysequoia() -> Any:
    try:
        import pysequoia
    except ImportError:
        raise ChartError("signing and verifying need OpenPGP: pip install 'helmpy[provenance]'") from None
    return pysequoia
