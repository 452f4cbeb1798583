"""The outline of a template text: its statements as plain data, found by looking for delimiters alone.

What each action says is looked up by its text (`shapes`). What an outline says is enough for
`interpreter`. Where anything is out of the ordinary there is no outline, and `parser` must read
the text: it alone knows how to complain, and `compiler` alone runs everything.

Called by `templates`.
"""

from typing import TYPE_CHECKING, Any

from helmpy.golang.types import SPACES
from helmpy.gotemplate import lexer
from helmpy.gotemplate.shapes import BLOCK, DEFINE, ELSE, ELSE_IF, ELSE_WITH, END, Shape, shape_of, shapes_for
from helmpy.gotemplate.statements import (
    ACTION,
    BREAK,
    CONTINUE,
    IF,
    RANGE,
    TEMPLATE,
    TEXT,
    WITH,
    Outline,
    Program,
    Slots,
    Statement,
)

if TYPE_CHECKING:
    from collections.abc import Container

_SPACES = " \t\r\n"
_TRIMMED = ("{{- ", "{{-\n", "{{-\t", "{{-\r")
_MAX_DEPTH = 100


def outline(name: str, text: str, functions: "Container[str]") -> "Outline | None":
    """The outline of a text whose own template has that name; None where the parser must read it."""
    return _Outliner(name, text, functions).read()


# --- statements ------------------------------------------------------------------------------------------------------


class _Open:
    """A clause that waits for its end: of the template that is read, or of the one around it."""

    __slots__ = (
        "action",
        "at",
        "before",
        "body",
        "head",
        "is_chained",
        "kind",
        "loops",
        "name",
        "outer",
        "size",
        "slots",
    )

    def __init__(self, kind: int, at: int, action: str, slots: "Slots | None", outer: list[Statement]) -> None:
        self.kind = kind
        self.at = at
        self.action = action
        self.slots = slots
        self.outer = outer
        self.before: dict[str, int] = {}  # variables in scope around it
        self.head: dict[str, int] = {}  # and in its bodies
        self.body: list[Statement] | None = None  # once its else is being read
        self.is_chained = False  # it stands for the else of the clause around it: both have one end
        self.name = ""
        self.size = self.loops = 0


class _IrregularError(Exception):
    """The parser must read the text."""


