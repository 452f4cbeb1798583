"""The compiler: a template's tree into the source of one Python function, `def t(w, d)`.

`w` appends to the output, `d` is the data. Every line holds at most one operation that can fail, and `marks` says which node
stands behind each line, so an exception's line number is all that is needed to say where a template failed. The order of
evaluation, and the node that Go would blame at each moment (`self.node`), follow text/template/exec.go step by step.

A large body of an `if` or `with` becomes a function of its own, a part, which gets the variables in sight as arguments: most
charts have far more code than a run needs, so parts are compiled when they are first called. So does a body nested deeper than
Python can express, even in a loop: such a part returns how it ended and the variables of its surroundings that it set. The
lines of all functions of a tree are numbered through.

Only literals (through `repr`), numbered variables and names from the function table get into the source.
Called by `templates`.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any, NamedTuple, Protocol

from helmpy.golang.function import Function
from helmpy.gotemplate import nodes
from helmpy.gotemplate.arguments import GO_NAMES, NIL_EXPRESSIONS, PYTHON_NAMES
from helmpy.gotemplate.errors import ParseError
from helmpy.gotemplate.nodes import Node
from helmpy.gotemplate.signatures import arity_error, constant_of, is_result, literal_for, parameter_types

FILENAME = "<template>"


class FunctionTable(Protocol):
    """The functions that templates may call."""

    def __contains__(self, name: object, /) -> bool: ...

    def get(self, name: str, /) -> Function | None:
        """The function of that name, imported now if need be."""


class Choice(Node):
    """Whichever node was evaluated last; a variable of the generated code holds its number."""

    __slots__ = ("nodes", "variable")

    def __init__(self, variable: str) -> None:
        super().__init__(0)
        self.variable = variable
        self.nodes: list[Node | None] = []


class Mark(NamedTuple):
    """What a line of generated code stands for: the node to blame, and the function called there, if any."""

    node: Node | None
    call: str = ""


class Operand(NamedTuple):
    """A value in generated code.

    Go tells an untyped nil (the result of a pipeline) from a nil that sits in a map or list of interfaces, and so does
    `nested`: an expression that is true, or the container itself, where the value came out of such a container.
    """

    code: str
    nested: str = "False"
    literal: bool = False


class Part(NamedTuple):
    """The source of one function, the number of its first line among those of the tree, and where its block begins."""

    source: str
    line: int
    at: int


class Compiled(NamedTuple):
    """The functions of a tree, the main one first, and what their lines stand for (line 1 is index 0)."""

    parts: list[Part]
    marks: list[Mark]


def generate(root: nodes.Block, functions: FunctionTable) -> Compiled:
    """The Python sources of a tree."""
    generator = _Generator(functions)
    generator.block(root)
    generator.functions_done[0] = (generator.lines, generator.marks, root.at)
    parts: list[Part] = []
    marks: list[Mark] = []
    for lines, own_marks, at in generator.functions_done:
        parts.append(Part("\n".join(lines) + "\n", len(marks) + 1, at))
        marks += own_marks
    return Compiled(parts, marks)


def compile_part(name: str, part: Part) -> CodeType:
    """The code object of a function. Raises ParseError when it is nested deeper than Python can express."""
    try:
        module = compile(part.source, FILENAME, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, RecursionError, MemoryError):
        raise ParseError(f"template: {name}:1: template is nested too deeply") from None
    code = next(const for const in module.co_consts if isinstance(const, CodeType))
    return code.replace(co_firstlineno=part.line)


_PART_SIZE = 12  # statements
_MAX_INDENT = 50  # Python takes 99 levels, and a body needs a few of its own
_MAX_LOOPS = 12  # Python takes 20

_ENDED, _BROKEN, _CONTINUED = range(3)  # how a part came to its end
_Lines = tuple[list[str], list[Mark], int]


class _Returns:
    """What a part returns: how it ended, then the variables of its surroundings that it set."""

    def __init__(self) -> None:
        self.how: set[int] = set()
        self.set: dict[str, None] = {}
        self.lines: list[int] = []  # where it returns, to be completed


def _is_large(block: nodes.Block, enough: int = _PART_SIZE) -> bool:
    return _size(block, enough) >= enough


def _size(block: nodes.Block, enough: int) -> int:
    """The number of statements, counted until there are enough."""
    size = len(block.nodes)
    for node in block.nodes:
        if size >= enough:
            break
        if isinstance(node, nodes.Branch):
            size += _size(node.body, enough) + (_size(node.orelse, enough) if node.orelse else 0)
    return size


class _Generator:
    """Writes the function of one template."""

    def __init__(self, functions: FunctionTable) -> None:
        self.functions = functions
        self.lines = ["def t(w, d):", " v0 = d"]
        self.marks = [Mark(None), Mark(None)]
        self.indent = " "
        self.count = 0
        self.node: Node | None = None
        self.dot = Operand("d")
        self.variables: list[tuple[str, Operand]] = [("$", Operand("v0"))]
        self.skippable = 0  # how many arguments of and/or we are in, which may not be evaluated
        self.unsure: set[str] = set()  # variables declared in such arguments
        self.functions_done: list[_Lines] = [([], [], 0)]  # the main one and the parts, by number
        self.outer: frozenset[str] = frozenset()  # variables of the surroundings of the part that is being written
        self.loops = 0  # how many loops of the function that is being written we are in
        self.returns: _Returns | None = None  # of the part that is being written, if it may tell how it ended

    # --- lines ---

    def emit(self, code: str, call: str = "") -> None:
        """A line that the current node answers for."""
        self.lines.append(self.indent + code)
        self.marks.append(Mark(self.node, call))

    def fresh(self, letter: str = "x") -> str:
        """A new Python variable."""
        self.count += 1
        return f"{letter}{self.count}"

    def assign(self, code: str, call: str = "") -> str:
        """A new Python variable holding the value of an expression."""
        name = self.fresh()
        self.emit(f"{name} = {code}", call)
        return name

    def called(self, blamed: Node, code: str, name: str) -> str:
        """A new Python variable holding the result of a call, for whose errors another node answers."""
        before, self.node = self.node, blamed
        result = self.assign(code, name)
        self.node = before
        return result

    def fail(self, text: str) -> Operand:
        """An unconditional failure."""
        self.emit(f"fail({text!r})")
        return Operand("None")

    # --- statements ---

    def block(self, block: nodes.Block) -> None:
        """Statements one after the other."""
        for node in block.nodes:
            self.node = node
            _STATEMENTS[type(node)](self, node)

    def body(self, block: nodes.Block) -> None:
        """Statements one level deeper."""
        indent, self.indent = self.indent, self.indent + " "
        before = len(self.lines)
        self.block(block)
        if len(self.lines) == before:
            self.emit("pass")
        self.indent = indent

    def branch_body(self, block: nodes.Block) -> None:
        """The body of an if or with: a part if it is large and nothing is around it but more such bodies."""
        names = self.in_sight()
        effects = nodes.JUMPS.union(name for name, _ in self.variables) & block.effects
        if self.indent != " " or effects or self.unsure.intersection(names) or not _is_large(block):
            self.nested_body(block)
            return
        number = len(self.functions_done)
        self.part(block, names, None)
        self.emit(f" part({number})(w, {', '.join(names)})")

    def nested_body(self, block: nodes.Block) -> None:
        """A body in its place, or a part that tells how it ended where that would be too deep for Python."""
        names = self.in_sight()
        deep = len(self.indent) >= _MAX_INDENT or self.loops >= _MAX_LOOPS
        if not deep or self.unsure.intersection(names):
            self.body(block)
            return
        number, returns = len(self.functions_done), _Returns()
        self.part(block, names, returns)
        indent, self.indent = self.indent, self.indent + " "
        ended = self.fresh("s")
        results = "".join(f", {name}" for name in returns.set)
        self.emit(f"{ended}{results or ','} = part({number})(w, {', '.join(names)})")
        for name in returns.set:
            self.changes(name)
        for how, word in ((_BROKEN, "break"), (_CONTINUED, "continue")):
            if how in returns.how:
                self.emit(f"if {ended} == {how}:")
                self.indent += " "
                self.leave(word)
                self.indent = self.indent[:-1]
        self.indent = indent

    def in_sight(self) -> list[str]:
        """The variables of the generated code that the dot and the template's variables stand for."""
        operands = [self.dot, *(operand for _, operand in self.variables)]
        # Whether a value is nested may be told by another variable.
        told = [operand.nested.partition(" ")[0] for operand in operands]
        return list(dict.fromkeys([operand.code for operand in operands] + [name for name in told if name[0] in "dvx"]))

    def part(self, block: nodes.Block, names: list[str], returns: "_Returns | None") -> None:
        """A function of its own; without `returns` it must have nothing to tell."""
        number = len(self.functions_done)
        self.functions_done.append(([], [], 0))
        before = self.lines, self.marks, self.outer, self.node, self.dot, self.indent, self.loops, self.returns
        self.lines, self.marks = [f"def t(w, {', '.join(names)}):"], [Mark(self.node)]
        self.outer, self.indent, self.loops, self.returns = frozenset(names), " ", 0, returns
        try:
            self.block(block)
            if returns is not None:
                self.leave("")
                for line in returns.lines:
                    self.lines[line] += "".join(f" {name}," for name in returns.set)
            self.functions_done[number] = self.lines, self.marks, block.at
        finally:
            self.lines, self.marks, self.outer, self.node, self.dot, self.indent, self.loops, self.returns = before

    def changes(self, name: str) -> None:
        """A variable of the generated code was set: the surroundings may have to be told."""
        if name in self.outer:
            assert self.returns is not None
            self.returns.set.setdefault(name)

    def leave(self, word: str) -> None:
        """break, continue, or the end of a part; the loop may be around the part."""
        if word and self.loops:
            self.emit(word)
            return
        assert self.returns is not None
        how = {"break": _BROKEN, "continue": _CONTINUED}.get(word, _ENDED)
        self.returns.how.add(how)
        self.returns.lines.append(len(self.lines))
        self.emit(f"return {how},")

    def text(self, node: nodes.Text) -> None:
        """Text as it is."""
        self.emit(f"w({node.text!r})")

    def action(self, node: nodes.Action) -> None:
        """A pipeline whose value is printed unless it went into a variable."""
        value = self.pipe(node.pipe)
        if node.pipe.variables:
            return
        self.node = node
        code = value.code
        if value.literal and code[0] in "'\"":
            self.emit(f"w({code})")
        else:
            show = "text" if is_result(node.pipe) else "field_text"
            self.emit(f"w({show}({code}))")

    def keyword(self, node: nodes.Keyword) -> None:
        """break or continue."""
        self.leave(node.word)

    def branch(self, node: nodes.Branch) -> None:
        """if and with; the latter sets the dot."""
        scope, dot = len(self.variables), self.dot
        value = self.pipe(node.pipe)
        before = len(self.variables)
        self.emit(f"if {value.code}:")
        if isinstance(node, nodes.With):
            self.dot = Operand(value.code)
            if value.code[0] != "x":
                # A loop may change the variable that the value came from: keep it.
                self.dot = Operand(self.fresh("d"))
                self.emit(f" {self.dot.code} = {value.code}")
        self.branch_body(node.body)
        self.dot = dot
        if node.orelse is not None:
            # What the body declares is in sight here, as in Go, but was not set.
            self.unsure.update(operand.code for _, operand in self.variables[before:])
            self.emit("else:")
            self.branch_body(node.orelse)
        del self.variables[scope:]

    def range(self, node: nodes.Range) -> None:
        """A loop over an int, list or map."""
        scope, dot = len(self.variables), self.dot
        value = self.pipe(node.pipe, element=True)
        names = [self.variable(variable.name) for variable in node.pipe.variables]
        items = self.assign(f"{'pairs' if len(names) > 1 else 'items'}({value.code})")
        if node.orelse is not None:
            self.emit(f"if {items}:")
            self.indent += " "
        self.dot = Operand(self.fresh("d"), value.code)
        if len(names) > 1:
            index = self.fresh("i")
            self.emit(f"for {index}, {self.dot.code} in {items}:")
            self.bind(names[0], index)
        else:
            self.emit(f"for {self.dot.code} in {items}:")
        if names:
            self.bind(names[-1], self.dot.code)
        self.loops += 1
        self.nested_body(node.body)
        self.loops -= 1
        self.dot = dot
        del self.variables[scope + (0 if node.pipe.assign else len(names)) :]
        if node.orelse is not None:
            self.indent = self.indent[:-1]
            self.emit("else:")
            self.nested_body(node.orelse)
        del self.variables[scope:]

    def bind(self, variable: Operand | None, code: str) -> None:
        """Set a loop variable at the head of the loop's body."""
        if variable is not None:
            self.emit(f" {variable.code} = {code}")

    def template(self, node: nodes.Template) -> None:
        """A call of another template, which writes to the same output."""
        called = self.assign(f"template({node.name!r})")
        data = self.pipe(node.pipe)
        self.node = node
        self.emit(f"{called}(w, {data.code})")

    # --- variables ---

    def variable(self, name: str) -> Operand | None:
        """Where a variable lives; None when none of that name is in scope."""
        return next((operand for known, operand in reversed(self.variables) if known == name), None)

    def store(self, pipe: nodes.Pipe, value: Operand, element: bool) -> None:
        """Declare or set the variables of a pipeline."""
        for variable in pipe.variables:
            if pipe.assign:
                known = self.variable(variable.name)
                if known is None:
                    self.fail(f"undefined variable: {variable.name}")
                else:
                    self.changes(known.code)
                    self.emit(f"{known.code} = {value.code}")
            else:
                name = self.fresh("v")
                self.emit(f"{name} = {value.code}")
                if self.skippable:
                    self.unsure.add(name)
                self.variables.append((variable.name, Operand(name, value.code if element else "False")))

    # --- pipelines ---

    def pipe(self, pipe: nodes.Pipe | None, element: bool = False) -> Operand:
        """The value of a pipeline; `element`: its variables take the elements of that value (a range)."""
        if pipe is None:
            return Operand("None")
        self.node = pipe
        value: Operand | None = None
        for command in pipe.commands:
            value = self.command(command, value)._replace(nested="False")
        assert value is not None
        if element and value.literal:
            value = Operand(self.assign(value.code))
        self.store(pipe, value, element)
        return value

    def command(self, command: nodes.Command, final: Operand | None) -> Operand:
        """The value of a command; `final` is the value piped into it."""
        first = command.args[0]
        if isinstance(first, nodes.Identifier):
            return self.function(first, command, command.args[1:], final)
        if isinstance(first, nodes.Field):
            self.node = first
            return self.chain(self.dot, first, first.names, command.args[1:], final)
        if isinstance(first, nodes.Chain):
            return self.chain_node(first, command.args[1:], final)
        if isinstance(first, nodes.Variable):
            return self.variable_node(first, command.args[1:], final)
        if not isinstance(first, nodes.Pipe):
            self.node = first
        if len(command.args) > 1 or final is not None:
            return self.fail(f"can't give argument to non-function {first}")
        if isinstance(first, nodes.Pipe):
            return self.pipe(first)
        if isinstance(first, nodes.Dot):
            return self.dot
        if isinstance(first, nodes.Nil):
            return self.fail("nil is not a command")
        return self.constant(first)

    def constant(self, node: Node) -> Operand:
        """A literal where no type is asked for."""
        self.node = node
        value, wrong = constant_of(node)
        return self.fail(wrong) if wrong else Operand(repr(value), literal=True)

    # --- fields and methods ---

    def variable_node(self, node: nodes.Variable, args: list[Node], final: Operand | None) -> Operand:
        """A variable, or fields of it."""
        self.node = node
        value = self.variable(node.name)
        if value is None:
            return self.fail(f"undefined variable: {node.name}")
        if value.code in self.unsure:
            self.emit(value.code)  # Python complains if it was never set.
        if not node.names:
            if args or final is not None:
                return self.fail(f"can't give argument to non-function {node}")
            return value
        return self.chain(value, node, node.names, args, final)

    def chain_node(self, node: nodes.Chain, args: list[Node], final: Operand | None) -> Operand:
        """Fields of a parenthesized pipeline or of a function's result."""
        self.node = node
        if isinstance(node.node, nodes.Nil):
            return self.fail(f"indirection through explicit nil in {node}")
        return self.chain(self.argument("any", node.node), node, node.names, args, final)

    def chain(
        self, receiver: Operand, node: Node, names: tuple[str, ...], args: list[Node], final: Operand | None
    ) -> Operand:
        """`.x.y.z`, of which the last may be a method with arguments."""
        if args or final is not None:
            return self.method(self.fields(receiver, names[:-1]), node, names[-1], args, final)
        return self.fields(receiver, names)

    def fields(self, receiver: Operand, names: tuple[str, ...]) -> Operand:
        """Fields without arguments."""
        if not names:
            return receiver
        code = receiver.code
        if receiver.nested == "False":
            nested = "True" if receiver.literal else f"{code} is not None"
            return Operand(self.assign(f"field({code}, {names!r})"), nested)
        return Operand(self.assign(f"field({code}, {names!r}, {receiver.nested})"), "True")

    def method(self, receiver: Operand, node: Node, name: str, args: list[Node], final: Operand | None) -> Operand:
        """A method call; its parameters are only known when it runs."""
        count = len(args) + (final is not None)
        bound = self.assign(f"method({receiver.code}, {name!r}, {count}, {len(args)}, {receiver.nested})")
        codes = [self.method_argument(bound, index, arg) for index, arg in enumerate(args)]
        if final is not None:
            codes.append(self.assign(f"method_argument({bound}, {len(args)}, {final.code}, {final.nested})"))
        return Operand(self.called(node, f"{bound}.call({', '.join(codes)})", name), "True")

    def method_argument(self, bound: str, index: int, arg: Node) -> str:
        """An argument of a method."""
        if isinstance(arg, nodes.Nil):
            self.node = arg
            return self.assign(f"method_nil({bound}, {index})")
        if not isinstance(arg, (nodes.Bool, nodes.Number, nodes.String)):
            value = self.argument("any", arg)
            return self.assign(f"method_argument({bound}, {index}, {value.code}, {value.nested})")
        self.node = arg
        kinds = {"text": str(arg), "any": self.constant(arg).code}
        if isinstance(arg, nodes.Bool):
            kinds["bool"] = repr(arg.value)
        elif isinstance(arg, nodes.String):
            kinds["string"] = repr(arg.value)
        else:
            kinds |= {"int": repr(arg.int_value), "float64": repr(arg.float_value), "uint": repr(arg.uint_value)}
        pairs = ", ".join(
            f"{key!r}: {value!r}" if key == "text" else f"{key!r}: {value}" for key, value in kinds.items()
        )
        return self.assign(f"method_literal({bound}, {index}, {{{pairs}}})")

    # --- functions ---

    def function(self, node: nodes.Identifier, blamed: Node, args: list[Node], final: Operand | None) -> Operand:
        """A function call; `blamed` is the node that an error of the function points at."""
        self.node = node
        function = self.functions.get(node.name)
        if function is None:
            return self.fail(f'"{node.name}" is not a defined function')
        if node.name in ("and", "or"):
            return self.short_circuit(node.name, args, final)
        wrong = arity_error(function, len(args), final is not None)
        if wrong:
            return self.fail(wrong)
        types = parameter_types(function, len(args) + (final is not None))
        values = [self.argument(type_, arg) for type_, arg in zip(types, args, strict=False)]
        if final is not None:
            values.append(self.validated(final, types[-1]))
        codes = [value.code for value in values]
        if node.name == "len":
            codes.append(values[0].nested)
        elif node.name == "call":
            codes.insert(0, repr(str(args[0])) if args else "None")
        nested = "True" if function.returns == "any" else "False"
        return Operand(self.called(blamed, f"f_{node.name}({', '.join(codes)})", node.name), nested)

    def short_circuit(self, name: str, args: list[Node], final: Operand | None) -> Operand:
        """and, or: the deciding operand; later ones are not evaluated."""
        if not args and final is None:
            return self.fail(f"wrong number of args for {name}: want at least 1 got 0")
        if not args:
            assert final is not None
            return final
        goes_on = "if {}:" if name == "and" else "if not {}:"
        known = self.count
        result = self.argument("any", args[0]).code
        if result[0] != "x" or int(result[1:]) <= known:
            result = self.assign(result)
        decided = Choice(self.assign("0"))
        decided.nodes.append(self.node)
        for number, arg in enumerate(args[1:], 1):
            self.emit(goes_on.format(result))
            self.indent += " "
            self.skippable += 1
            self.emit(f"{result} = {self.argument('any', arg).code}")
            self.emit(f"{decided.variable} = {number}")
            self.skippable -= 1
            self.indent = self.indent[:-1]
            decided.nodes.append(self.node)
        self.node = decided if len(args) > 1 else self.node
        if final is not None:
            self.emit(f"{goes_on.format(result)} {result} = {final.code}")
        return Operand(result, "True")

    # --- arguments ---

    def argument(self, type_: str, node: Node) -> Operand:
        """An argument for a parameter of that Go type."""
        self.node = node
        if isinstance(node, nodes.Nil):
            nil = NIL_EXPRESSIONS.get(type_)
            return Operand(nil) if nil else self.fail(f"cannot assign nil to {GO_NAMES.get(type_, type_)}")
        if isinstance(node, (nodes.Bool, nodes.Number, nodes.String)):
            return self.constant(node) if type_ == "any" else self.literal(type_, node)
        return self.validated(self.operand(node), type_)

    def operand(self, node: Node) -> Operand:
        """The value of an argument that is not a literal."""
        if isinstance(node, nodes.Dot):
            return self.dot
        if isinstance(node, nodes.Field):
            return self.chain(self.dot, node, node.names, [], None)
        if isinstance(node, nodes.Variable):
            return self.variable_node(node, [], None)
        if isinstance(node, nodes.Pipe):
            return self.pipe(node)
        if isinstance(node, nodes.Identifier):
            return self.function(node, node, [], None)
        assert isinstance(node, nodes.Chain)
        return self.chain_node(node, [], None)

    def literal(self, type_: str, node: nodes.Bool | nodes.Number | nodes.String) -> Operand:
        """A literal for a parameter that is not interface {}."""
        value, expected = literal_for(type_, node)
        if expected:
            return self.fail(expected)
        return Operand(repr(value), literal=True)

    def validated(self, value: Operand, type_: str) -> Operand:
        """A value checked against the parameter's type when it runs."""
        if type_ == "any" or (value.literal and type_ == "string" and value.code[0] in "'\""):
            return value
        code, quick = value.code, PYTHON_NAMES.get(type_)
        check = f"check({code}, {type_!r}, {value.nested})"
        if quick and not value.literal:
            check = f"{code} if type({code}) is {quick} else {check}"
        return Operand(self.assign(check))


_STATEMENTS: dict[type, Callable[[_Generator, Any], None]] = {
    nodes.Text: _Generator.text,
    nodes.Action: _Generator.action,
    nodes.Keyword: _Generator.keyword,
    nodes.If: _Generator.branch,
    nodes.With: _Generator.branch,
    nodes.Range: _Generator.range,
    nodes.Template: _Generator.template,
}
