"""Pipelines as Python closures: what `interpreter` runs them by.

A closure takes the dot and the frame (`v`, see `Frame`). It evaluates step by step what `compiler` would write a line for,
through the same functions of `runtime`; which node answers for a failure is the argument `node` of the innermost closure
that was running (`places` looks for it), and `call` is the function that was called there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helmpy.gotemplate import nodes, runtime
from helmpy.gotemplate.arguments import GO_NAMES, NIL_EXPRESSIONS, NIL_MAKERS, PYTHON_TYPES, check
from helmpy.gotemplate.errors import OperationError
from helmpy.gotemplate.frames import (
    AROUND,
    FIELD,
    NOTES,
    ROOT,
    Choice,
    Evaluated,
    Frame,
    Run,
    Value,
    call_of,
    deciding_of,
)
from helmpy.gotemplate.nodes import Node
from helmpy.gotemplate.signatures import arity_error, constant_of, literal_for, parameter_types

if TYPE_CHECKING:
    from helmpy.gotemplate.compiler import FunctionTable


def evaluated(pipe: nodes.Pipe, functions: "FunctionTable", slots: dict[str, int]) -> Evaluated:
    """A pipeline without the variables that it declares; `slots` says where those are that it reads."""
    builder = _Builder(functions, slots)
    value = builder.pipe(pipe)
    return Evaluated(value.run, builder.node, value.literal)


def checked(value: Value, type_: str, node: Node) -> Run:
    """A value checked against a parameter's type."""
    run, nested, quick = value.run, value.nested, PYTHON_TYPES.get(type_)

    def checking(d: Any, v: Frame, node: Node = node) -> Any:
        found = run(d, v)
        if type(found) is quick:
            return found
        return check(found, type_, nested if nested is True or nested is False else nested(d, v))

    return checking


def _dot(d: Any, v: Frame) -> Any:
    return d


def _root(d: Any, v: Frame) -> Any:
    return v[ROOT]


def _around_dot(d: Any, v: Frame) -> Any:
    return v[AROUND]


def _of_dot(d: Any, v: Frame) -> bool:
    return v[AROUND] is not False or d is not None


def _of_root(d: Any, v: Frame) -> bool:
    return v[ROOT] is not None


def _constant(value: Any) -> Run:
    return lambda d, v: value


