"""JSON text as Go writes it: fields in the order of their structs, maps by key. Some messages quote whole objects so.

A patch reads the parts that it goes through into maps, and those come out by key. Called by `patching` for what it refuses.
"""

from typing import Any

from cluster_core.apimachinery.gvk import GVK
from cluster_core.apiserver.protobuf.reader import fields_of, message_of

Object = dict[str, Any]


def patched_text(obj: Object, gvk: GVK, path_of_patch: Object) -> str:
    """The text of an object of a kind after a patch; `path_of_patch` has a dict for every part that the patch went through."""
    import json

    message = message_of(gvk.api_version, gvk.kind)
    return json.dumps(_ordered(obj, message, path_of_patch), separators=(",", ":"), ensure_ascii=False)


def merge_path(patch: Any) -> Object:
    """The parts that a merge patch goes through."""
    return {k: merge_path(v) for k, v in patch.items() if isinstance(v, dict)}


def operations_path(operations: Any) -> Object:
    """The parts that the operations of a JSON patch go through."""
    found: Object = {}
    for operation in operations or ():
        for name in ("path", "from"):
            part = found
            for token in str(operation.get(name) or "").split("/")[1:-1]:
                part = part.setdefault(token.replace("~1", "/").replace("~0", "~"), {})
    return found


def _ordered(value: Any, message: str, touched: Object | None) -> Any:
    if isinstance(value, list):
        return [_ordered(item, message, (touched or {}).get(str(index))) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    fields = fields_of(message)
    names = sorted(value)
    if touched is None:
        names = [*(name for name in fields if name in value), *(name for name in names if name not in fields)]
    below = {name: fields[name].message for name in names if name in fields and fields[name].mark != "{"}
    return {name: _ordered(value[name], below.get(name, ""), (touched or {}).get(name)) for name in names}
