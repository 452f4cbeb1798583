"""The tree of an expression. `at` is the offset that problems of a node point to; the checker leaves types in `Call.kind`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Node:
    """Any expression."""

    at: int


@dataclass(slots=True)
class Literal(Node):
    """A constant: None, bool, int, UInt, float, str or bytes."""

    value: Any


@dataclass(slots=True)
class Ident(Node):
    """A variable or the name of a type."""

    name: str


@dataclass(slots=True)
class Select(Node):
    """`operand.field`; `has(operand.field)` if `test`; `operand.?field` if `optional`."""

    operand: Node
    field: str
    test: bool = False
    optional: bool = False


@dataclass(slots=True)
class Call(Node):
    """A function or an operator (`_+_`, `!_`, `_[_]` …), with a target when called as a method."""

    name: str
    args: list[Node]
    target: Node | None = None
    resolved: str = ""
    """The function's full name once known: `optional.of` is a function although it looks like a method."""


@dataclass(slots=True)
class ListNode(Node):
    """A list; `optional` has the places of `?element`s."""

    items: list[Node]
    optional: frozenset[int] = frozenset()


@dataclass(slots=True)
class MapNode(Node):
    """A map: keys, values, whether optional."""

    entries: list[tuple[Node, Node, bool]]


@dataclass(slots=True)
class StructNode(Node):
    """`Name{field: value}`."""

    name: str
    entries: list[tuple[str, Node]]


@dataclass(slots=True)
class Macro(Node):
    """`range.all(x, …)` and its kin: variables, then the expressions over them."""

    name: str
    range: Node
    variables: list[str]
    args: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class OptMap(Node):
    """`optional.optMap(x, …)` and `optFlatMap`."""

    name: str
    target: Node
    variable: str
    body: Node


def qualified_name(node: Node) -> str:
    """`a.b.c` of plain selections, else empty."""
    if isinstance(node, Ident):
        return node.name
    if isinstance(node, Select) and not node.test and not node.optional:
        prefix = qualified_name(node.operand)
        return f"{prefix}.{node.field}" if prefix else ""
    return ""
