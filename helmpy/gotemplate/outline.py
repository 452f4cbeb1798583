"""The outline of a template text: its statements as plain data, found by looking for delimiters alone.

An action's own text says almost all there is to know of it, and charts repeat themselves: each text is parsed once (a
`Shape`, with positions relative to its delimiter) and then only looked up. What an outline says is enough for
`interpreter`. Where anything is out of the ordinary there is no outline, and `parser` must read
the text: it alone knows how to complain, and `compiler` alone runs everything.

Called by `templates`.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from helmpy.golang.types import GoError
from helmpy.gotemplate import lexer, nodes, parser, plain_actions
from helmpy.gotemplate.nodes import BLANKS, Pipe

if TYPE_CHECKING:
    from collections.abc import Container

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
_ELSE, _ELSE_IF, _ELSE_WITH, _END, _DEFINE, _BLOCK = range(8, 14)

Statement = tuple[Any, ...]
Slots = tuple[tuple[tuple[str, int], ...], tuple[int, ...]]

_SPACES = " \t\r\n"
_TRIMMED = ("{{- ", "{{-\n", "{{-\t", "{{-\r")
_MAX_DEPTH = 100
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


class Program(NamedTuple):
    """One template of a text. `size` is the number of slots."""

    empty: bool
    size: int
    body: list[Statement]


class Outline(NamedTuple):
    """The templates of a text by name, and the shapes of its actions by their texts."""

    programs: dict[str, Program]
    shapes: dict[str, Shape]


def block_of(program: Program, shapes: dict[str, Shape]) -> nodes.Block:
    """A tree for the compiler. Positions in pipelines count from their actions: the code is that of the parser's tree."""
    return _block(program.body, shapes)


def outline(name: str, text: str, functions: "Container[str]") -> "Outline | None":
    """The outline of a text whose own template has that name; None where the parser must read it."""
    return _Outliner(name, text, functions).read()


# --- actions ---------------------------------------------------------------------------------------------------------


class _Shapes(dict[str, "Shape | None"]):
    """Shapes of actions seen before, None for what is none."""

    functions: "Container[str] | None" = None


_shapes = _Shapes()


def _shapes_for(functions: "Container[str]") -> _Shapes:
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


def _shape(action: str, functions: "Container[str]") -> "Shape | None":
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
    "else": _ELSE,
    "else if": _ELSE_IF,
    "else with": _ELSE_WITH,
    "end": _END,
    "define": _DEFINE,
    "block": _BLOCK,
}


# --- back to trees ---------------------------------------------------------------------------------------------------


def _block(body: list[Statement], shapes: dict[str, Shape]) -> nodes.Block:
    block = nodes.Block(body[0][1] if body else 0)
    effects: set[str] = set()
    for statement in body:
        if len(statement) > 3:
            shape = shapes[statement[2]]
            effects.update(shape.declares if shape.assigns else ())
        block.nodes.append(_node(statement, shapes, effects))
    block.effects = frozenset(effects)
    return block


def _node(statement: Statement, shapes: dict[str, Shape], effects: set[str]) -> nodes.Node:
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
        self.known = _shapes_for(functions)
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
            known[action] = _shape(action, self.functions)
        if known.get(action) is None:
            action = self.text[left : self.text.find("}}", max(end, left)) + 2]
        if known.get(action) is None:
            action = self._whole(left)
            if action not in known:
                known[action] = _shape(action, self.functions)
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
        kind = IF if shape.kind == _ELSE_IF else WITH
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
        empty = all(statement[0] == TEXT and not statement[2].strip(BLANKS) for statement in self.body)
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
    _ELSE: _Outliner._orelse,
    _ELSE_IF: _Outliner._orelse_branch,
    _ELSE_WITH: _Outliner._orelse_branch,
    _END: _Outliner._end,
    _DEFINE: _Outliner._define,
    _BLOCK: _Outliner._block,
}
