"""Running templates while noting who wrote what: the raw material of a map from output to templates.

`TracedSet` is a `TemplateSet` that keeps every write with the statement behind it, the fields that statement read, and the
outputs of the templates that it included. The generated code is the ordinary one: a write or a read is placed by the line
of the code that called. Called by `engine.source_map`, when something went wrong; nothing of this is imported before.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from helmpy.golang.function import Function
from helmpy.gotemplate import nodes
from helmpy.gotemplate.compiler import Choice, FunctionTable, generate
from helmpy.gotemplate.nodes import Node
from helmpy.gotemplate.templates import TemplateSet, Tree

Path = tuple[str, ...]
FindPath = Callable[[Any], Path | None]
"""Where a map or list stands in the values; None for one that is not of them."""


@dataclass(frozen=True, slots=True)
class Write:
    """One piece of output. `inner` are the outputs of the templates that ran for it, in order."""

    text: str
    tree: Tree
    statement: Node
    reads: tuple[Path, ...]
    inner: "tuple[tuple[Write, ...], ...]"


@dataclass(slots=True)
class _Sources:
    """What one statement was made of: the values it read, the outputs of the templates that ran for it."""

    reads: list[Path] = field(default_factory=list)
    inner: list[tuple[Write, ...]] = field(default_factory=list)
    closed: bool = False  # the statement has written: the next thing it reads belongs to its next run


@dataclass(slots=True)
class _Run:
    """One execution that is under way. `sources` are kept by (tree, place of the statement)."""

    writes: list[Write] = field(default_factory=list)
    sources: dict[tuple[int, int], _Sources] = field(default_factory=dict)


class Trace:
    """What all sets of one rendering share."""

    def __init__(self, find_path: FindPath) -> None:
        self.find_path = find_path
        self.runs: list[_Run] = [_Run()]
        self._statements: dict[int, _Statements] = {}

    def statements(self, tree: Tree) -> "_Statements":
        """The statements of a tree, by line of its code."""
        found = self._statements.get(id(tree))
        if found is None:
            found = self._statements[id(tree)] = _Statements(tree)
        return found

    def sources(self, tree: Tree, line: int) -> _Sources:
        """Where to note what the statement on a line of a tree's code is made of."""
        sources = self.runs[-1].sources
        key = (id(tree), self.statements(tree).at_line(line).at)
        found = sources.get(key)
        if found is None or found.closed:
            found = sources[key] = _Sources()
        return found

    def write(self, tree: Tree, line: int, text: str) -> None:
        """Note a piece of output."""
        run, statements = self.runs[-1], self.statements(tree)
        statement = statements.at_line(line)
        reads: dict[Path, None] = {}
        inner: list[tuple[Write, ...]] = []
        for at in () if isinstance(statement, nodes.Text) else statements.made_of(statement):
            found = run.sources.get((id(tree), at))
            if found is not None:
                reads.update(dict.fromkeys(found.reads))
                inner += found.inner
                found.closed = found.closed or at == statement.at
            if found is not None and at == statement.at:
                break  # what a statement does itself says more than what is around it
        run.writes.append(Write(text, tree, statement, tuple(reads), tuple(inner)))


