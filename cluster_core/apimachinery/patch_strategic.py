"""Strategic merge patch: merges lists by key as the field schema says, with the $patch, $retainKeys, $setElementOrder directives.

The schema comes as an object with `fields` (name → field with `shape`, `merge_key`, `patch_strategies`) and `element`; None means free form,
where lists are replaced. Results share what did not change with the original.
"""

from typing import Any

Object = dict[str, Any]
DIRECTIVE, RETAIN_KEYS = "$patch", "$retainKeys"
DELETE_FROM, SET_ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"


class StrategicPatchError(ValueError):
    """The patch makes no sense; the text is the server's. `internal` if the server owns up to a 500."""

    def __init__(self, text: str, internal: bool = False) -> None:
        super().__init__(text)
        self.internal = internal


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
            raise StrategicPatchError(f"unknown patch type: {directive} in map: {go_text(patch)}", internal=True)
    result = dict(original)
    retain = patch.get(RETAIN_KEYS)
    if retain is not None:
        if not isinstance(retain, list):
            raise StrategicPatchError("invalid patch format of retainKeys")
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
        name = key.removeprefix(SET_ORDER)
        if key.startswith(SET_ORDER):
            if not isinstance(order, list):
                raise StrategicPatchError(
                    f"expected a []interface {{}}, but received a {_go_kind(order)}", internal=True
                )
            if name not in patch and isinstance(result.get(name), list):
                merge_key = _merge_key(shape, name)
                result[name] = _ordered(result[name], order, original.get(name) or [], merge_key)
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
        return _ordered(merged, order if isinstance(order, list) else new, old, "")
    merge_key = field.merge_key
    element = field.shape.element
    replace = any(i.get(DIRECTIVE) == "replace" for i in new)
    if replace:
        return [i for i in new if DIRECTIVE not in i]
    result: list[Any] = list(old)
    for item in new:
        _merge_item(result, item, merge_key, element)
    wanted = order if isinstance(order, list) else [i for i in new if DIRECTIVE not in i]
    return _ordered(result, wanted, old, merge_key)


def _merge_item(result: list[Any], item: Object, merge_key: str, element: Any) -> None:
    if merge_key not in item:
        text = f"map: {go_text(item)} does not contain declared merge key: {merge_key}"
        raise StrategicPatchError(text, internal=True)
    wanted = item[merge_key]
    places = [i for i, old in enumerate(result) if old.get(merge_key) == wanted]
    directive = item.get(DIRECTIVE)
    if directive not in (None, "delete", "merge"):
        raise StrategicPatchError(f"unknown patch type: {directive} in map: {go_text(item)}", internal=True)
    if directive == "delete":
        for place in reversed(places):
            del result[place]
    elif places:
        result[places[0]] = _merge_map(result[places[0]], item, element)
    else:
        result.append(_merge_map({}, item, element))


def go_text(value: Any) -> str:
    """A value as Go prints it with %v."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{go_text(v)}" for k, v in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_text, value)) + "]"
    if value is None:
        return "<nil>"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _go_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, dict):
        return "map"
    return {str: "string", int: "int64", float: "float64"}.get(type(value), "<nil>")


def _delete_from_primitives(result: Object, name: str, values: Any) -> None:
    old = result.get(name)
    if isinstance(old, list) and isinstance(values, list):
        result[name] = [v for v in old if v not in values]


def _ordered(merged: list[Any], wanted: list[Any], server: list[Any], merge_key: str) -> list[Any]:
    """Items that the patch names in its order, the others in the server's, merged so that both orders hold."""

    def key_of(item: Any) -> Any:
        return item.get(merge_key) if merge_key and isinstance(item, dict) else item

    wishes, places = [key_of(w) for w in wanted], [key_of(s) for s in server]
    named = sorted((i for i in merged if key_of(i) in wishes), key=lambda i: wishes.index(key_of(i)))
    others = [i for i in merged if key_of(i) not in wishes]
    result: list[Any] = []
    while others and named:
        left, right = key_of(others[0]), key_of(named[0])
        comes_first = left in places and right in places and places.index(left) < places.index(right)
        result.append(others.pop(0) if comes_first else named.pop(0))
    return result + others + named
