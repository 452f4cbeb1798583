"""Walks over objects by type: their field sets, what differs between two, merging one into another, removing paths."""

from typing import Any, NamedTuple

from cluster_core.apimachinery.managed_fields import sets
from cluster_core.apimachinery.managed_fields.sets import MEMBER, Node
from cluster_core.apimachinery.managed_fields.types import ATOMIC, KEYED, LIST, MAP, SCALAR, SET, Type, resolved

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING"})()


class TypeMismatchError(ValueError):
    """An applied object does not fit its schema; the text lists every place."""


class Comparison(NamedTuple):
    """Paths that were added, changed and removed."""

    added: Node
    modified: Node
    removed: Node


def element_of(type: Type, item: Any, index: int) -> str:
    """The path element of a list's item; raises KeyError if it has none of the keys."""
    if type.relation == SET:
        return sets.value_element(item)
    keys = {}
    for key in type.keys:
        if key in item:
            keys[key] = item[key]
        elif key in type.key_defaults:
            keys[key] = type.key_defaults[key]
    if not keys:
        raise KeyError(type.keys)
    return sets.key_element(keys)


def _elements(type: Type, items: list[Any] | None) -> dict[str, Any]:
    """Items by path element; of duplicates the first counts."""
    found: dict[str, Any] = {}
    for index, item in enumerate(items or ()):
        try:
            found.setdefault(element_of(type, item, index), item)
        except (KeyError, TypeError):
            continue
    return found


def _is_leaf(type: Type) -> bool:
    return type.kind == SCALAR or type.relation == ATOMIC


# Field sets


def field_set(type: Type, value: Any) -> Node:
    """Every path that the value sets."""
    return _field_set(type, value)


def _field_set(type: Type, value: Any) -> Node:
    type = resolved(type, value)
    if value is None or _is_leaf(type):
        return sets.leaf()
    if type.kind == MAP:
        return _map_field_set(type, value) if isinstance(value, dict) else sets.leaf()
    if not isinstance(value, list):
        return sets.leaf()
    node: Node = {}
    for element, item in _elements(type, value).items():
        child = _field_set(_item_type(type), item) if type.relation == KEYED else {}
        node[element] = {**child, MEMBER: True}
    return node


def _item_type(type: Type) -> Type:
    element = type.element
    assert element is not None
    return element


def _map_field_set(type: Type, value: dict[str, Any]) -> Node:
    node: Node = {}
    for name, child in value.items():
        child_type = type.child(name)
        if child_type is None:
            continue
        below = _field_set(child_type, child)
        if child is None or child == {} or name not in type.fields:
            below = {**below, MEMBER: True}
        if below:
            node[f"f:{name}"] = below
    return node


# Comparing


def compare(type: Type, old: Any, new: Any) -> Comparison:
    """What changed from `old` to `new`; shared branches cost nothing."""
    added: Node = {}
    modified: Node = {}
    removed: Node = {}
    _compare(type, old, new, added, modified, removed)
    return Comparison(added, modified, removed)


def _compare(type: Type, old: Any, new: Any, added: Node, modified: Node, removed: Node) -> None:
    if old is new:
        return
    type = resolved(type, old if new is MISSING or new is None else new)
    if _is_leaf(type) or (_is_empty(old) and _is_empty(new)):
        if old is MISSING:
            added[MEMBER] = True
        elif new is MISSING:
            removed[MEMBER] = True
        elif old != new or isinstance(old, bool) != isinstance(new, bool):
            modified[MEMBER] = True
        return
    if type.kind == MAP:
        _compare_maps(type, old, new, added, modified, removed)
    else:
        _compare_lists(type, old, new, added, modified, removed)
    if old is MISSING:
        added[MEMBER] = True
    elif new is MISSING:
        removed[MEMBER] = True


def _is_empty(value: Any) -> bool:
    return value is MISSING or value is None or value == {} or value == []


