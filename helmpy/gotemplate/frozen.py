"""Nodes as tuples that `marshal` can write, and back. Called by `outline`, whose pipelines are kept from run to run."""

from typing import Any

from helmpy.gotemplate import nodes
from helmpy.gotemplate.nodes import Node


def _number(at: int, complex_: Any, float_: Any, int_: Any, text: str, uint: Any) -> nodes.Number:
    node = nodes.Number(at, text)
    node.complex_value, node.float_value, node.int_value, node.uint_value = complex_, float_, int_, uint
    return node


def _chain(at: int, names: tuple[str, ...], node: tuple[Any, ...]) -> nodes.Chain:
    return nodes.Chain(at, thawed(node), names)


def _command(at: int, args: list[Any]) -> nodes.Command:
    return nodes.Command(at, [thawed(arg) for arg in args])


def _pipe(at: int, assign: bool, commands: list[Any], variables: list[Any]) -> nodes.Pipe:
    pipe = nodes.Pipe(at)
    pipe.assign = assign
    pipe.commands = [_command(command[1], command[2]) for command in commands]
    pipe.variables = [nodes.Variable(*variable[1:]) for variable in variables]
    return pipe


# What makes a node from its place and its attributes in the order of their names.
_MAKERS: dict[type[Node], Any] = {
    nodes.Dot: nodes.Dot,
    nodes.Nil: nodes.Nil,
    nodes.Bool: nodes.Bool,
    nodes.Number: _number,
    nodes.String: nodes.String,
    nodes.Identifier: nodes.Identifier,
    nodes.Field: nodes.Field,
    nodes.Variable: nodes.Variable,
    nodes.Chain: _chain,
    nodes.Command: _command,
    nodes.Pipe: _pipe,
}
_BY_NUMBER = tuple(_MAKERS.values())
_NUMBERS = {class_: number for number, class_ in enumerate(_MAKERS)}


def frozen(node: Any) -> Any:
    """A node of a pipeline as (number of its class, place, attribute, ...); lists of nodes as lists; the rest as it is."""
    if isinstance(node, Node):
        return (_NUMBERS[type(node)], node.at, *[frozen(getattr(node, name)) for name in sorted(node.__slots__)])
    return [frozen(item) for item in node] if isinstance(node, list) else node


def thawed(kept: tuple[Any, ...]) -> Any:
    """The node that `frozen` was given, but for its identity."""
    return _BY_NUMBER[kept[0]](*kept[1:])
