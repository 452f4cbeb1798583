"""Named templates: parsed texts, and sets of templates that can be executed.

Called by helmpy.engine. A `Unit` is one parsed text, which any number of sets may share; a `TemplateSet` maps names to trees
and runs them. A child set sees its parent's templates and adds its own, without copying any (what `tpl` needs).
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FrameType, FunctionType

from helmpy.annotations import Any
from helmpy.golang.function import Function
from helmpy.golang.strconv import quote
from helmpy.golang.types import GoError, go_bytes
from helmpy.gotemplate import runtime
from helmpy.gotemplate.errors import ExecError, OperationError
from helmpy.gotemplate.limits import Budget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from helmpy.gotemplate.compiler import FunctionTable, Part
    from helmpy.gotemplate.interpreter import Script
    from helmpy.gotemplate.nodes import Block, Node
    from helmpy.gotemplate.shapes import Shape
    from helmpy.gotemplate.statements import Program

_MAX_DEPTH = "exceeded maximum template depth (100000)"
_ROOM = 1000  # Python frames, to find the place of an error
_MANY_PIECES = 100  # of text: worth a look before they are joined
_MANY_RUNS = 50  # of one template: from there on it is worth being compiled

Kept = tuple[str, bool, "list[CodeType | None] | None"]
"""A tree as it can be marshalled: name, whether it is empty, its code objects."""


class Tree:
    """One named template of a text: interpreted at first if it has an outline, compiled else and when it runs often."""

    __slots__ = ("_codes", "_sources", "empty", "name", "program", "runs", "script", "unit")

    def __init__(
        self,
        unit: "Unit",
        name: str,
        empty: bool,
        program: "Program | None" = None,
        codes: "list[CodeType | None] | None" = None,
    ) -> None:
        self.unit = unit
        self.name = name
        self.empty = empty
        self.program = program
        self.script: Script | None = None
        self.runs = 0
        self._codes = codes
        self._sources: list[Part] = []

    @property
    def kept(self) -> Kept:
        """All that a later run needs."""
        return self.name, self.empty, self._codes

    @property
    def is_compiled(self) -> bool:
        """Whether its main function is at hand."""
        return self._codes is not None and self._codes[0] is not None

    def code(self, part: int = 0) -> CodeType:
        """A code object, compiled on first use. Raises ParseError when it is nested too deeply."""
        code = None if self._codes is None else self._codes[part]
        if code is None:
            from helmpy.gotemplate.compiler import compile_part

            sources = self._parts()
            if self._codes is None:
                self._codes = [None] * len(sources)
            code = self._codes[part] = compile_part(self.name, sources[part])
            self.unit.changed = True
        return code

    def _parts(self) -> "list[Part]":
        """The sources of its functions."""
        if not self._sources:
            from helmpy.gotemplate.compiler import generate

            self.unit.find_outline()
            if self.program is None:
                block = self.unit.root(self.name)
            else:
                from helmpy.gotemplate.statements import block_of

                block = block_of(self.program, self.unit.shapes)
            self._sources = generate(block, self.unit.functions).parts
        return self._sources

    def compile(self) -> None:
        """Have the code at hand of what was interpreted so far."""
        if self.script is not None and not self.is_compiled:
            for number, part in enumerate(self._parts()):
                if number == 0 or part.at in self.script.reached:
                    self.code(number)

    def interpreted(self) -> "Script | None":
        """What the interpreter runs; None where only the compiler can."""
        if self.script is None:
            self.unit.find_outline()
            if self.program is not None:
                from helmpy.gotemplate.interpreter import Script

                self.script = Script(self.program, self.unit.shapes, self.unit.functions)
        return self.script

    def root(self) -> "Block":
        """The tree, as the parser makes it."""
        return self.unit.root(self.name)

    def mark(self, frame: FrameType, line: int) -> "tuple[Node, str]":
        """The node that a line of the generated code stands for, and the function called there, if any."""
        from helmpy.gotemplate.compiler import Choice, generate

        mark = generate(self.root(), self.unit.functions).marks[line - 1]
        node = mark.node
        while isinstance(node, Choice):
            node = node.nodes[frame.f_locals[node.variable]]
        assert node is not None
        return node, mark.call

    def location(self, node: "Node", start: int = 0) -> str:
        """NAME:LINE:COLUMN of a node whose position counts from `start`; the column counts bytes from 0."""
        before = self.unit.text[: start + node.at]
        begin = before.rfind("\n") + 1
        return f"{self.unit.name}:{before.count(chr(10)) + 1}:{len(go_bytes(before[begin:]))}"


class Unit:
    """A parsed text: the template of that name and those that the text defines."""

    __slots__ = ("_is_outlined", "_roots", "changed", "functions", "name", "shapes", "text", "trees")

    def __init__(self, name: str, text: str, functions: "FunctionTable") -> None:
        self.name = name
        self.text = text
        self.functions = functions
        self.trees: dict[str, Tree] = {}
        self.shapes: dict[str, Shape] = {}  # what its actions say, by their texts, if it has an outline
        self.changed = False
        self._is_outlined = False
        self._roots: dict[str, Block] = {}

    @classmethod
    def parsed(cls, name: str, text: str, functions: "FunctionTable") -> "Unit":
        """Parse a text. Raises ParseError."""
        unit = cls(name, text, functions)
        unit.find_outline()
        if not unit.trees:
            from helmpy.gotemplate.nodes import is_empty

            unit._roots = unit.parse()
            unit.trees = {key: Tree(unit, key, is_empty(root)) for key, root in unit._roots.items()}
        unit.changed = True
        return unit

    @classmethod
    def restored(cls, name: str, text: str, functions: "FunctionTable", trees: Iterable[Kept]) -> "Unit":
        """A text that an earlier run parsed."""
        unit = cls(name, text, functions)
        unit.trees = {key: Tree(unit, key, empty, codes=codes) for key, empty, codes in trees}
        return unit

    def find_outline(self) -> None:
        """Have the programs of its trees at hand, if there is an outline."""
        if self._is_outlined:
            return
        from helmpy.gotemplate.outline import outline

        self._is_outlined = True
        found = outline(self.name, self.text, self.functions)
        if found is not None:
            self.shapes = found.shapes
            for key, program in found.programs.items():
                self.trees.setdefault(key, Tree(self, key, program.empty)).program = program

    def parse(self) -> "dict[str, Block]":
        """The trees of the text, parsed anew. Raises ParseError."""
        from helmpy.gotemplate.parser import parse

        return parse(self.name, self.text, self.functions)

    def root(self, name: str) -> "Block":
        """One of the trees, as the parser makes them."""
        if not self._roots:
            self._roots = self.parse()
        return self._roots[name]


class TemplateSet:
    """Templates that can call each other, with the functions that they see.

    `own` are functions that belong to this set alone (they override the shared ones); `strict` makes missing keys errors.
    """

    interprets = True

    def __init__(
        self,
        functions: "FunctionTable",
        own: Mapping[str, Function],
        *,
        name: str = "gotpl",
        strict: bool = False,
        parent: "TemplateSet | None" = None,
    ) -> None:
        self.name = name
        self.functions = functions
        self.parent = parent
        self._trees: dict[str, Tree] = {}
        self._bodies: dict[Tree, Callable[..., None]] = {}
        self._parts: dict[tuple[Tree, int], Callable[..., None]] = {}
        self._owners: dict[int, Tree] = {} if parent is None else parent._owners
        self.budget: Budget = Budget() if parent is None else parent.budget
        self._globals: dict[str, Any] = {
            **runtime.HELPERS,
            "template": self._callee,
            "part": self._part,
            "items": self.budget.items,
            "pairs": self.budget.pairs,
        }
        if strict:
            self._globals["field"] = runtime.field_strict
        self._calls = _Calls(functions)
        for key, function in own.items():
            self._globals[f"f_{key}"] = self._calls[key] = function.call
        self._head = [self._globals["field"], self._calls, self._callee, self.budget]  # of a frame: see evaluation

    def add(self, unit: Unit) -> None:
        """Add a text's templates; an empty one never replaces another."""
        for name, tree in unit.trees.items():
            if not tree.empty or self.lookup(name) is None:
                self._trees[name] = tree

    def lookup(self, name: str) -> Tree | None:
        """The template of that name."""
        tree = self._trees.get(name)
        return self.parent.lookup(name) if tree is None and self.parent is not None else tree

    def execute(self, name: str, data: Any) -> str:
        """The output of a template. Raises ExecError, and GoError when there is no such template."""
        tree = self.lookup(name)
        if tree is None:
            raise GoError(f"template: no template {quote(name)} associated with template {quote(self.name)}")
        return self.run(tree, data)

    def run(self, tree: Tree, data: Any) -> str:
        """The output of a tree that may or may not be in the set. Raises ExecError."""
        output: list[str] = []
        budget = self.budget
        budget.left -= 1
        if budget.left < budget.next_look:
            budget.spend(0)
        budget.written.append(output)
        try:
            self._run(tree, data, output.append)
            if len(output) > _MANY_PIECES:
                budget.look()
        finally:
            budget.written.pop()
        return "".join(output)

    def _run(self, tree: Tree, data: Any, write: Callable[[str], object]) -> None:
        body = self._bodies.get(tree) or self._body(tree)
        try:
            body(write, data)
        except Exception as error:
            raise self._located(error) from (None if isinstance(error, GoError) else error)

    # --- binding code to functions ---

    def _body(self, tree: Tree) -> Callable[..., None]:
        """The Python function of a tree, seeing this set's functions."""
        body = None
        if self.interprets and tree.runs < _MANY_RUNS and not tree.is_compiled:
            body = self._interpreted(tree)
        body = self._bodies[tree] = body or self._bound(tree, tree.code())
        return body

    def _interpreted(self, tree: Tree) -> Callable[..., None] | None:
        script, head = tree.interpreted(), self._head
        if script is None:
            return None

        def body(write: Callable[[str], object], data: Any) -> None:
            tree.runs += 1
            if tree.runs >= _MANY_RUNS:
                self._body(tree)(write, data)
            else:
                script.run(write, data, head, tree)

        return body

    def _part(self, number: int) -> Callable[..., None]:
        """A part of the tree whose code is calling."""
        tree = self._owners[id(sys._getframe(1).f_code)]
        part = self._parts.get((tree, number))
        if part is None:
            part = self._parts[tree, number] = self._bound(tree, tree.code(number))
        return part

    def _bound(self, tree: Tree, code: CodeType) -> Callable[..., None]:
        for name in code.co_names:
            if name not in self._globals and name.startswith("f_"):
                function = self.functions.get(name[2:])
                assert function is not None, name
                self._globals[name] = function.call
        self._owners[id(code)] = tree
        return FunctionType(code, self._globals)

    def _callee(self, name: str) -> Callable[..., None]:
        """The template that a template clause names."""
        self.budget.spend(1)
        tree = self.lookup(name)
        if tree is None:
            raise OperationError(f"template {quote(name)} not defined")
        return self._bodies.get(tree) or self._body(tree)

    # --- errors ---

    def _located(self, error: Exception) -> ExecError:
        """The error with the place in the template from which it came."""
        from helmpy.gotemplate import places

        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + _ROOM)  # there may be none left
        try:
            place = places.innermost(error.__traceback__, self._owners)
        finally:
            sys.setrecursionlimit(limit)
        if place is None:
            return ExecError(str(error))
        prefix = f"template: {place.location}: executing {quote(place.tree.name)} at <{place.node}>: "
        if isinstance(error, OperationError):
            return ExecError(prefix + str(error), error.wrapped)
        if isinstance(error, NameError):
            return ExecError(f"{prefix}undefined variable: {place.node}")
        if isinstance(error, RecursionError):
            return ExecError(prefix + _MAX_DEPTH)
        if place.call:
            prefix += f"error calling {place.call}: "
        if isinstance(error, GoError):
            return ExecError(prefix, error)
        return ExecError(f"{prefix}{type(error).__name__}: {error}")


class _Calls(dict[str, Callable[..., Any]]):
    """Functions by name, imported when they are first called."""

    def __init__(self, functions: "FunctionTable") -> None:
        super().__init__()
        self._functions = functions

    def __missing__(self, name: str) -> Callable[..., Any]:
        function = self._functions.get(name)
        assert function is not None, name
        call = self[name] = function.call
        return call