class _Outliner:
    """Reads one text."""

    def __init__(self, name: str, text: str, functions: "Container[str]") -> None:
        self.name = name
        self.text = text
        self.functions = functions
        self.known = shapes_for(functions)
        self.used: dict[str, Shape] = {}
        self.programs: dict[str, Program] = {}
        self.body: list[Statement] = []
        self.scope: dict[str, int] = {}
        self.size = 0  # slots of the template that is being read
        self.loops = 0  # how many loops of it we are in
        self.open: list[_Open] = []

    def read(self) -> "Outline | None":
        """The outline; None where there is none."""
        try:
            self._read()
            if self.open:
                return None
            self._finish(self.name)
        except (_IrregularError, RecursionError):
            return None
        return Outline(self.programs, self.used)

    def _read(self) -> None:
        text, known, used = self.text, self.known, self.used
        find, at = text.find, 0
        while True:
            left = find("{{", at)
            if left < 0:
                if at < len(text):
                    self.body.append((TEXT, at, text[at:]))
                return
            if left > at:
                before = text[at:left]
                if text.startswith(_TRIMMED, left):
                    before = before.rstrip(_SPACES)
                if before:
                    self.body.append((TEXT, at, before))
            end = find("}}", left + 2) + 2
            action = text[left:end]
            shape = known.get(action)
            if shape is None:
                if text.startswith("/*", left + 2) or (action.startswith(_TRIMMED) and text.startswith("/*", left + 4)):
                    at = self._behind_comment(left)
                    continue
                shape, action = self._unknown(left, end, action)
                end = left + len(action)
            used[action] = shape
            if shape.kind == ACTION:
                self.body.append((ACTION, left, action, self._slots(shape) if shape.reads or shape.declares else None))
            else:
                _CLAUSES[shape.kind](self, shape, left, action)
            if shape.is_trimmed:
                while end < len(text) and text[end] in _SPACES:
                    end += 1
            at = end

    def _behind_comment(self, left: int) -> int:
        try:
            return lexer.behind_comment(self.text, self.text.index("/*", left))
        except lexer.LexError:
            raise _IrregularError from None

    def _unknown(self, left: int, end: int, action: str) -> tuple[Shape, str]:
        """An action that was not seen before, and its whole text: closing delimiters may stand in its strings."""
        known = self.known
        if end > left + 3 and action not in known:
            known[action] = shape_of(action, self.functions)
        if known.get(action) is None:
            action = self.text[left : self.text.find("}}", max(end, left)) + 2]
        if known.get(action) is None:
            action = self._whole(left)
            if action not in known:
                known[action] = shape_of(action, self.functions)
        shape = known[action]
        if shape is None:
            raise _IrregularError
        return shape, action

    def _whole(self, left: int) -> str:
        try:
            return self.text[left : lexer.action_end(self.text, left)]
        except lexer.LexError:
            raise _IrregularError from None

    # --- variables ---

    def _slots(self, shape: Shape) -> "Slots | None":
        """The slots of a pipeline's variables; those that it declares are in scope from now on."""
        if not (shape.reads or shape.declares):
            return None
        scope = self.scope
        try:
            reads = tuple([(name, scope[name]) for name in shape.reads])
            if shape.assigns:
                return reads, tuple([scope[name] for name in shape.declares])
        except KeyError:
            raise _IrregularError from None  # perhaps in scope, but not set
        first = self.size
        self.size += len(shape.declares)
        targets = tuple(range(first, self.size))
        self.scope = {**scope, **dict(zip(shape.declares, targets, strict=True))}
        return reads, targets

    # --- clauses ---

    def _branch(self, shape: Shape, at: int, action: str) -> None:
        self._enter(shape, shape.kind, at, action)

    def _enter(self, shape: Shape, kind: int, at: int, action: str, is_chained: bool = False) -> None:
        before = self.scope
        slots = self._slots(shape)
        if len(self.open) >= _MAX_DEPTH:
            raise _IrregularError
        opened = _Open(kind, at, action, slots, self.body)
        opened.before, opened.head, opened.is_chained = before, self.scope, is_chained
        self.open.append(opened)
        self.body = []
        self.loops += kind == RANGE

    def _orelse(self, shape: Shape, at: int, action: str) -> None:
        top = self._top()
        if top.body is not None or top.kind > RANGE:
            raise _IrregularError
        self.loops -= top.kind == RANGE
        top.body = self.body
        self.body, self.scope = [], top.head

    def _orelse_branch(self, shape: Shape, at: int, action: str) -> None:
        kind = IF if shape.kind == ELSE_IF else WITH
        if self._top().kind != kind:
            raise _IrregularError
        self._orelse(shape, at, action)
        self._enter(shape, kind, at, action, is_chained=True)

    def _end(self, shape: Shape, at: int, action: str) -> None:
        top = self._top()
        self.open.pop()
        if top.kind > RANGE:
            self._end_of_template(top)
            return
        if top.body is None:
            self.loops -= top.kind == RANGE
            bodies: tuple[Any, ...] = (self.body, None)
        else:
            bodies = (top.body, self.body)
        top.outer.append((top.kind, top.at, top.action, top.slots, *bodies))
        self.body, self.scope = top.outer, top.before
        if top.is_chained:
            self._end(shape, at, action)

    def _top(self) -> _Open:
        if not self.open:
            raise _IrregularError
        return self.open[-1]

    def _jump(self, shape: Shape, at: int, action: str) -> None:
        if not self.loops:
            raise _IrregularError
        self.body.append((shape.kind, at))

    # --- templates ---

    def _template(self, shape: Shape, at: int, action: str) -> None:
        self.body.append((TEMPLATE, at, action, self._slots(shape), shape.name))

    def _define(self, shape: Shape, at: int, action: str) -> None:
        if self.open:
            raise _IrregularError
        self._begin_template(shape, at, action)

    def _block(self, shape: Shape, at: int, action: str) -> None:
        self._template(shape, at, action)
        self._begin_template(shape, at, action)

    def _begin_template(self, shape: Shape, at: int, action: str) -> None:
        opened = _Open(shape.kind, at, action, None, self.body)
        opened.before, opened.name, opened.size, opened.loops = self.scope, shape.name, self.size, self.loops
        self.open.append(opened)
        self.body, self.scope, self.size, self.loops = [], {}, 0, 0

    def _end_of_template(self, top: _Open) -> None:
        self._finish(top.name)
        self.body, self.scope, self.size, self.loops = top.outer, top.before, top.size, top.loops

    def _finish(self, name: str) -> None:
        """Keep the template that was read; an empty one never replaces another."""
        empty = all(statement[0] == TEXT and not statement[2].strip(SPACES) for statement in self.body)
        known = self.programs.get(name)
        if known is None or known.empty:
            self.programs[name] = Program(empty, self.size, self.body)
        elif not empty:
            raise _IrregularError


_CLAUSES = {
    IF: _Outliner._branch,
    WITH: _Outliner._branch,
    RANGE: _Outliner._branch,
    TEMPLATE: _Outliner._template,
    BREAK: _Outliner._jump,
    CONTINUE: _Outliner._jump,
    ELSE: _Outliner._orelse,
    ELSE_IF: _Outliner._orelse_branch,
    ELSE_WITH: _Outliner._orelse_branch,
    END: _Outliner._end,
    DEFINE: _Outliner._define,
    BLOCK: _Outliner._block,
}
