"""Three-way patches for client-side apply: what the new manifest changes and removes, over what is live.

For built-in kinds a strategic merge patch (its merge keys are in the schema), for others a JSON merge patch from the old
manifest to the new one, as Helm does.
"""

from typing import Any

from cluster_core.api.schema.shapes import Shape, shape_for
from cluster_core.apimachinery.gvk import GVK

Object = dict[str, Any]


def patch_of(original: Object, modified: Object, live: Object, gvk: GVK) -> tuple[str, Object]:
    """("strategic" or "merge", the patch); an empty patch means that nothing has to change."""
    shape = shape_for(gvk)
    if shape is None:
        return "merge", _merge_patch(original, modified)
    changes = _Difference(additions=True).of(live, modified, shape)
    deletions = _Difference(additions=False).of(original, modified, shape)
    return "strategic", _joined(deletions, changes, shape)


def _merge_patch(old: Object, new: Object) -> Object:
    """RFC 7386 from one object to the other."""
    patch: Object = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            inner = _merge_patch(before, value)
            if inner:
                patch[key] = inner
        elif value != before:
            patch[key] = value
    return patch


def _child(shape: Shape | None, name: str) -> tuple[Shape | None, str, bool]:
    """Shape, merge key and whether lists are merged, of a field."""
    field = shape.fields.get(name) if shape is not None else None
    if field is None:
        return (shape.element if shape is not None else None), "", False
    return field.shape, field.merge_key, "merge" in field.patch_strategies


class _Difference:
    """One half of a three-way patch: either what is new and changed, or what is gone."""

    def __init__(self, additions: bool) -> None:
        self._additions = additions

    def of(self, old: Object, new: Object, shape: Shape | None) -> Object:
        patch: Object = {} if self._additions else {key: None for key in old if key not in new}
        for key, value in new.items():
            if key not in old:
                if self._additions:
                    patch[key] = value
                continue
            self._field(patch, key, old[key], value, shape)
        return patch

    def _field(self, patch: Object, key: str, old: Any, new: Any, shape: Shape | None) -> None:
        child, merge_key, merged = _child(shape, key)
        if isinstance(new, dict) and isinstance(old, dict):
            inner = self.of(old, new, child)
            if inner:
                patch[key] = inner
        elif isinstance(new, list) and isinstance(old, list) and merged:
            self._list(patch, key, old, new, child.element if child else None, merge_key)
        elif self._additions and new != old:
            patch[key] = new

    def _list(
        self, patch: Object, key: str, old: list[Any], new: list[Any], shape: Shape | None, merge_key: str
    ) -> None:
        if not merge_key:
            self._primitives(patch, key, old, new)
            return
        before = {item.get(merge_key): item for item in old}
        after = {item.get(merge_key): item for item in new}
        items: list[Object] = []
        for name, item in after.items():
            if name not in before:
                items += [item] if self._additions else []
                continue
            inner = self.of(before[name], item, shape)
            if inner:
                items.append({**inner, merge_key: name})
        if not self._additions:
            items += [{"$patch": "delete", merge_key: name} for name in before if name not in after]
        if items:
            patch[key] = items
            patch[f"$setElementOrder/{key}"] = [{merge_key: name} for name in after]

    def _primitives(self, patch: Object, key: str, old: list[Any], new: list[Any]) -> None:
        if self._additions:
            added = [item for item in new if item not in old]
            if added:
                patch[key] = added
                patch[f"$setElementOrder/{key}"] = new
        else:
            gone = [item for item in old if item not in new]
            if gone:
                patch[f"$deleteFromPrimitiveList/{key}"] = gone
                patch[f"$setElementOrder/{key}"] = new


def _joined(deletions: Object, changes: Object, shape: Shape | None) -> Object:
    """Both halves as one patch."""
    patch = dict(deletions)
    for key, value in changes.items():
        before = patch.get(key)
        child, merge_key, merged = _child(shape, key)
        if isinstance(value, dict) and isinstance(before, dict):
            patch[key] = _joined(before, value, child)
        elif isinstance(value, list) and isinstance(before, list) and merged and merge_key:
            patch[key] = _joined_list(before, value, child.element if child else None, merge_key)
        else:
            patch[key] = value
    return patch


def _joined_list(deletions: list[Object], changes: list[Object], shape: Shape | None, merge_key: str) -> list[Object]:
    found = {item.get(merge_key): item for item in deletions}
    for item in changes:
        name = item.get(merge_key)
        found[name] = _joined(found[name], item, shape) if name in found else item
    return list(found.values())
