"""Nodes as tuples that `marshal` can write, and back. Called by `templates`, which keeps pipelines from run to run."""

from typing import Any

from helmpy.gotemplate import nodes
from helmpy.gotemplate.nodes import Node

_CLASSES: tuple[type[Node], ...] = (
    nodes.Dot,
    nodes.Nil,
    nodes.Bool,
    nodes.Number,
    nodes.String,
    nodes.Identifier,
    nodes.Field,
    nodes.Variable,
    nodes.Chain,
    nodes.Command,
    nodes.Pipe,
)
_NUMBERS = {class_: number for number, class_ in enumerate(_CLASSES)}
_ATTRIBUTES = tuple(("at", *class_.__slots__) for class_ in _CLASSES)


def frozen(value: Any) -> Any:
    """A node of a pipeline as (class, attribute, ...); lists of nodes as lists of such; anything else as it is."""
    if isinstance(value, Node):
        number = _NUMBERS[type(value)]
        return (number, *[frozen(getattr(value, name)) for name in _ATTRIBUTES[number]])
    return [frozen(item) for item in value] if isinstance(value, list) else value


def thawed(value: Any) -> Any:
    """What `frozen` was given, but for the identity of nodes."""
    if type(value) is list:
        return [thawed(item) for item in value]
    if type(value) is not tuple or not value or type(value[0]) is str:
        return value
    class_ = _CLASSES[value[0]]
    node = class_.__new__(class_)
    for name, item in zip(_ATTRIBUTES[value[0]], value[1:], strict=True):
        setattr(node, name, thawed(item) if type(item) is list or type(item) is tuple else item)
    return node
