"""What the closures of interpreted templates work on, and those that call a function with its arguments.

Called by `evaluation`, `interpreter` and `places`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from helmpy.gotemplate.nodes import Node

ROOT, FIELD, CALLS, CALLEE, BUDGET, NOTES, AROUND, SLOTS = range(8)
"""What a frame, a list, holds: the data, the function that reads fields, the functions by name, the one that finds a
template's body, the budget, notes of what was evaluated last, and the container that the dot is an element of (False for none). Then two
entries for each slot: the value of a variable, and the container that it is an element of."""
Frame = list[Any]
Run = Callable[[Any, Frame], Any]
Nested = bool | Run
"""Whether a value came out of a container of interfaces, as `runtime` wants to know (see `compiler.Operand`); a closure where
that depends on the frame, to be asked after the value was evaluated."""


class Value(NamedTuple):
    """A piece of a pipeline; a literal is known already."""

    run: Run
    nested: Nested = False
    literal: tuple[Any] | None = None


class Choice(Node):
    """Whichever of some nodes was evaluated last: the notes of the frame hold its number."""

    __slots__ = ("nodes",)

    def __init__(self) -> None:
        super().__init__(0)
        self.nodes: list[Node] = []


class Evaluated(NamedTuple):
    """A pipeline ready to run, the node that was evaluated last, and the literal that it is, if so."""

    run: Run
    last: Node
    literal: tuple[Any] | None


def deciding_of(is_and: bool, runs: list[Run], choice: Choice, piped: Run | None) -> Run:
    def deciding(d: Any, v: Frame) -> Any:
        final = None if piped is None else piped(d, v)
        found = None
        for number, run in enumerate(runs):
            found = run(d, v)
            v[NOTES][choice] = number
            if bool(found) is not is_and:
                return found
        return found if piped is None else final

    return deciding


def call_of(name: str, node: Node, runs: list[Run], piped: Run | None, last: Callable[..., Any] | None) -> Run:
    """A call of a function: the piped value is evaluated first, passed last, and checked after the other arguments."""
    if piped is None:
        return _plain_call(name, node, runs)
    if last is None and not runs:
        return _plain_call(name, node, [piped])
    if last is None and len(runs) == 1:
        first = runs[0]

        def piped_second(d: Any, v: Frame, node: Node = node, call: str = name) -> Any:
            final = piped(d, v)
            return v[CALLS][call](first(d, v), final)

        return piped_second

    def piped_call(d: Any, v: Frame, node: Node = node, call: str = name) -> Any:
        final = piped(d, v)
        values = [run(d, v) for run in runs]
        values.append(final if last is None else last(final))
        return v[CALLS][call](*values)

    return piped_call


def _plain_call(name: str, node: Node, runs: list[Run]) -> Run:
    if len(runs) == 1:
        only = runs[0]

        def call_of_one(d: Any, v: Frame, node: Node = node, call: str = name) -> Any:
            return v[CALLS][call](only(d, v))

        return call_of_one
    if len(runs) == 2:
        first, second = runs

        def call_of_two(d: Any, v: Frame, node: Node = node, call: str = name) -> Any:
            return v[CALLS][call](first(d, v), second(d, v))

        return call_of_two

    def call_of_more(d: Any, v: Frame, node: Node = node, call: str = name) -> Any:
        return v[CALLS][call](*[run(d, v) for run in runs])

    return call_of_more
