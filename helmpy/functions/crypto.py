"""Passwords and symmetric encryption: bcrypt, htpasswd, derivePassword, encryptAES, decryptAES."""

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from helmpy.functions.encoding import decode_base64
from helmpy.golang.function import Function
from helmpy.golang.types import GoError, go_bytes, go_string

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

_BCRYPT_COST = 10
_BCRYPT_LIMIT = 72
_BLOCK = 16
_SCRYPT_MEMORY = 64 << 20

# The Master Password algorithm, version 0: which classes of characters a password has, and what is in each class.
_SEED = b"com.lyndir.masterpassword"
_TEMPLATES = {
    "maximum": ("anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"),
    "long": [
        "CvcvnoCvcvCvcv",
        "CvcvCvcvnoCvcv",
        "CvcvCvcvCvcvno",
        "CvccnoCvcvCvcv",
        "CvccCvcvnoCvcv",
        "CvccCvcvCvcvno",
        "CvcvnoCvccCvcv",
        "CvcvCvccnoCvcv",
        "CvcvCvccCvcvno",
        "CvcvnoCvcvCvcc",
        "CvcvCvcvnoCvcc",
        "CvcvCvcvCvccno",
        "CvccnoCvccCvcv",
        "CvccCvccnoCvcv",
        "CvccCvccCvcvno",
        "CvcvnoCvccCvcc",
        "CvcvCvccnoCvcc",
        "CvcvCvccCvccno",
        "CvccnoCvcvCvcc",
        "CvccCvcvnoCvcc",
        "CvccCvcvCvccno",
    ],
    "medium": ("CvcnoCvc", "CvcCvcno"),
    "short": ("Cvcn",),
    "basic": ("aaanaaan", "aannaaan", "aaannaaa"),
    "pin": ("nnnn",),
}
_VOWELS, _CONSONANTS, _NUMBERS = "AEIOU", "BCDFGHJKLMNPQRSTVWXYZ", "0123456789"
_LETTERS = _VOWELS + _VOWELS.lower() + _CONSONANTS + _CONSONANTS.lower()
_CLASSES = {
    "V": _VOWELS,
    "C": _CONSONANTS,
    "v": _VOWELS.lower(),
    "c": _CONSONANTS.lower(),
    "A": _VOWELS + _CONSONANTS,
    "a": _LETTERS,
    "n": _NUMBERS,
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": _LETTERS + _NUMBERS + "!@#$%^&*()",
}


def bcrypt(password: str) -> str:
    """A bcrypt hash, or the text of the error."""
    import bcrypt as library

    data = go_bytes(password)
    if len(data) > _BCRYPT_LIMIT:
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
    return library.hashpw(data, library.gensalt(_BCRYPT_COST, prefix=b"2a")).decode("ascii")


def htpasswd(user: str, password: str) -> str:
    """A line of an htpasswd file, or the text of the error."""
    return f"invalid username: {user}" if ":" in user else f"{user}:{bcrypt(password)}"


def derive_password(counter: int, kind: str, password: str, user: str, site: str) -> str:
    """A password for a site that can be computed again from the master password; or the text of the error."""
    templates = _TEMPLATES.get(kind)
    if templates is None:
        return f"cannot find password template {kind}"
    salt = _SEED + _sized(user)
    key = hashlib.scrypt(go_bytes(password), salt=salt, n=32768, r=8, p=2, dklen=64, maxmem=_SCRYPT_MEMORY)
    message = _SEED + _sized(site) + (counter & 0xFFFF_FFFF).to_bytes(4, "big")
    seed = hmac.digest(key, message, "sha256")
    template = templates[seed[0] % len(templates)]
    classes = (_CLASSES[name] for name in template)
    return "".join(letters[byte % len(letters)] for letters, byte in zip(classes, seed[1:], strict=False))


def _sized(text: str) -> bytes:
    data = go_bytes(text)
    return len(data).to_bytes(4, "big") + data


def encrypt_aes(password: str, text: str) -> str:
    """AES-256-CBC with the password as key and a random start, in base 64; "" for ""."""
    if not text:
        return ""
    data = go_bytes(text)
    padding = _BLOCK - len(data) % _BLOCK
    start = secrets.token_bytes(_BLOCK)
    encryptor = _cipher(password, start).encryptor()
    encrypted = encryptor.update(data + bytes([padding]) * padding) + encryptor.finalize()

    from base64 import b64encode

    return b64encode(start + encrypted).decode("ascii")


def decrypt_aes(password: str, encrypted: str) -> str:
    """What `encrypt_aes` encrypted. Raises GoError for what is no such text."""
    if not encrypted:
        return ""
    data = decode_base64(encrypted)
    capacity = len(go_bytes(encrypted)) // 4 * 3
    if capacity < _BLOCK:
        raise GoError(f"runtime error: slice bounds out of range [:{_BLOCK}] with capacity {capacity}")
    if len(data) < _BLOCK:
        raise GoError(f"runtime error: slice bounds out of range [{_BLOCK}:{len(data)}]")
    if len(data) % _BLOCK:
        raise GoError("crypto/cipher: input not full blocks")
    if len(data) == _BLOCK:
        raise GoError("runtime error: index out of range [-1]")
    decryptor = _cipher(password, data[:_BLOCK]).decryptor()
    decrypted = decryptor.update(data[_BLOCK:]) + decryptor.finalize()
    length = len(decrypted) - decrypted[-1]
    if length < 0:
        raise GoError(f"runtime error: slice bounds out of range [:{length}]")
    return go_string(decrypted[:length])


def _cipher(password: str, start: bytes) -> "Cipher[CBC]":
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    return Cipher(AES(go_bytes(password)[:32].ljust(32, b"\0")), CBC(start))


TABLE = (
    Function("bcrypt", bcrypt, ("string",), "string"),
    Function("decryptAES", decrypt_aes, ("string", "string"), "string"),
    Function("derivePassword", derive_password, ("uint32", "string", "string", "string", "string"), "string"),
    Function("encryptAES", encrypt_aes, ("string", "string"), "string"),
    Function("htpasswd", htpasswd, ("string", "string"), "string"),
)
