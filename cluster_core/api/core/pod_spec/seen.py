"""Remembers pod specs that were found good: pods of one workload differ in nothing but the name of their token's volume.

Called by `validation`. Must not know any rule.
"""

import marshal
from typing import Any

LIMIT = 1024
TOKEN = "kube-api-access-"
_NAME_LENGTH = len(TOKEN) + 5
_MARSHAL = 2
"""The last version of marshal's format in which equal values give equal bytes."""
_NO_NAME = b"\0" * _NAME_LENGTH

_good: dict[bytes, None] = {}


def key_of(spec: dict[str, Any], *circumstances: Any) -> bytes:
    """Equal for specs about which every rule says the same; empty for those that cannot be told by their text alone."""
    token = ""
    for volume in spec.get("volumes") or ():
        name = volume.get("name", "")
        if "ephemeral" in volume:
            return b""  # the rules look at the pod's name too
        if name.startswith(TOKEN):
            token = name
    try:
        text = marshal.dumps((circumstances, spec), _MARSHAL)
    except ValueError:
        return b""
    # No good name looks like the one that is put in: two volumes of one name stay two of one name.
    return text.replace(token.encode(), _NO_NAME) if len(token) == _NAME_LENGTH and token.isascii() else text


def is_good(key: bytes) -> bool:
    """Whether a spec with this key was found good."""
    return key in _good


def remember(key: bytes) -> None:
    """A spec with this key is good."""
    if key:
        if len(_good) >= LIMIT:
            _good.clear()
        _good[key] = None