def _compare_maps(type: Type, old: Any, new: Any, added: Node, modified: Node, removed: Node) -> None:
    old = old if isinstance(old, dict) else {}
    new = new if isinstance(new, dict) else {}
    for name in old.keys() | new.keys():
        child_type = type.child(name)
        if child_type is not None:
            sides = (old.get(name, MISSING), new.get(name, MISSING))
            _descend(child_type, f"f:{name}", *sides, added, modified, removed)


def _compare_lists(type: Type, old: Any, new: Any, added: Node, modified: Node, removed: Node) -> None:
    before = _elements(type, old if isinstance(old, list) else None)
    after = _elements(type, new if isinstance(new, list) else None)
    for element in before.keys() | after.keys():
        sides = (before.get(element, MISSING), after.get(element, MISSING))
        _descend(_item_type(type), element, *sides, added, modified, removed)


def _descend(type: Type, element: str, old: Any, new: Any, added: Node, modified: Node, removed: Node) -> None:
    if old is new:
        return
    parts: tuple[Node, Node, Node] = ({}, {}, {})
    _compare(type, old, new, *parts)
    for whole, part in zip((added, modified, removed), parts, strict=True):
        if part:
            whole[element] = part


# Merging


def merge(type: Type, live: Any, config: Any) -> Any:
    """`config` merged into `live`; config wins at leaves. Shares unchanged branches."""
    if config is MISSING:
        return live
    if live is MISSING:
        live = None
    type = resolved(type, config if config is not None else live)
    if config is None or _is_leaf(type) or (_is_empty(live) and _is_empty(config)):
        return config
    if type.kind == MAP:
        return _merge_maps(type, live if isinstance(live, dict) else {}, config)
    return _merge_lists(type, live if isinstance(live, list) else [], config)


