"""Sets of field paths as trees: a node maps path elements to nodes; the key "." says that the path itself is a member.

Path elements are written as in FieldsV1: `f:name`, `k:{"name":"c"}`, `v:"x"`, `i:0`.
"""

import json
from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]
MEMBER = "."


def leaf() -> Node:
    """A set of just this path."""
    return {MEMBER: True}


def union(a: Node, b: Node) -> Node:
    """Paths in either."""
    if not a or not b:
        return a or b
    result = dict(a)
    for key, child in b.items():
        mine = result.get(key)
        result[key] = child if mine is None or key == MEMBER else union(mine, child)
    return result


def difference(a: Node, b: Node) -> Node:
    """Paths of `a` that are not in `b`."""
    if not a or not b:
        return a
    result = {}
    for key, child in a.items():
        other = b.get(key)
        if other is None:
            result[key] = child
        elif key != MEMBER and (rest := difference(child, other)):
            result[key] = rest
    return result


def intersection(a: Node, b: Node) -> Node:
    """Paths in both."""
    result: Node = {}
    for key, child in a.items():
        other = b.get(key)
        if other is None:
            continue
        if key == MEMBER:
            result[key] = True
        elif shared := intersection(child, other):
            result[key] = shared
    return result


def without_trees(a: Node, roots: Node) -> Node:
    """Paths of `a` that are not at or below a member of `roots`."""
    result = {}
    for key, child in a.items():
        root = roots.get(key) if key != MEMBER else None
        if root is None:
            result[key] = child
        elif MEMBER not in root and (rest := without_trees(child, root)):
            result[key] = rest
    return result


def of_paths(*paths: tuple[str, ...]) -> Node:
    """A set of paths of field names."""
    result: Node = {}
    for path in paths:
        node = result
        for name in path:
            node = node.setdefault(f"f:{name}", {})
        node[MEMBER] = True
    return result


def to_fields(node: Node) -> Node:
    """The FieldsV1 form."""
    return {key: {} if key == MEMBER else _to_fields(child) for key, child in node.items()}


def _to_fields(node: Node) -> Node:
    return {} if node.keys() == {MEMBER} else to_fields(node)


def from_fields(fields: Node) -> Node:
    """From the FieldsV1 form; raises ValueError."""
    result: Node = {}
    for key, child in fields.items():
        if key == MEMBER:
            result[MEMBER] = True
            continue
        if key[:2] not in ("f:", "k:", "v:", "i:") or not isinstance(child, dict):
            raise ValueError(f"unknown field path element: {key}")
        result[key] = from_fields(child) if child else leaf()
    return result


def paths(node: Node, prefix: str = "") -> Iterator[str]:
    """Members as text such as `.spec.containers[name="c"].image`, in upstream's order."""
    keys = sorted((k for k in node if k != MEMBER), key=lambda k: ("fkvi".index(k[0]), k))
    for key in keys:
        if MEMBER in node[key]:
            yield prefix + element_text(key)
    for key in keys:
        if len(node[key]) > (MEMBER in node[key]):
            yield from paths(node[key], prefix + element_text(key))


def element_text(element: str) -> str:
    """One path element as errors show it."""
    kind, text = element[0], element[2:]
    if kind == "f":
        return f".{text}"
    if kind == "i":
        return f"[{text}]"
    if kind == "v":
        return f"[={text}]"
    keys = json.loads(text)
    return "[" + ",".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in sorted(keys.items())) + "]"


def key_element(keys: dict[str, Any]) -> str:
    """The path element of a list item with these key fields."""
    return "k:" + json.dumps(dict(sorted(keys.items())), separators=(",", ":"), ensure_ascii=False)


def value_element(value: Any) -> str:
    """The path element of a set's item."""
    return "v:" + json.dumps(value, separators=(",", ":"), ensure_ascii=False)
