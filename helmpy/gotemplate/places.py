"""Where in a template an exception came from: read off the Python frames that it passed through.

Called by `templates` when something went wrong, and not imported before.
"""

from collections.abc import Mapping
from inspect import CO_NESTED
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from helmpy.gotemplate import compiler, evaluation, frames, interpreter, nodes
from helmpy.gotemplate.nodes import Node
from helmpy.gotemplate.statements import RANGE, TEMPLATE, Statement

if TYPE_CHECKING:
    from helmpy.gotemplate.templates import Tree


class Place:
    """What a template was doing: the node to blame, and the function that was being called, if any."""

    def __init__(self, tree: "Tree") -> None:
        self.tree = tree
        self.node: Node = nodes.Dot(0)
        self.call = ""
        self.start = 0  # from where positions of the node are counted

    @property
    def location(self) -> str:
        """NAME:LINE:COLUMN of the node."""
        return self.tree.location(self.node, self.start)


def innermost(traceback: TracebackType | None, owners: "Mapping[int, Tree]") -> Place | None:
    """What the innermost template was doing; `owners` are the trees of compiled code, by the code's identity."""
    found: Place | None = None
    notes: dict[Any, int] = {}
    while traceback is not None:
        frame, line = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
        code = frame.f_code
        if code.co_filename == compiler.FILENAME and id(code) in owners:
            found = _compiled(owners[id(code)], frame, line)
        elif code is interpreter.Script.run.__code__:
            found = Place(frame.f_locals["tree"])
        elif found is not None and code.co_flags & CO_NESTED and code.co_filename in _FILES:
            notes = frame.f_locals["v"][frames.NOTES] if "v" in frame.f_locals else notes
            _interpreted(found, frame.f_locals, notes)
    return found


_FILES = (evaluation.__file__, frames.__file__, interpreter.__file__)


def _compiled(tree: "Tree", frame: FrameType, line: int) -> Place:
    place = Place(tree)
    place.node, place.call = tree.mark(frame, line)
    return place


def _interpreted(place: Place, names: Mapping[str, Any], notes: Mapping[Any, int]) -> None:
    """Take over what one more closure of an interpreted template knows."""
    if "statement" in names:
        place.start = names["statement"][1]
        place.node, place.call = _blamed(place.tree, names["statement"]), ""
    elif "node" in names:
        node = names["node"]
        while isinstance(node, frames.Choice):
            node = node.nodes[notes[node]]
        place.node, place.call = node, names.get("call", "")


def _blamed(tree: "Tree", statement: Statement) -> Node:
    """The node that stands for a statement itself."""
    shape = tree.unit.shapes[statement[2]]
    if statement[0] == TEMPLATE:
        return nodes.Template(shape.at, statement[4], shape.pipe)
    assert shape.pipe is not None
    if statement[0] == RANGE:
        return shape.pipe
    return nodes.Action(shape.pipe.at, shape.pipe)