class _Builder:
    """Makes the closures of one pipeline. `node` is the one that answers for what comes next."""

    def __init__(self, functions: "FunctionTable", slots: dict[str, int]) -> None:
        self.functions = functions
        self.slots = slots
        self.node: Node = nodes.Dot(0)

    def fail(self, text: str, final: Value | None = None) -> Value:
        """An unconditional failure."""

        def failing(d: Any, v: Frame, node: Node = self.node) -> Any:
            if final is not None:
                final.run(d, v)
            raise OperationError(text)

        return Value(failing)

    # --- pipelines ---

    def pipe(self, pipe: nodes.Pipe) -> Value:
        """The value of a pipeline."""
        self.node = pipe
        value = None
        for command in pipe.commands:
            value = self.command(command, value)
            value = Value(value.run, False, value.literal)
        assert value is not None
        return value

    def command(self, command: nodes.Command, final: Value | None) -> Value:
        """The value of a command; `final` is what is piped into it, and evaluated first."""
        first: Any = command.args[0]
        args = command.args[1:]
        kind = type(first)
        if kind is nodes.Identifier:
            return self.function(first, command, args, final)
        if kind is nodes.Field:
            self.node = first
            return self.chain(_DOT, first, first.names, args, final)
        if kind is nodes.Chain:
            return self.chain_node(first, args, final)
        if kind is nodes.Variable:
            return self.variable(first, args, final)
        if kind is not nodes.Pipe:
            self.node = first
        if args or final is not None:
            return self.fail(f"can't give argument to non-function {first}", final)
        if kind is nodes.Pipe:
            return self.pipe(first)
        if kind is nodes.Dot:
            return _DOT
        if kind is nodes.Nil:
            return self.fail("nil is not a command")
        return self.constant(first)

    def constant(self, node: Node) -> Value:
        """A literal where no type is asked for."""
        self.node = node
        value, wrong = constant_of(node)
        return self.fail(wrong) if wrong else Value(_constant(value), False, (value,))

    # --- fields and methods ---

    def variable(self, node: nodes.Variable, args: list[Node], final: Value | None) -> Value:
        """A variable, or fields of it."""
        self.node = node
        if node.name == "$":
            value = _ROOT
        else:
            slot = self.slots[node.name]
            value = Value(lambda d, v: v[slot], lambda d, v: v[slot + 1])
        if node.names:
            return self.chain(value, node, node.names, args, final)
        if args or final is not None:
            return self.fail(f"can't give argument to non-function {node}", final)
        return value

    def chain_node(self, node: nodes.Chain, args: list[Node], final: Value | None) -> Value:
        """Fields of a parenthesized pipeline or of a function's result."""
        self.node = node
        if isinstance(node.node, nodes.Nil):
            return self.fail(f"indirection through explicit nil in {node}", final)
        return self.chain(self.argument("any", node.node), node, node.names, args, final)

    def chain(
        self, receiver: Value, node: Node, names: tuple[str, ...], args: list[Node], final: Value | None
    ) -> Value:
        """`.x.y.z`, of which the last may be a method with arguments."""
        if args or final is not None:
            return self.method(self.fields(receiver, names[:-1]), node, names[-1], args, final)
        return self.fields(receiver, names)

    def fields(self, receiver: Value, names: tuple[str, ...]) -> Value:
        """Fields without arguments."""
        if not names:
            return receiver
        node = self.node
        run, nested = receiver.run, receiver.nested
        if receiver is _DOT:

            def of_dot(d: Any, v: Frame, node: Node = node) -> Any:
                return v[FIELD](d, names, v[AROUND])

            return Value(of_dot, _of_dot)
        if receiver is _ROOT:

            def of_root(d: Any, v: Frame, node: Node = node) -> Any:
                return v[FIELD](v[ROOT], names)

            return Value(of_root, _of_root)
        if nested is True:

            def of_nested(d: Any, v: Frame, node: Node = node) -> Any:
                return v[FIELD](run(d, v), names, True)

            return Value(of_nested, True)
        if nested is False:
            return self._fields_of_result(run, names)
        around = nested

        def of_variable(d: Any, v: Frame, node: Node = node) -> Any:
            return v[FIELD](run(d, v), names, around(d, v))

        return Value(of_variable, lambda d, v: around(d, v) is not False or run(d, v) is not None)

    def _fields_of_result(self, run: Run, names: tuple[str, ...]) -> Value:
        """Fields of what must be evaluated only once."""
        key = object()

        def of_result(d: Any, v: Frame, node: Node = self.node) -> Any:
            found = run(d, v)
            v[NOTES][key] = found is not None
            return v[FIELD](found, names)

        return Value(of_result, lambda d, v: v[NOTES][key])

    def method(self, receiver: Value, node: Node, name: str, args: list[Node], final: Value | None) -> Value:
        """A method call; its parameters are only known when it runs."""
        run, nested = receiver.run, receiver.nested
        count, explicit = len(args) + (final is not None), len(args)
        finding = self.node

        def find(d: Any, v: Frame, node: Node = finding) -> Any:
            found = run(d, v)
            around = nested if nested is True or nested is False else nested(d, v)
            return runtime.method(found, name, count, explicit, around)

        arguments = [self.method_argument(index, arg) for index, arg in enumerate(args)]
        passing = self._method_final(explicit, final) if final is not None else None

        def calling(d: Any, v: Frame, node: Node = node, call: str = name) -> Any:
            piped = None if final is None else final.run(d, v)
            function = find(d, v)
            values = [argument(d, v, function) for argument in arguments]
            if passing is not None:
                values.append(passing(d, v, function, piped))
            return function.call(*values)

        return Value(calling, True)

    def _method_final(self, index: int, final: Value) -> Callable[..., Any]:
        nested = final.nested

        def passing(d: Any, v: Frame, function: Any, piped: Any, node: Node = self.node) -> Any:
            return runtime.method_argument(function, index, piped, nested)

        return passing

    def method_argument(self, index: int, arg: Node) -> Callable[..., Any]:
        """An argument of a method."""
        if isinstance(arg, nodes.Nil):
            return lambda d, v, function, node=arg: runtime.method_nil(function, index)
        if not isinstance(arg, (nodes.Bool, nodes.Number, nodes.String)):
            value = self.argument("any", arg)
            run, nested = value.run, value.nested

            def argument(d: Any, v: Frame, function: Any, node: Node = self.node) -> Any:
                found = run(d, v)
                around = nested if nested is True or nested is False else nested(d, v)
                return runtime.method_argument(function, index, found, around)

            return argument
        self.node = arg
        constant, wrong = constant_of(arg)
        kinds = {"text": str(arg), "any": constant}
        if isinstance(arg, nodes.Bool):
            kinds["bool"] = arg.value
        elif isinstance(arg, nodes.String):
            kinds["string"] = arg.value
        else:
            kinds |= {"int": arg.int_value, "float64": arg.float_value, "uint": arg.uint_value}

        def literal(d: Any, v: Frame, function: Any, node: Node = arg) -> Any:
            if wrong:
                raise OperationError(wrong)
            return runtime.method_literal(function, index, kinds)

        return literal

    # --- functions ---

    def function(self, node: nodes.Identifier, blamed: Node, args: list[Node], final: Value | None) -> Value:
        """A function call; `blamed` is the node that an error of the function points at."""
        self.node = node
        name = node.name
        function = self.functions.get(name)
        if function is None:
            return self.fail(f'"{name}" is not a defined function', final)
        if name in ("and", "or"):
            return self.short_circuit(name, args, final)
        wrong = arity_error(function, len(args), final is not None)
        if wrong:
            return self.fail(wrong, final)
        types = parameter_types(function, len(args) + (final is not None))
        values = [self.argument(type_, arg) for type_, arg in zip(types, args, strict=False)]
        if name == "call":
            values.insert(0, Value(_constant(str(args[0]) if args else None)))
        elif name == "len" and values:
            values.append(self._nested_of(values[0]))
        last = None if final is None else self._final(final, types[-1])
        self.node, before = blamed, self.node
        run = call_of(name, blamed, [value.run for value in values], None if final is None else final.run, last)
        self.node = before
        return Value(run, function.returns == "any")

    @staticmethod
    def _nested_of(value: Value) -> Value:
        nested = value.nested
        return Value(_constant(nested) if nested is True or nested is False else nested)

    def _final(self, final: Value, type_: str) -> Callable[..., Any] | None:
        """What checks the value that is piped into a function; None where any will do."""
        if type_ == "any" or (type_ == "string" and final.literal and type(final.literal[0]) is str):
            return None

        quick = PYTHON_TYPES.get(type_)

        def checking(found: Any, node: Node = self.node) -> Any:
            return found if type(found) is quick else check(found, type_, False)

        return checking

    def short_circuit(self, name: str, args: list[Node], final: Value | None) -> Value:
        """and, or: the deciding operand; later ones are not evaluated."""
        if not args:
            return final or self.fail(f"wrong number of args for {name}: want at least 1 got 0")
        is_and, choice = name == "and", Choice()
        runs: list[Run] = []
        for arg in args:
            runs.append(self.argument("any", arg).run)
            choice.nodes.append(self.node)
        if len(args) > 1:
            self.node = choice
        if final is not None:
            return Value(deciding_of(is_and, runs, choice, final.run), True)
        if len(runs) != 2:
            return Value(deciding_of(is_and, runs, choice, None), True)
        first, second = runs

        def both(d: Any, v: Frame) -> Any:
            found = first(d, v)
            if found if is_and else not found:
                found = second(d, v)
                v[NOTES][choice] = 1
            else:
                v[NOTES][choice] = 0
            return found

        return Value(both, True)

    # --- arguments ---

    def argument(self, type_: str, node: Node) -> Value:
        """An argument for a parameter of that Go type."""
        self.node = node
        kind = type(node)
        if kind is nodes.Nil:
            return self.nil(type_)
        if kind is nodes.String or kind is nodes.Number or kind is nodes.Bool:
            if type_ == "any":
                return self.constant(node)
            value, expected = literal_for(type_, node)  # type: ignore[arg-type]
            return self.fail(expected) if expected else Value(_constant(value), False, (value,))
        value_ = self.operand(node)
        if type_ == "any" or (type_ == "string" and value_.literal and type(value_.literal[0]) is str):
            return value_
        return Value(checked(value_, type_, self.node))

    def nil(self, type_: str) -> Value:
        """nil as a parameter of that type."""
        expression = NIL_EXPRESSIONS.get(type_)
        if expression is None:
            return self.fail(f"cannot assign nil to {GO_NAMES.get(type_, type_)}")
        maker = NIL_MAKERS.get(expression[:-2])
        if maker is not None:
            return Value(lambda d, v: maker())
        return Value(_constant(b"" if type_ == "[]byte" else None))

    def operand(self, node: Node) -> Value:
        """The value of an argument that is not a literal."""
        if isinstance(node, nodes.Dot):
            return _DOT
        if isinstance(node, nodes.Field):
            return self.chain(_DOT, node, node.names, [], None)
        if isinstance(node, nodes.Variable):
            return self.variable(node, [], None)
        if isinstance(node, nodes.Pipe):
            return self.pipe(node)
        if isinstance(node, nodes.Identifier):
            return self.function(node, node, [], None)
        assert isinstance(node, nodes.Chain)
        return self.chain_node(node, [], None)


_DOT = Value(_dot, _around_dot)
_ROOT = Value(_root, False)
