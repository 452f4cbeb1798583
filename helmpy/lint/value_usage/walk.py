"""Goes through templates with abstract data, into both sides of every branch.

Called by `findings`. Gives up (GiveUpError) rather than run long; then nothing is known.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from helmpy.gotemplate import nodes
from helmpy.gotemplate.errors import ParseError
from helmpy.gotemplate.templates import Tree, Unit
from helmpy.lint.value_usage import atoms, calls
from helmpy.lint.value_usage.atoms import NOTHING, Constant, Data, Path
from helmpy.lint.value_usage.reads import Reads

if TYPE_CHECKING:
    from helmpy.gotemplate.compiler import FunctionTable

_MAX_RUNS = 20_000
_MAX_ATOMS = 200
_MAX_DEPTH = 60


class GiveUpError(Exception):
    """The templates are too entangled."""


class Walk:
    """All templates of a chart and its subcharts, and what they read. `scopes` are the paths of the subcharts' values."""

    def __init__(self, functions: "FunctionTable", scopes: Iterable[Path]) -> None:
        self.functions = functions
        self.scopes = frozenset(scopes)
        self.trees: dict[str, Tree] = {}
        self.reads = Reads()
        self._seen: set[tuple[int, Data, bool]] = set()
        self._depth = 0
        self._quiet = False

    def add(self, unit: Unit) -> None:
        """Make the templates of a text known; the last of a name wins."""
        self.trees.update(unit.trees)

    def run(self, tree: Tree, data: Data, *, quiet: bool = False) -> None:
        """Everything that a template may do with its data. Raises GiveUpError. `quiet`: where it reads is not noted."""
        if len(self._seen) > _MAX_RUNS or self._depth > _MAX_DEPTH or len(data) > _MAX_ATOMS:
            raise GiveUpError
        quiet = quiet or self._quiet
        key = (id(tree), data, quiet)
        if key in self._seen:
            return
        self._seen.add(key)
        before, self._quiet = self._quiet, quiet
        self._depth += 1
        _Frame(self, tree, data).block(tree.root())
        self._depth -= 1
        self._quiet = before

    @property
    def is_quiet(self) -> bool:
        """Whether it is a guess that this template runs with this data: then nothing is said about it."""
        return self._quiet

    def include(self, name: Data, data: Data) -> None:
        """A template called by name, or any if the name is not known."""
        names = atoms.constants(name)
        for one in names or list(self.trees):
            if one in self.trees:
                self.run(self.trees[one], data, quiet=not names)

    def text(self, text: str, data: Data, *, quiet: bool = True) -> None:
        """A text given to `tpl`; one that is no template reads nothing."""
        if "{{" not in text:
            return
        try:
            unit = Unit.parsed("tpl", text, self.functions)
        except ParseError:
            return
        self.run(unit.trees["tpl"], data, quiet=quiet)


class _Frame:
    """One run of one template."""

    def __init__(self, walk: Walk, tree: Tree, data: Data) -> None:
        self.walk = walk
        self.tree = tree
        self.dot = data
        self.variables: dict[str, Data] = {"$": data}

    # --- statements ---

    def block(self, block: nodes.Block) -> None:
        """Statements one after the other."""
        for node in block.nodes:
            if isinstance(node, nodes.Action):
                value = self.pipe(node.pipe)
                if not node.pipe.variables:
                    self.use(value, node)
            elif isinstance(node, nodes.Template):
                data = self.pipe(node.pipe) if node.pipe is not None else NOTHING
                self.walk.include(frozenset({Constant(node.name)}), data)
            elif isinstance(node, nodes.Branch):
                self.branch(node)

    def branch(self, node: nodes.Branch) -> None:
        """if, with and range: their bodies and their else."""
        value = self.pipe(node.pipe, is_range=isinstance(node, nodes.Range))
        self.walk.reads.touch(value)
        before = self.dot
        if isinstance(node, nodes.With):
            self.dot = value
        elif isinstance(node, nodes.Range):
            self.dot = atoms.element(value, self.walk.scopes)
            self.walk.reads.touch(self.dot)
            self.block(node.body)  # once more below: what the body assigns reaches its beginning
        self.block(node.body)
        self.dot = before
        if node.orelse is not None:
            self.block(node.orelse)

    # --- values ---

    def pipe(self, pipe: nodes.Pipe, *, is_range: bool = False) -> Data:
        """The value of a pipeline; its variables are set."""
        value: Data | None = None
        for command in pipe.commands:
            value = self.command(command, value)
        assert value is not None
        given = atoms.element(value, self.walk.scopes) if is_range else value
        for variable in pipe.variables:
            known = self.variables.get(variable.name, NOTHING) if pipe.assign else NOTHING
            self.variables[variable.name] = known | given
        if len(pipe.variables) == 2:
            self.variables[pipe.variables[0].name] = NOTHING
        return value

    def command(self, command: nodes.Command, piped: Data | None) -> Data:
        """The value of a command."""
        first, rest = command.args[0], command.args[1:]
        arguments = [self.operand(arg) for arg in rest] + ([] if piped is None else [piped])
        if isinstance(first, nodes.Identifier):
            return self.call(first.name, rest, arguments, command)
        if arguments:  # a method, such as .Files.Get
            self.use(self.operand(first), command)
            for argument in arguments:
                self.use(argument, command)
            return NOTHING
        return self.operand(first)

    def call(self, name: str, nodes_: list[nodes.Node], arguments: list[Data], node: nodes.Node) -> Data:
        """The result of a function; one that `calls` does not know uses its arguments up."""
        name = calls.plain_name(name)
        rule = calls.RULES.get(name)
        if rule is not None and arguments:
            result = rule(self.walk, arguments)
            if name in calls.CHANGE_FIRST and nodes_:
                self.changed(nodes_[0], result)
            return result
        for argument in arguments:
            self.use(argument, node)
        return NOTHING

    def changed(self, node: nodes.Node, result: Data) -> None:
        """A function has changed the map that a variable or the dot holds."""
        if isinstance(node, nodes.Variable) and not node.names:
            self.variables[node.name] = self.variables.get(node.name, NOTHING) | result
        elif isinstance(node, nodes.Dot):
            self.dot |= result

    def operand(self, node: Any) -> Data:
        """The value of an operand."""
        if isinstance(node, nodes.Dot):
            return self.dot
        if isinstance(node, nodes.Field):
            return self.fields(self.dot, node.names)
        if isinstance(node, nodes.Variable):
            return self.fields(self.variables.get(node.name, NOTHING), node.names)
        if isinstance(node, nodes.Chain):
            return self.fields(self.operand(node.node), node.names)
        if isinstance(node, nodes.Pipe):
            return self.pipe(node)
        if isinstance(node, nodes.Identifier):
            return self.call(node.name, [], [], node)
        return frozenset({Constant(node.value)}) if isinstance(node, nodes.String) else NOTHING

    def fields(self, data: Data, names: tuple[str, ...]) -> Data:
        """Fields of fields."""
        for name in names:
            data = atoms.field(data, name, self.walk.scopes)
        return data

    def use(self, data: Data, node: nodes.Node) -> None:
        """A value is printed or handed to a function."""
        if data:
            self.walk.reads.use(data, "" if self.walk.is_quiet else self.tree.location(node))
