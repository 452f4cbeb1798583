"""Checksums: sha1sum, sha256sum, sha512sum, adler32sum."""

from helmpy.golang.function import Function
from helmpy.golang.types import go_bytes


def _digest(algorithm: str, text: str) -> str:
    import hashlib

    return hashlib.new(algorithm, go_bytes(text), usedforsecurity=False).hexdigest()


def sha1sum(text: str) -> str:
    """SHA-1 in hexadecimal."""
    return _digest("sha1", text)


def sha256sum(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return _digest("sha256", text)


def sha512sum(text: str) -> str:
    """SHA-512 in hexadecimal."""
    return _digest("sha512", text)


def adler32sum(text: str) -> str:
    """Adler-32 in decimal."""
    import zlib

    return str(zlib.adler32(go_bytes(text)))


TABLE = (
    Function("adler32sum", adler32sum, ("string",), "string"),
    Function("sha1sum", sha1sum, ("string",), "string"),
    Function("sha256sum", sha256sum, ("string",), "string"),
    Function("sha512sum", sha512sum, ("string",), "string"),
)
