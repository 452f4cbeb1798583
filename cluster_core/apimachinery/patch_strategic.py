"""Strategic merge patch: merges lists by key as the field schema says, with the $patch, $retainKeys, $setElementOrder directives.

The schema comes as an object with `fields` (name → field with `shape`, `merge_key`, `patch_strategies`) and `element`; None means free form,
where lists are replaced. Results share what did not change with the original.
"""

from typing import Any

Object = dict[str, Any]
DIRECTIVE, RETAIN_KEYS = "$patch", "$retainKeys"
DELETE_FROM, SET_ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"


class StrategicPatchError(ValueError):
    """The patch makes no sense; the text is the server's."""


def apply(original: Object, patch: Object, shape: Any) -> Object:
    """The patched object; raises StrategicPatchError."""
    merged = _merge_map(original, patch, shape)
    return merged if merged is not None else {}


def _field(shape: Any, name: str) -> Any:
    return shape.fields.get(name) if shape is not None else None


def _child_shape(shape: Any, name: str) -> Any:
    field = _field(shape, name)
    if field is not None:
        return field.shape
    return getattr(shape, "element", None)


def _merge_map(original: Object, patch: Object, shape: Any) -> Object:
    directive = patch.get(DIRECTIVE)
    if directive is not None:
        if directive == "replace":
            return {k: v for k, v in patch.items() if k != DIRECTIVE}
        if directive == "delete":
            return {}
        if directive != "merge":
            raise StrategicPatchError(f"unknown patch type found: {directive}")
    result = dict(original)
    retain = patch.get(RETAIN_KEYS)
    if retain is not None:
        _check_retained(patch, retain)
        result = {k: v for k, v in result.items() if k in retain}
    for key, value in patch.items():
        if key in (DIRECTIVE, RETAIN_KEYS) or key.startswith(SET_ORDER):
            continue
        if key.startswith(DELETE_FROM):
            _delete_from_primitives(result, key.removeprefix(DELETE_FROM), value)
        elif value is None:
            result.pop(key, None)
        else:
            result[key] = _merge_value(result.get(key), value, shape, key, patch.get(SET_ORDER + key))
    for key, order in patch.items():
        if key.startswith(SET_ORDER) and key.removeprefix(SET_ORDER) not in patch:
            name = key.removeprefix(SET_ORDER)
            if isinstance(result.get(name), list):
                result[name] = _ordered(result[name], [], order, _merge_key(shape, name))
    return result


def _check_retained(patch: Object, retain: Any) -> None:
    for key in patch:
        if key not in (DIRECTIVE, RETAIN_KEYS) and not key.startswith("$") and key not in retain:
            raise StrategicPatchError(f"{RETAIN_KEYS} list doesn't contain all fields present in the patch map")


def _merge_key(shape: Any, name: str) -> str:
    field = _field(shape, name)
    if field is None or "merge" not in field.patch_strategies:
        return ""
    return str(field.merge_key)


def _merge_value(old: Any, new: Any, shape: Any, key: str, order: Any) -> Any:
    field = _field(shape, key)
    if isinstance(new, dict):
        replace = field is not None and "replace" in field.patch_strategies
        base = {} if replace or not isinstance(old, dict) else old
        return _merge_map(base, new, _child_shape(shape, key))
    if isinstance(new, list):
        if field is None or "merge" not in field.patch_strategies:
            return _without_directives(new)
        base_list = old if isinstance(old, list) else []
        return _merge_list(base_list, new, field, order)
    return new


def _without_directives(items: list[Any]) -> list[Any]:
    cleaned = []
    for item in items:
        if isinstance(item, dict) and item.keys() == {DIRECTIVE}:
            continue
        cleaned.append(item)
    return cleaned


def _merge_list(old: list[Any], new: list[Any], field: Any, order: Any) -> list[Any]:
    if any(not isinstance(i, dict) for i in (*old, *new)):
        merged = list(old)
        merged += [v for i, v in enumerate(new) if v not in old and v not in new[:i]]
        return _ordered(merged, new, order, "")
    merge_key = field.merge_key
    element = field.shape.element
    replace = any(i.get(DIRECTIVE) == "replace" for i in new)
    if replace:
        return [i for i in new if DIRECTIVE not in i]
    result: list[Any] = list(old)
    for item in new:
        _merge_item(result, item, merge_key, element)
    return _ordered(result, new, order, merge_key)


def _merge_item(result: list[Any], item: Object, merge_key: str, element: Any) -> None:
    if merge_key not in item:
        if item.get(DIRECTIVE) == "delete":
            raise StrategicPatchError(f"map: {_go_map(item)} does not contain declared merge key: {merge_key}")
        raise StrategicPatchError(f"map: {_go_map(item)} does not contain declared merge key: {merge_key}")
    wanted = item[merge_key]
    places = [i for i, old in enumerate(result) if old.get(merge_key) == wanted]
    directive = item.get(DIRECTIVE)
    if directive == "delete":
        for place in reversed(places):
            del result[place]
    elif places:
        result[places[0]] = _merge_map(result[places[0]], item, element)
    else:
        result.append(_merge_map({}, item, element))


def _go_map(item: Object) -> str:
    inner = " ".join(f"{k}:{_go_value(v)}" for k, v in sorted(item.items()))
    return f"map[{inner}]"


def _go_value(value: Any) -> str:
    if isinstance(value, dict):
        return _go_map(value)
    if isinstance(value, list):
        return "[" + " ".join(map(_go_value, value)) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _delete_from_primitives(result: Object, name: str, values: Any) -> None:
    old = result.get(name)
    if isinstance(old, list) and isinstance(values, list):
        result[name] = [v for v in old if v not in values]


def _ordered(merged: list[Any], patch_items: list[Any], order: Any, merge_key: str) -> list[Any]:
    """The merged list in the order that the patch wishes; items that only the server has keep their relative place."""
    if not isinstance(order, list):
        return merged

    def key_of(item: Any) -> Any:
        return item.get(merge_key) if merge_key and isinstance(item, dict) else item

    wanted = [key_of(o) for o in order]
    ranked = sorted((i for i in merged if key_of(i) in wanted), key=lambda i: wanted.index(key_of(i)))
    result: list[Any] = []
    position = {id(item): index for index, item in enumerate(merged)}
    rest = [i for i in merged if key_of(i) not in wanted]
    while ranked and rest:
        if position[id(rest[0])] < position[id(ranked[0])]:
            result.append(rest.pop(0))
        else:
            result.append(ranked.pop(0))
    return result + ranked + rest