def _merge_maps(type: Type, live: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    result = dict(live)
    for name, value in config.items():
        child_type = type.child(name)
        if child_type is not None:
            result[name] = merge(child_type, live.get(name, MISSING), value)
    return result


def _merge_lists(type: Type, live: list[Any], config: list[Any]) -> list[Any]:
    """Items in upstream's order: the config's, with what only the live list has kept in its place."""
    left = [element_of(type, item, i) for i, item in enumerate(live)]
    right = [element_of(type, item, i) for i, item in enumerate(config)]
    lefts, rights = _elements(type, live), _elements(type, config)
    shared = [e for e in right if e in lefts]
    merged: set[str] = set()
    result: list[Any] = []
    item_type = _item_type(type)
    at_left = at_right = 0
    while at_left < len(left) or at_right < len(right):
        if at_left < len(left) and at_right < len(right):
            element = left[at_left]
            if element == right[at_right]:
                merged.add(element)
                result.append(merge(item_type, lefts[element], rights[element]))
                at_left, at_right = at_left + 1, at_right + 1
                shared = shared[1:]
                continue
            if element in rights and shared and shared[0] != element:
                at_left += 1
                continue
        if at_left < len(left):
            element = left[at_left]
            if element not in rights:
                result.append(live[at_left])
                at_left += 1
                continue
            if element in merged:
                at_left += 1
        if at_right < len(right):
            element = right[at_right]
            merged.add(element)
            result.append(merge(item_type, lefts.get(element, MISSING), rights[element]))
            at_right += 1
            if shared and shared[0] == element:
                shared = shared[1:]
    return result


# Removing


def remove(type: Type, value: Any, paths: Node) -> Any:
    """The value without the paths of a set; emptied maps and lists become None."""
    type = resolved(type, value)
    if type.kind == SCALAR or value is None:
        return value
    if type.relation == ATOMIC or not value:
        return None
    if type.kind == MAP and isinstance(value, dict):
        kept = {}
        for name, child in value.items():
            below = paths.get(f"f:{name}")
            if below is None:
                kept[name] = child
            elif MEMBER not in below:
                child_type = type.child(name)
                kept[name] = remove(child_type, child, below) if child_type is not None else child
        return kept or None
    if type.kind == LIST and isinstance(value, list):
        return _remove_items(type, value, paths) or None
    return value


def _remove_items(type: Type, value: list[Any], paths: Node) -> list[Any]:
    kept = []
    for index, item in enumerate(value):
        below = paths.get(element_of(type, item, index))
        if below is None:
            kept.append(item)
        elif MEMBER not in below:
            kept.append(remove(_item_type(type), item, below))
    return kept


def ensure_named(type: Type, node: Node, value_type_known: bool = True) -> Node:
    """A set with every declared struct field on the way to a member made a member too."""
    result: Node = {}
    for key, child in node.items():
        if key == MEMBER:
            result[key] = True
            continue
        child_type = _type_below(type, key)
        below = ensure_named(child_type, child) if child_type is not None else child
        if key.startswith("f:") and type.kind == MAP and key[2:] in type.fields:
            below = {**below, MEMBER: True}
        result[key] = below
    return result


def _type_below(type: Type, key: str) -> Type | None:
    if key.startswith("f:"):
        return type.child(key[2:]) if type.kind == MAP else None
    return type.element if type.kind == LIST else None


# Validating


def validate(type: Type, value: Any) -> None:
    """Check an applied object against its type; raises TypeMismatchError with every problem."""
    problems: list[str] = []
    _validate(type, value, "", problems)
    if problems:
        lines = "\n".join(f"  {p}" for p in problems)
        raise TypeMismatchError(problems[0] if len(problems) == 1 else f"errors:\n{lines}")


def _validate(type: Type, value: Any, path: str, problems: list[str]) -> None:
    type = resolved(type, value)
    if value is None:
        return
    if type.kind == SCALAR:
        _validate_scalar(type, value, path, problems)
    elif type.kind == MAP:
        if not isinstance(value, dict):
            problems.append(f"{path}: expected map, got {_described(value)}")
            return
        for name, child in value.items():
            child_type = type.child(name)
            if child_type is None:
                if not type.open:
                    problems.append(f"{path}.{name}: field not declared in schema")
                continue
            _validate(child_type, child, f"{path}.{name}", problems)
    else:
        _validate_list(type, value, path, problems)


def _validate_list(type: Type, value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, list):
        problems.append(f"{path}: expected list, got {_described(value)}")
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        place = f"[{index}]"
        if type.relation in (KEYED, SET):
            try:
                element = element_of(type, item, index)
            except KeyError as error:
                names = "[" + " ".join(map(_quoted, error.args[0])) + "]"
                text = f"associative list with keys has an element that omits all key fields {names}"
                text += " (and doesn't have default values for any key fields)"
                problems.append(f"{path}: element {index}: {text}")
                continue
            except TypeError:
                continue
            place = sets.element_text(element)
            if element in seen:
                problems.append(f"{path}: duplicate entries for key {place}")
                continue
            seen.add(element)
        _validate(_item_type(type), item, path + place, problems)


_SCALARS = {"string": (str,), "numeric": (int, float), "boolean": (bool,)}


def _validate_scalar(type: Type, value: Any, path: str, problems: list[str]) -> None:
    wanted = _SCALARS.get(type.scalar)
    if wanted is None:
        if isinstance(value, (dict, list)):
            problems.append(f"{path}: expected scalar, got {_described(value)}")
        return
    if not isinstance(value, wanted) or (isinstance(value, bool) and type.scalar != "boolean"):
        shown = _described(value) if type.scalar == "string" else _kind_of(value)
        problems.append(f"{path}: expected {_NAMES[type.scalar]}, got {shown}")


_NAMES = {"string": "string", "numeric": "numeric (int or float)", "boolean": "boolean"}


def _kind_of(value: Any) -> str:
    """A value's kind as errors of scalars name it."""
    if isinstance(value, (dict, list)):
        return _described(value)
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "int" if isinstance(value, int) else "float"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _described(value: Any) -> str:
    """A value as upstream's type errors print it."""
    return f"&value.valueUnstructured{{Value:{_go_syntax(value)}}}"


def _go_syntax(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        inner = ", ".join(f'"{k}":{_go_syntax(v)}' for k, v in sorted(value.items()))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return "[]interface {}{" + ", ".join(map(_go_syntax, value)) + "}"
    return "interface {}(nil)" if value is None else str(value)
