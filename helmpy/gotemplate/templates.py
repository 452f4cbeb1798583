"""Named templates: parsed texts, and sets of templates that can be executed.

Called by helmpy.engine. A `Unit` is one parsed text, which any number of sets may share; a `TemplateSet` maps names to trees
and runs them. A child set sees its parent's templates and adds its own, without copying any (what `tpl` needs).
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from types import CodeType, FrameType, FunctionType, TracebackType

from helmpy.annotations import Any
from helmpy.golang.function import Function
from helmpy.golang.strconv import quote
from helmpy.golang.types import GoError, go_bytes
from helmpy.gotemplate import runtime
from helmpy.gotemplate.errors import ExecError, OperationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from helmpy.gotemplate.compiler import FunctionTable, Part
    from helmpy.gotemplate.nodes import Block, Node

_FILENAME = "<template>"  # of all generated code; compiler.FILENAME
_MAX_DEPTH = "exceeded maximum template depth (100000)"


class Tree:
    """One named template of a text."""

    __slots__ = ("_codes", "_root", "_sources", "empty", "name", "unit")

    def __init__(
        self,
        unit: "Unit",
        name: str,
        empty: bool,
        root: "Block | None" = None,
        codes: "list[CodeType | None] | None" = None,
    ) -> None:
        self.unit = unit
        self.name = name
        self.empty = empty
        self._root = root
        self._codes = codes
        self._sources: list[Part] = []

    @property
    def compiled(self) -> "list[CodeType | None] | None":
        """The code objects, None for each that was never run, or for all."""
        return self._codes

    def code(self, part: int = 0) -> CodeType:
        """A code object, compiled on first use. Raises ParseError when it is nested too deeply."""
        code = None if self._codes is None else self._codes[part]
        if code is None:
            from helmpy.gotemplate.compiler import compile_part, generate

            if not self._sources:
                self._sources = generate(self.root(), self.unit.functions).parts
                self._root = None
            if self._codes is None:
                self._codes = [None] * len(self._sources)
            code = self._codes[part] = compile_part(self.name, self._sources[part])
            self.unit.changed = True
        return code

    def root(self) -> "Block":
        """The tree; parsed again if only the code is at hand."""
        return self.unit.parse()[self.name] if self._root is None else self._root

    def mark(self, frame: FrameType, line: int) -> "tuple[Node, str]":
        """The node that a line of the generated code stands for, and the function called there, if any."""
        from helmpy.gotemplate.compiler import Choice, generate

        mark = generate(self.root(), self.unit.functions).marks[line - 1]
        node = mark.node
        while isinstance(node, Choice):
            node = node.nodes[frame.f_locals[node.variable]]
        assert node is not None
        return node, mark.call

    def location(self, node: "Node") -> str:
        """NAME:LINE:COLUMN of a node; the column counts bytes from 0."""
        before = self.unit.text[: node.at]
        start = before.rfind("\n") + 1
        return f"{self.unit.name}:{before.count(chr(10)) + 1}:{len(go_bytes(before[start:]))}"


class Unit:
    """A parsed text: the template of that name and those that the text defines."""

    __slots__ = ("changed", "functions", "name", "text", "trees")

    def __init__(self, name: str, text: str, functions: "FunctionTable") -> None:
        self.name = name
        self.text = text
        self.functions = functions
        self.trees: dict[str, Tree] = {}
        self.changed = False

    @classmethod
    def parsed(cls, name: str, text: str, functions: "FunctionTable") -> "Unit":
        """Parse a text. Raises ParseError."""
        from helmpy.gotemplate.nodes import is_empty

        unit = cls(name, text, functions)
        unit.trees = {key: Tree(unit, key, is_empty(root), root) for key, root in unit.parse().items()}
        unit.changed = True
        return unit

    @classmethod
    def restored(
        cls,
        name: str,
        text: str,
        functions: "FunctionTable",
        trees: Iterable[tuple[str, bool, "list[CodeType | None] | None"]],
    ) -> "Unit":
        """A text whose (name, empty, compiled) triples are known from an earlier run."""
        unit = cls(name, text, functions)
        unit.trees = {key: Tree(unit, key, empty, codes=codes) for key, empty, codes in trees}
        return unit

    def parse(self) -> "dict[str, Block]":
        """The trees of the text, parsed anew."""
        from helmpy.gotemplate.parser import parse

        return parse(self.name, self.text, self.functions)


class TemplateSet:
    """Templates that can call each other, with the functions that they see.

    `own` are functions that belong to this set alone (they override the shared ones); `strict` makes missing keys errors.
    """

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
        for key, function in own.items():
            self._globals[f"f_{key}"] = function.call

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
        body = self._bodies[tree] = self._bound(tree, tree.code())
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
        place = self._innermost(error.__traceback__)
        if place is None:
            return ExecError(str(error))
        tree, frame, line = place
        node, call = tree.mark(frame, line)
        prefix = f"template: {tree.location(node)}: executing {quote(tree.name)} at <{node}>: "
        if isinstance(error, OperationError):
            return ExecError(prefix + str(error), error.wrapped)
        if isinstance(error, NameError):
            return ExecError(f"{prefix}undefined variable: {node}")
        if isinstance(error, RecursionError):
            return ExecError(prefix + _MAX_DEPTH)
        if call:
            prefix += f"error calling {call}: "
        if isinstance(error, GoError):
            return ExecError(prefix, error)
        return ExecError(f"{prefix}{type(error).__name__}: {error}")

    def _innermost(self, traceback: TracebackType | None) -> tuple[Tree, FrameType, int] | None:
        """The template, and the line of its code, that was running when an exception was raised."""
        found = None
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_code.co_filename == _FILENAME and id(frame.f_code) in self._owners:
                found = self._owners[id(frame.f_code)], frame, traceback.tb_lineno
            traceback = traceback.tb_next
        return found
