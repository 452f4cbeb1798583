"""Who is asking: HTTP basic credentials against the known users.

Plain passwords are compared in constant time; bcrypt takes its time, so a correct pair is remembered (hashed) and checking
runs in a thread. Must not know what a user wants.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping

_MAX_REMEMBERED = 1000


class Authenticator:
    """Checks `Authorization` headers."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self._users = dict(users)
        self._key = secrets.token_bytes(32)
        self._good: set[bytes] = set()

    def remembers(self, header: str) -> bool:
        """Whether this very header was right before: no need to hash again."""
        return self._fingerprint(header) in self._good

    def check(self, header: str) -> bool:
        """Whether the header names a user with the right password. May take a tenth of a second."""
        credentials = _parse(header)
        if credentials is None:
            return False
        name, password = credentials
        stored = self._users.get(name)
        # An unknown name costs as much as a wrong password.
        right = _matches(password, stored if stored is not None else _SOME_HASH) and stored is not None
        if right and len(self._good) < _MAX_REMEMBERED:
            self._good.add(self._fingerprint(header))
        return right

    def _fingerprint(self, header: str) -> bytes:
        return hmac.digest(self._key, header.encode("utf-8", "surrogateescape"), hashlib.sha256)


_SOME_HASH = "$2b$10$C6UzMDM.H6dfI/f/IKcEeO7ZxNcqb4XQfFv5lO1XeYh1dZ4hI1mWy"


def _parse(header: str) -> tuple[str, str] | None:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if colon else None


def _matches(password: str, stored: str) -> bool:
    if not stored.startswith(("$2a$", "$2b$", "$2y$")):
        return hmac.compare_digest(password.encode(), stored.encode())
    import bcrypt

    try:
        return bcrypt.checkpw(password.encode()[:72], stored.replace("$2y$", "$2b$", 1).encode())
    except ValueError:
        return False
