"""Statements as Python closures: how templates run that did not run often enough to be compiled.

A statement is a closure over (dot, frame, write); a body is made when it first runs, so what a run does not reach costs
nothing. `evaluation` makes the closures of pipelines. The semantics are those that `compiler` writes down step by step; the
tests run everything through both. Called by `templates`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helmpy.gotemplate import nodes, runtime
from helmpy.gotemplate.evaluation import evaluated
from helmpy.gotemplate.frames import AROUND, BUDGET, CALLEE, SLOTS, Evaluated, Frame
from helmpy.gotemplate.signatures import is_result
from helmpy.gotemplate.statements import (
    ACTION,
    BREAK,
    CONTINUE,
    IF,
    RANGE,
    TEMPLATE,
    TEXT,
    WITH,
    Program,
    Slots,
    Statement,
)

if TYPE_CHECKING:
    from helmpy.gotemplate.compiler import FunctionTable
    from helmpy.gotemplate.shapes import Shape

Write = Callable[[str], object]
Step = Callable[[Any, Frame, Write], object]


class _Jump(BaseException):
    """break or continue, on its way to the loop."""


class _Break(_Jump):
    pass


class _Continue(_Jump):
    pass


class Script:
    """One template that can be interpreted. `reached` are the places of the bodies that were run."""

    __slots__ = ("_body", "_steps", "_zeros", "functions", "reached", "shapes")

    def __init__(self, program: Program, shapes: "dict[str, Shape]", functions: "FunctionTable") -> None:
        self._body = program.body
        self._zeros = [False] * (2 * program.size)
        self.reached: set[int] = set()
        self.shapes = shapes
        self.functions = functions
        self._steps: list[Step] | None = None

    def run(self, write: Write, data: Any, head: list[Any], tree: Any) -> None:
        """Run with some data; `head` is what the frame holds between the data and the notes."""
        steps = self._steps
        if steps is None:
            steps = self._steps = self.steps(self._body)
        v = [data, *head, {}, False, *self._zeros]
        for step in steps:
            step(data, v, write)

    def steps(self, body: list[Statement]) -> list[Step]:
        """The statements of a body."""
        if body:
            self.reached.add(body[0][1])
        return [_STATEMENTS[statement[0]](self, statement) for statement in body]

    # --- statements ---

    def text(self, statement: Statement) -> Step:
        """Text as it is."""
        text = statement[2]
        return lambda d, v, w: w(text)

    def action(self, statement: Statement) -> Step:
        """A pipeline whose value is printed unless it went into a variable."""
        pipe, run, value = self._pipeline(statement)
        literal = value.literal
        if pipe.variables:

            def store(d: Any, v: Frame, w: Write, statement: Any = statement) -> None:
                run(d, v)

            return store
        if literal is not None and type(literal[0]) is str:
            text = literal[0]
            return lambda d, v, w: w(text)
        show = runtime.text if is_result(pipe) else runtime.field_text

        def action(d: Any, v: Frame, w: Write, statement: Any = statement) -> None:
            found = run(d, v)
            w(found if type(found) is str else show(found))

        return action

    def branch(self, statement: Statement) -> Step:
        """if and with; the latter sets the dot."""
        _, run, _ = self._pipeline(statement)
        yes: list[Step] | None = None
        no: list[Step] | None = None
        sets_dot, body, orelse = statement[0] == WITH, statement[4], statement[5]

        def branch(d: Any, v: Frame, w: Write, statement: Any = statement) -> None:
            nonlocal yes, no
            found = run(d, v)
            if found:
                if yes is None:
                    yes = self.steps(body)
                if not sets_dot:
                    for step in yes:
                        step(d, v, w)
                    return
                around, v[AROUND] = v[AROUND], False
                for step in yes:
                    step(found, v, w)
                v[AROUND] = around
            elif orelse is not None:
                if no is None:
                    no = self.steps(orelse)
                for step in no:
                    step(d, v, w)

        return branch

    def range(self, statement: Statement) -> Step:
        """A loop over an int, list or map."""
        pipe, run, value = self._pipeline(statement)
        iterate = _iteration(value, len(pipe.variables) > 1)
        names = [SLOTS + 2 * slot for slot in statement[3][1]] if pipe.variables else []
        index, element = names[0] if len(names) > 1 else 0, names[-1] if names else 0
        steps: list[Step] | None = None
        no: list[Step] | None = None
        body, orelse = statement[4], statement[5]

        def loop(d: Any, v: Frame, w: Write, statement: Any = statement) -> None:
            nonlocal steps, no
            found = run(d, v)
            if not pipe.assign:
                for name in names:
                    v[name + 1] = found
            items = iterate(found, v)
            if orelse is not None and not items:
                if no is None:
                    no = self.steps(orelse)
                for step in no:
                    step(d, v, w)
                return
            if steps is None:
                steps = self.steps(body)
            around = v[AROUND]
            for item in items:
                if index:
                    v[index], item = item
                if element:
                    v[element] = item
                v[AROUND] = found
                try:
                    for step in steps:
                        step(item, v, w)
                except _Continue:
                    continue
                except _Break:
                    break
            v[AROUND] = around

        return loop

    def template(self, statement: Statement) -> Step:
        """A call of another template, which writes to the same output."""
        shape = self.shapes[statement[2]]
        run = self._pipeline(statement)[1] if shape.pipe is not None else None
        name = statement[4]

        def template(d: Any, v: Frame, w: Write, statement: Any = statement) -> None:
            callee = v[CALLEE](name)
            callee(w, None if run is None else run(d, v))

        return template

    def jump(self, statement: Statement) -> Step:
        """break or continue."""
        kind = _Break if statement[0] == BREAK else _Continue

        def jump(d: Any, v: Frame, w: Write) -> None:
            raise kind

        return jump

    # --- pipelines ---

    def _pipeline(self, statement: Statement) -> tuple[nodes.Pipe, Callable[[Any, Frame], Any], Evaluated]:
        """The pipeline of a statement, how to run it, and what is known of it; its variables are set."""
        shape = self.shapes[statement[2]]
        pipe, slots = shape.pipe, statement[3]
        assert pipe is not None
        if slots is None:
            value: Evaluated | None = shape.evaluated
            if value is None:
                value = shape.evaluated = evaluated(pipe, self.functions, {})
            return pipe, value.run, value
        value = evaluated(pipe, self.functions, {name: SLOTS + 2 * slot for name, slot in slots[0]})
        return pipe, _storing(value.run, slots), value


def _storing(run: Callable[[Any, Frame], Any], slots: Slots) -> Callable[[Any, Frame], Any]:
    """A pipeline whose value goes into variables, too."""
    targets = [SLOTS + 2 * slot for slot in slots[1]]
    if not targets:
        return run
    if len(targets) == 1:
        target = targets[0]

        def store(d: Any, v: Frame) -> Any:
            found = v[target] = run(d, v)
            return found

        return store

    def store_all(d: Any, v: Frame) -> Any:
        found = run(d, v)
        for target in targets:
            v[target] = found
        return found

    return store_all


def _iteration(value: Evaluated, is_pairs: bool) -> Callable[[Any, Frame], Any]:
    if is_pairs:

        def pairs(found: Any, v: Frame, node: nodes.Node = value.last) -> Any:
            return v[BUDGET].pairs(found)

        return pairs

    def items(found: Any, v: Frame, node: nodes.Node = value.last) -> Any:
        return v[BUDGET].items(found)

    return items


_STATEMENTS: dict[int, Callable[[Script, Statement], Step]] = {
    TEXT: Script.text,
    ACTION: Script.action,
    IF: Script.branch,
    WITH: Script.branch,
    RANGE: Script.range,
    TEMPLATE: Script.template,
    BREAK: Script.jump,
    CONTINUE: Script.jump,
}
