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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from helmpy.gotemplate.compiler import FunctionTable, Part
    from helmpy.gotemplate.interpreter import Script
    from helmpy.gotemplate.nodes import Block, Node
    from helmpy.gotemplate.outline import Shape

    Shapes = dict[str, Shape | tuple[Any, ...]]
    """What actions say, by their texts; as tuples until they are first asked for, if an earlier run kept them."""

_MAX_DEPTH = "exceeded maximum template depth (100000)"
_ROOM = 1000  # Python frames, to find the place of an error
_MANY_RUNS = 50  # of one template: from there on it is worth being compiled

Kept = tuple[str, bool, "tuple[Any, ...] | None", "list[CodeType | None] | None"]
"""A tree as it can be marshalled: name, whether it is empty, its program if it has an outline, its code objects."""


class Tree:
    """One named template of a text: interpreted at first if it has an outline, compiled else and when it runs often."""

    __slots__ = ("_codes", "_sources", "empty", "name", "program", "runs", "script", "unit")

    def __init__(
        self,
        unit: "Unit",
        name: str,
        empty: bool,
        program: "tuple[Any, ...] | None" = None,
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
        return self.name, self.empty, None if self.program is None else tuple(self.program), self._codes

    @property
    def is_compiled(self) -> bool:
        """Whether its main function is at hand."""
        return self._codes is not None and self._codes[0] is not None

    def code(self, part: int = 0) -> CodeType:
        """A code object, compiled on first use. Raises ParseError when it is nested too deeply."""
        code = None if self._codes is None else self._codes[part]
        if code is None:
            from helmpy.gotemplate.compiler import compile_part, generate

            if not self._sources:
                self._sources = generate(self.root(), self.unit.functions).parts
                self.unit.forget(self.name)
            if self._codes is None:
                self._codes = [None] * len(self._sources)
            code = self._codes[part] = compile_part(self.name, self._sources[part])
            self.unit.changed = True
        return code

    def interpreted(self) -> "Script | None":
        """What the interpreter runs; None where only the compiler can."""
        if self.script is None and self.program is not None:
            from helmpy.gotemplate.interpreter import Script

            self.script = Script(self.program, self.unit.shape, self.unit.functions)
        return self.script

    def compile(self) -> None:
        """Have all code at hand if the template ran at all."""
        if self.script is not None:
            self.code()
            for part in range(len(self._sources)):
                self.code(part)

    def root(self) -> "Block":
        """The tree."""
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

    __slots__ = ("_roots", "changed", "functions", "name", "shapes", "text", "trees")

    def __init__(self, name: str, text: str, functions: "FunctionTable") -> None:
        self.name = name
        self.text = text
        self.functions = functions
        self.trees: dict[str, Tree] = {}
        self.changed = False
        self._roots: dict[str, Block] = {}
        self.shapes: Shapes = {}

    @classmethod
    def parsed(cls, name: str, text: str, functions: "FunctionTable") -> "Unit":
        """Parse a text. Raises ParseError."""
        from helmpy.gotemplate.outline import outline

        unit = cls(name, text, functions)
        found = outline(name, text, functions)
        if found is None:
            from helmpy.gotemplate.nodes import is_empty

            unit._roots = unit.parse()
            unit.trees = {key: Tree(unit, key, is_empty(root)) for key, root in unit._roots.items()}
        else:
            unit.shapes = dict(found.shapes)
            unit.trees = {key: Tree(unit, key, program[0], program) for key, program in found.programs.items()}
        unit.changed = True
        return unit

    @classmethod
    def restored(
        cls, name: str, text: str, functions: "FunctionTable", trees: "Iterable[Kept]", shapes: "Shapes"
    ) -> "Unit":
        """A text that an earlier run parsed; `shapes` may be shared with other texts."""
        unit = cls(name, text, functions)
        unit.trees = {key: Tree(unit, key, empty, program, codes) for key, empty, program, codes in trees}
        unit.shapes = shapes
        return unit

    def parse(self) -> "dict[str, Block]":
        """The trees of the text, parsed anew. Raises ParseError."""
        from helmpy.gotemplate.parser import parse

        return parse(self.name, self.text, self.functions)

    def compile(self) -> None:
        """Compile what ran interpreted."""
        for tree in self.trees.values():
            tree.compile()

    def root(self, name: str) -> "Block":
        """One of the trees; they are kept until `forget` is called for each."""
        if name not in self._roots:
            self._roots = self.parse()
        return self._roots[name]

    def forget(self, name: str) -> None:
        """The tree of that name has been used."""
        self._roots.pop(name, None)

    def shape(self, action: str) -> "Shape":
        """What the text of an action says."""
        shape = self.shapes[action]
        if isinstance(shape, tuple):
            from helmpy.gotemplate.outline import thawed_shape

            shape = self.shapes[action] = thawed_shape(shape)
        return shape


def kept_shapes(units: Iterable[Unit]) -> dict[str, tuple[Any, ...]]:
    """The shapes of the actions of some texts, ready to be marshalled."""
    from helmpy.gotemplate.outline import frozen_shape

    found: dict[str, tuple[Any, ...]] = {}
    for shapes in {id(unit.shapes): unit.shapes for unit in units}.values():
        for action, shape in shapes.items():
            if action not in found:
                found[action] = shape if isinstance(shape, tuple) else frozen_shape(shape)
    return found


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
        self._globals: dict[str, Any] = {**runtime.HELPERS, "template": self._callee, "part": self._part}
        if strict:
            self._globals["field"] = runtime.field_strict
        self._calls = _Calls(functions)
        for key, function in own.items():
            self._globals[f"f_{key}"] = self._calls[key] = function.call
        self._head = [self._globals["field"], self._calls, self._callee]  # of a frame: see evaluation

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
        self._run(tree, data, output.append)
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