class TracedSet(TemplateSet):
    """Templates that leave a trace. They are compiled: writes and reads are placed by lines of code."""

    interprets = False

    def __init__(
        self,
        functions: FunctionTable,
        own: Mapping[str, Function],
        *,
        trace: Trace,
        name: str = "gotpl",
        strict: bool = False,
        parent: TemplateSet | None = None,
    ) -> None:
        super().__init__(functions, own, name=name, strict=strict, parent=parent)
        self.trace = trace
        self._field = self._globals["field"]
        self._globals["field"] = self._traced_field
        for key, keys in _LOOKUPS.items():
            function = functions.get(key)
            if function is not None:
                self._globals[f"f_{key}"] = self._traced_lookup(function, keys)

    def run(self, tree: Tree, data: Any) -> str:
        """The output of a tree; what it wrote goes into the trace of whoever ran it. Raises ExecError."""
        runs = self.trace.runs
        runs.append(_Run())
        try:
            self._run(tree, data, self._write)
            writes = tuple(runs[-1].writes)
        finally:
            runs.pop()
        caller = self._caller(sys._getframe(1))
        if caller is None:
            runs[-1].writes += writes
        else:
            self.trace.sources(*caller).inner.append(writes)
        return "".join(write.text for write in writes)

    def _caller(self, frame: FrameType | None) -> tuple[Tree, int] | None:
        """The tree from which this was called, and the line of its code; None for a whole file."""
        while frame is not None:
            tree = self._owners.get(id(frame.f_code))
            if tree is not None:
                return tree, frame.f_lineno
            frame = frame.f_back
        return None

    def _write(self, text: str) -> None:
        frame = sys._getframe(1)
        self.trace.write(self._owners[id(frame.f_code)], frame.f_lineno, text)

    def _traced_field(self, receiver: Any, names: tuple[str, ...], nested: Any = False) -> Any:
        self._note(receiver, names, sys._getframe(1))
        return self._field(receiver, names, nested)

    def _traced_lookup(self, function: Function, keys: "_Keys") -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            receiver, names = keys(arguments)
            if all(isinstance(name, str) for name in names):
                self._note(receiver, names, sys._getframe(1))
            return function.call(*arguments)

        return call

    def _note(self, receiver: Any, names: tuple[Any, ...], frame: FrameType) -> None:
        tree = self._owners.get(id(frame.f_code))
        path = self._path(receiver, names)
        if tree is not None and path is not None:
            sources = self.trace.sources(tree, frame.f_lineno)
            on_the_way = [known for known in sources.reads if known == path[: len(known)]]
            sources.reads = [known for known in sources.reads if known not in on_the_way] + [path]

    def _path(self, value: Any, names: tuple[Any, ...]) -> Path | None:
        """Where in the values a chain of fields ends."""
        path: Path | None = None
        for name in names:
            above = self.trace.find_path(value)
            path = (*above, name) if above is not None else None if path is None else (*path, name)
            value = value.get(name) if isinstance(value, dict) else None
        return path


_Keys = Callable[[tuple[Any, ...]], tuple[Any, tuple[Any, ...]]]
# Functions that read a map by key: from the arguments of a call the map and its keys.
_LOOKUPS: dict[str, _Keys] = {
    "index": lambda arguments: (arguments[0], arguments[1:]) if arguments else (None, ()),
    "get": lambda arguments: (arguments[0], arguments[1:2]),
    "dig": lambda arguments: (arguments[-1], arguments[:-2]),
}


class _Statements:
    """The statements of one tree: which one a line of code belongs to, and where its data came from."""

    def __init__(self, tree: Tree) -> None:
        root = tree.root()
        self._marks = generate(root, tree.unit.functions).marks
        self._above: dict[int, tuple[Node, ...]] = {}  # place of a statement -> the branches around it
        self._all: list[Node] = []
        self._walk(root, ())

    def _walk(self, block: nodes.Block, above: tuple[Node, ...]) -> None:
        for node in block.nodes:
            self._all.append(node)
            self._above[node.at] = above
            if isinstance(node, nodes.Branch):
                self._walk(node.body, (*above, node))
                if node.orelse is not None:
                    self._walk(node.orelse, above)

    def at_line(self, line: int) -> Node:
        """The statement of a line of the code."""
        node = self._marks[line - 1].node
        while isinstance(node, Choice):
            node = node.nodes[0]
        assert node is not None
        before = [statement for statement in self._all if statement.at <= node.at]
        return before[-1] if before else self._all[0]

    def made_of(self, statement: Node) -> list[int]:
        """Places: the statement's own, and of those that made its variables and its dot."""
        found = {statement.at: None}
        waiting = [statement]
        while waiting:
            node = waiting.pop()
            pipe = getattr(node, "pipe", None)
            for source in () if pipe is None else self._sources(node, pipe):
                if source.at not in found:
                    found[source.at] = None
                    waiting.append(source)
        return list(found)

    def _sources(self, statement: Node, pipe: nodes.Pipe) -> Iterator[Node]:
        operands = list(_operands(pipe))
        names = {operand.name for operand in operands if isinstance(operand, nodes.Variable)}
        for name in names - {"$"}:
            declared = [node for node in self._all if node.at < statement.at and _declares(node, name)]
            yield from declared[-1:]
        if any(isinstance(operand, (nodes.Dot, nodes.Field)) for operand in operands):
            around = [node for node in self._above[statement.at] if isinstance(node, (nodes.With, nodes.Range))]
            yield from around[-1:]


def _declares(node: Node, name: str) -> bool:
    pipe = getattr(node, "pipe", None)
    return pipe is not None and any(variable.name == name for variable in pipe.variables)


def _operands(node: Node) -> Iterator[Node]:
    """Every operand of a pipeline."""
    if isinstance(node, nodes.Pipe):
        for command in node.commands:
            for argument in command.args:
                yield from _operands(argument)
    elif isinstance(node, nodes.Chain):
        yield from _operands(node.node)
    else:
        yield node
