"""Whether two pod templates mean the same to Go: absent and empty lists and maps are equal, unset and zero pointers are not."""

from typing import Any

from cluster_core.controllers.podtemplate.encode import encode_struct


def same_template(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Semantic equality. Most templates that differ do so plainly, which is cheap to see; only doubt costs an encoding."""
    if one == other:
        return True
    return _alike(one, other) and encode_struct("PodTemplateSpec", one) == encode_struct("PodTemplateSpec", other)


def _alike(one: Any, other: Any) -> bool:
    """Equal if everything empty, zero or false counts as absent: true for all that are equal, and for few others."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_alike(one.get(key), other.get(key)) for key in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return bool(one == other or (not one and not other))
