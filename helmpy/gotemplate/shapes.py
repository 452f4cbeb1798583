"""Shapes: what the text of an action says, whatever is around it.

An action's own text says almost all there is to know of it, and charts repeat themselves: each text is parsed once and then
only looked up. Called by `outline`.
"""

from typing import TYPE_CHECKING, Any

from helmpy.golang.types import GoError
from helmpy.gotemplate import parser, plain_actions
from helmpy.gotemplate.statements import ACTION, BREAK, CONTINUE, IF, RANGE, TEMPLATE, WITH

if TYPE_CHECKING:
    from collections.abc import Container

    from helmpy.gotemplate.nodes import Pipe

ELSE, ELSE_IF, ELSE_WITH, END, DEFINE, BLOCK = range(8, 14)
"""Kinds of actions that are no statements by themselves."""


_SPACES = " \t\r\n"
_MAX_SHAPES = 20_000


class Shape:
    """What the text of an action says. `pipe` counts positions from the delimiter; `evaluated` is for the interpreter's use."""

    __slots__ = ("assigns", "at", "declares", "evaluated", "is_trimmed", "kind", "name", "pipe", "reads")

    def __init__(self, kind: int, pipe: "Pipe | None", *, name: str = "", at: int = 0) -> None:
        self.kind = kind
        self.pipe = pipe
        self.name = name
        self.at = at
        self.is_trimmed = False
        self.reads: tuple[str, ...] = ()
        self.declares: tuple[str, ...] = ()
        self.assigns = False
        self.evaluated: Any = None


class Shapes(dict[str, "Shape | None"]):
    """Shapes of actions seen before, None for what is none."""

    functions: "Container[str] | None" = None


_shapes = Shapes()


def shapes_for(functions: "Container[str]") -> Shapes:
    """Which actions are valid depends on the functions that exist."""
    if _shapes.functions is not functions or len(_shapes) > _MAX_SHAPES:
        _shapes.clear()
        _shapes.functions = functions
    return _shapes


class _Names(list[str]):
    """Variables in scope while an action is read by itself: any; those that it reads are noted."""

    def __init__(self) -> None:
        super().__init__()
        self.read: dict[str, None] = {}

    def __contains__(self, name: object) -> bool:
        self.read[str(name)] = None
        return True


def shape_of(action: str, functions: "Container[str]") -> "Shape | None":
    """The shape of an action; None where it is not valid, or where only the compiler can run it."""
    plain = plain_actions.read(action, functions)
    if plain is not None:
        found = Shape(_KINDS[plain.word], plain.pipe)
        found.reads = plain.reads
    else:
        names = _Names()
        try:
            word, pipe, name, at = parser.read_action(action, functions, names)
        except GoError:
            return None
        names.read.pop("$", None)
        found = Shape(_KINDS[word], pipe, name=name, at=at)
        found.reads = tuple(names.read)
        if names != [variable.name for variable in (pipe.variables if pipe else ())]:
            return None  # there are declarations in parentheses
    found.is_trimmed = action[-3] == "-" and len(action) > 4 and action[-4] in _SPACES
    if found.pipe is not None:
        found.declares = tuple([variable.name for variable in found.pipe.variables])
        found.assigns = found.pipe.assign
    return None if "$" in found.declares else found  # else the data themselves are hidden


_KINDS = {
    "": ACTION,
    "if": IF,
    "with": WITH,
    "range": RANGE,
    "template": TEMPLATE,
    "break": BREAK,
    "continue": CONTINUE,
    "else": ELSE,
    "else if": ELSE_IF,
    "else with": ELSE_WITH,
    "end": END,
    "define": DEFINE,
    "block": BLOCK,
}
