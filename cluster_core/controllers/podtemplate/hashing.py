"""Names made from the content of a template: pod-template-hash and the hashes in names of ControllerRevisions."""

from typing import Any

from cluster_core.controllers.podtemplate.dump import dump_template

SAFE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Characters that cannot form words; hashes and generated suffixes use no other."""

_OFFSET, _PRIME, _MASK = 2166136261, 16777619, 0xFFFFFFFF
_SAFE = {str(d): SAFE_ALPHABET[ord(str(d)) % 27] for d in range(10)}


def pod_template_hash(template: dict[str, Any], collision_count: int | None = None) -> str:
    """The label value `pod-template-hash` of a defaulted template; the count is None until names have collided."""
    data = dump_template(template).encode("utf-8", "surrogateescape")
    if collision_count is not None:
        data += collision_count.to_bytes(4, "little") + bytes(4)
    return safe_encode(fnv1a_32(data))


def revision_hash(data: bytes, collision_count: int | None = None) -> str:
    """The hash in a StatefulSet revision's name: of the revision's data and the collision count in decimal."""
    if collision_count is not None:
        data += str(collision_count).encode()
    return safe_encode(fnv1_32(data))


def safe_encode(number: int) -> str:
    """The decimal digits of `number`, each replaced by a letter that cannot form words."""
    return "".join([_SAFE[digit] for digit in str(number)])


def fnv1a_32(data: bytes) -> int:
    """FNV-1a, 32 bits: xor, then multiply."""
    value = _OFFSET
    for byte in data:
        value = ((value ^ byte) * _PRIME) & _MASK
    return value


def fnv1_32(data: bytes) -> int:
    """FNV-1, 32 bits: multiply, then xor."""
    value = _OFFSET
    for byte in data:
        value = (value * _PRIME) & _MASK ^ byte
    return value


def fnv1a_128(data: bytes) -> int:
    """FNV-1a, 128 bits: orders the ports and subsets of endpoints."""
    value = 0x6C62272E07BB014262B821756295C58D
    for byte in data:
        value = ((value ^ byte) * 0x0000000001000000000000000000013B) & ((1 << 128) - 1)
    return value
