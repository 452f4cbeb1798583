"""JSON merge patch (RFC 7386) on read-only objects."""

from typing import Any


def merge(target: Any, patch: Any) -> Any:
    """The patched value; shares what did not change with `target`."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result
