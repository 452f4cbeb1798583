"""The statements of a template as plain data, as `outline` finds them and `interpreter` runs them."""

from typing import TYPE_CHECKING, Any, NamedTuple

from helmpy.gotemplate import nodes

if TYPE_CHECKING:
    from helmpy.gotemplate.shapes import Shape

TEXT, ACTION, IF, WITH, RANGE, TEMPLATE, BREAK, CONTINUE = range(8)
"""What a statement is: the first of its tuple.

    (TEXT, at, text)
    (ACTION, at, action, slots)                   `at` is the place of the delimiter, `action` the action's text
    (IF | WITH | RANGE, at, action, slots, body, else body or None)
    (TEMPLATE, at, action, slots, name)
    (BREAK | CONTINUE, at)

`slots` is None where the pipeline has no variables but `$`, else a pair: ((name, slot), ...) of the variables that it reads,
and the slots of those that it declares or sets. Each declaration has a slot of its own.
"""

Statement = tuple[Any, ...]
Slots = tuple[tuple[tuple[str, int], ...], tuple[int, ...]]


class Program(NamedTuple):
    """One template of a text. `size` is the number of slots."""

    empty: bool
    size: int
    body: list[Statement]


class Outline(NamedTuple):
    """The templates of a text by name, and the shapes of its actions by their texts."""

    programs: dict[str, Program]
    shapes: "dict[str, Shape]"


def block_of(program: Program, shapes: "dict[str, Shape]") -> nodes.Block:
    """A tree for the compiler. Positions in pipelines count from their actions: the code is that of the parser's tree."""
    return _block(program.body, shapes)


# --- back to trees ---------------------------------------------------------------------------------------------------


def _block(body: list[Statement], shapes: "dict[str, Shape]") -> nodes.Block:
    block = nodes.Block(body[0][1] if body else 0)
    effects: set[str] = set()
    for statement in body:
        if len(statement) > 3:
            shape = shapes[statement[2]]
            effects.update(shape.declares if shape.assigns else ())
        block.nodes.append(_node(statement, shapes, effects))
    block.effects = frozenset(effects)
    return block


def _node(statement: Statement, shapes: "dict[str, Shape]", effects: set[str]) -> nodes.Node:
    """The node of a statement; what it does to its surroundings is added to `effects`."""
    kind, at = statement[:2]
    if kind == TEXT:
        return nodes.Text(at, statement[2])
    if kind in _JUMPS:
        effects.add(_JUMPS[kind])
        return nodes.Keyword(at, _JUMPS[kind])
    pipe = shapes[statement[2]].pipe
    if kind == TEMPLATE:
        return nodes.Template(at, statement[4], pipe)
    assert pipe is not None
    if kind == ACTION:
        return nodes.Action(at, pipe)
    body = _block(statement[4], shapes)
    orelse = None if statement[5] is None else _block(statement[5], shapes)
    effects |= body.effects - (nodes.JUMPS if kind == RANGE else frozenset())
    effects |= orelse.effects if orelse is not None else frozenset()
    return _BRANCHES[kind](at, pipe, body, orelse)


_JUMPS = {BREAK: "break", CONTINUE: "continue"}
_BRANCHES: dict[int, type[nodes.Branch]] = {IF: nodes.If, WITH: nodes.With, RANGE: nodes.Range}
