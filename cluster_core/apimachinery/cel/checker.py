"""Gives every node its type and says where types do not fit. Resolves names like `optional.of` that look like methods."""

from collections.abc import Mapping

from cluster_core.apimachinery.cel.errors import CompileError, Problem
from cluster_core.apimachinery.cel.library import Overload, overloads, type_named
from cluster_core.apimachinery.cel.nodes import (
    Call,
    Ident,
    ListNode,
    Literal,
    Macro,
    MapNode,
    Node,
    OptMap,
    Select,
    StructNode,
    qualified_name,
)
from cluster_core.apimachinery.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DYN,
    ERROR,
    INT,
    NULL,
    STRING,
    UINT,
    ObjectType,
    Substitutions,
    Type,
    list_of,
    map_of,
    more_general,
    optional,
    param,
    type_of,
)
from cluster_core.apimachinery.cel.values import UInt

_CONSTANT_ARGUMENTS = ("matches", "duration", "timestamp")


def check(source: str, tree: Node, variables: Mapping[str, Type]) -> Type:
    """The type of an expression; raises CompileError."""
    checker = _Checker(dict(variables))
    found = checker.known.applied(checker.type(tree), free_is_dyn=True)
    if checker.problems:
        raise CompileError(source, checker.problems)
    constants = _Constants()
    constants.visit(tree)
    if constants.problems or checker.mixed:
        raise CompileError(source, constants.problems + checker.mixed)
    return found


class _Checker:
    def __init__(self, variables: dict[str, Type]) -> None:
        self.problems: list[Problem] = []
        self.mixed: list[Problem] = []
        """Elements of literals that are of another type than the first: said once all else fits."""
        self.known = Substitutions()
        self._may_mix = False
        self._scopes = [variables]
        self._fresh = 0

    def type(self, node: Node) -> Type:
        found: Type = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return found

    def _problem(self, node: Node, message: str) -> Type:
        self.problems.append(Problem(node.at, message))
        return ERROR

    def _undeclared(self, node: Node, name: str) -> Type:
        return self._problem(node, f"undeclared reference to '{name}' (in container '')")

    def _shown(self, type: Type) -> str:
        return str(self.known.applied(type, free_is_dyn=True))

    def _variable(self, name: str) -> Type | None:
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), None)

    # Nodes

    def _literal(self, node: Literal) -> Type:
        value = node.value
        if value is None:
            return NULL
        kinds = ((bool, BOOL), (UInt, UINT), (int, INT), (float, DOUBLE), (str, STRING), (bytes, BYTES))
        return next(t for kind, t in kinds if isinstance(value, kind))

    def _ident(self, node: Ident) -> Type:
        found = self._variable(node.name)
        if found is not None:
            return found
        named = type_named(node.name)
        return type_of(named) if named is not None else self._undeclared(node, node.name)

    def _select(self, node: Select) -> Type:
        qualified = qualified_name(node)
        if qualified and self._variable(qualified) is not None:
            return self._variable(qualified) or ERROR
        if qualified and self._variable(qualified.partition(".")[0]) is None:
            named = type_named(qualified)
            if named is not None:
                return type_of(named)
        operand = self.known.applied(self.type(node.operand))
        found = self._field(node, operand)
        if node.test:
            return BOOL
        if node.optional and not (found.kind == "opaque" and found.name == "optional_type"):
            return optional(found)
        return found

    def _field(self, node: Select, operand: Type) -> Type:
        if operand.kind == "opaque" and operand.name == "optional_type":
            return optional(self._field(node, operand.params[0]))
        if operand.kind == "map":
            return operand.params[1]
        if isinstance(operand, ObjectType):
            found = operand.fields().get(node.field)
            return self._problem(node, f"undefined field '{node.field}'") if found is None else found
        if operand.kind == "param":
            self.known.assign(operand, DYN)
            return DYN
        if operand.kind in ("dyn", "error"):
            return DYN
        return self._problem(node, f"type '{self._shown(operand)}' does not support field selection")

    def _listnode(self, node: ListNode) -> Type:
        joined: Type | None = None
        for index, item in enumerate(node.items):
            found = self.type(item)
            if index in node.optional:
                found = self._unwrapped(item, found)
            joined = self._joined(item, joined, found)
        return list_of(self._new_param() if joined is None else joined)

    def _mapnode(self, node: MapNode) -> Type:
        keys: Type | None = None
        values: Type | None = None
        for key, value, is_optional in node.entries:
            keys = self._joined(key, keys, self.type(key))
            found = self.type(value)
            values = self._joined(value, values, self._unwrapped(value, found) if is_optional else found)
        return map_of(keys or self._new_param(), values or self._new_param())

    def _unwrapped(self, node: Node, found: Type) -> Type:
        found = self.known.applied(found)
        if found.kind == "opaque" and found.name == "optional_type":
            return found.params[0]
        if found.kind in ("dyn", "error"):
            return found
        return self._problem(node, f"expected type 'optional_type' but found '{self._shown(found)}'")

    def _joined(self, node: Node, before: Type | None, found: Type) -> Type:
        if before is None:
            return found
        if self.known.assign(before, found):
            return more_general(self.known.applied(before), self.known.applied(found))
        if not self._may_mix:
            self.mixed.append(Problem(node.at, self._mismatch_text(before, found)))
        return DYN

    def _mismatch_text(self, wanted: Type, found: Type) -> str:
        return f"expected type '{self._shown(wanted)}' but found '{self._shown(found)}'"

    def _mismatch(self, node: Node, wanted: Type, found: Type) -> Type:
        return self._problem(node, self._mismatch_text(wanted, found))

    def _structnode(self, node: StructNode) -> Type:
        for _, value in node.entries:
            self.type(value)
        return self._undeclared(node, node.name)

    def _optmap(self, node: OptMap) -> Type:
        inner = self._unwrapped(node.target, self.type(node.target))
        self._scopes.append({node.variable: inner})
        found = self.type(node.body)
        self._scopes.pop()
        return optional(found) if node.name == "optMap" else found

    # Comprehensions

    def _macro(self, node: Macro) -> Type:
        alone, key, value = self._range(node.range)
        two = len(node.variables) == 2
        scope = dict(zip(node.variables, (key, value), strict=True)) if two else {node.variables[0]: alone}
        self._scopes.append(scope)
        found = [self.type(arg) for arg in node.args]
        self._scopes.pop()
        return self._macro_result(node, alone, key, found)

    def _macro_result(self, node: Macro, variable: Type, key: Type, found: list[Type]) -> Type:
        name, last = node.name, found[-1]
        if name in ("all", "exists"):
            self._expect(node.args[0], BOOL, last)
            return BOOL
        if name == "exists_one":
            self._condition(node, last, INT)
            return BOOL
        if name == "filter":
            self._condition(node, last, list_of(variable))
            return list_of(variable)
        if name in ("map", "transformList"):
            if len(found) == 2:
                self._condition(node, found[0], list_of(last))
            return list_of(last)
        if len(found) == 2:
            self._condition(node, found[0], map_of(key, last))
        return self.known.applied(last) if name == "transformMapEntry" else map_of(key, last)

    def _range(self, node: Node) -> tuple[Type, Type, Type]:
        """What a single variable holds, and the first and second of two."""
        found = self.known.applied(self.type(node))
        if found.kind == "list":
            return found.params[0], INT, found.params[0]
        if found.kind == "map":
            return found.params[0], *found.params  # type: ignore[return-value]
        if found.kind not in ("dyn", "error", "param"):
            problem = "cannot be range of a comprehension (must be list, map, or dynamic)"
            self._problem(node, f"expression of type '{self._shown(found)}' {problem}")
            return ERROR, ERROR, ERROR
        return DYN, DYN, DYN

    def _expect(self, node: Node, wanted: Type, found: Type) -> None:
        if not self.known.assign(found, wanted):
            self._mismatch(node, wanted, found)

    def _condition(self, node: Node, condition: Type, result: Type) -> None:
        """The loop's `condition ? changed : unchanged`."""
        if not self.known.assign(condition, BOOL):
            shown = ", ".join(map(self._shown, (condition, result, result)))
            self._problem(node, f"found no matching overload for '_?_:_' applied to '({shown})'")

    # Calls

    def _call(self, node: Call) -> Type:
        if node.name in ("_&&_", "_||_"):
            for arg in node.args:
                self._expect(arg, BOOL, self.type(arg))
            return BOOL
        if node.target is not None:
            prefix = qualified_name(node.target)
            name = f"{prefix}.{node.name}"
            if prefix and name in overloads() and self._variable(prefix.partition(".")[0]) is None:
                node.resolved = name
                return self._resolve(node, name, [self.type(a) for a in node.args], method=False)
        args = [] if node.target is None else [self.type(node.target)]
        self._may_mix, outer = node.name == "format", self._may_mix
        args += [self.type(arg) for arg in node.args]
        self._may_mix = outer
        if node.name not in overloads():
            return self._undeclared(node, node.name)
        node.resolved = node.name
        return self._resolve(node, node.name, args, method=node.target is not None)

    def _resolve(self, node: Call, name: str, args: list[Type], *, method: bool) -> Type:
        result: Type | None = None
        if any(arg.kind == "error" for arg in args):
            return ERROR
        for overload in overloads()[name]:
            if overload.method is not method or len(overload.args) != len(args):
                continue
            wanted, given = self._instance(overload)
            trial = self.known.copy()
            if not all(trial.assign(a, w) for a, w in zip(args, wanted, strict=True)):
                continue
            self.known = trial
            found = self.known.applied(given)
            if result is None:
                result = found
            elif result != found:
                result = DYN
        if result is not None:
            return result
        shown = [self._shown(arg) for arg in args]
        text = f"{shown[0]}.({', '.join(shown[1:])})" if method else f"({', '.join(shown)})"
        return self._problem(node, f"found no matching overload for '{name}' applied to '{text}'")

    def _new_param(self) -> Type:
        self._fresh += 1
        return param(f"%{self._fresh}")

    def _instance(self, overload: Overload) -> tuple[list[Type], Type]:
        """The overload's types with parameters of its own."""
        own: dict[str, Type] = {}

        def renamed(type: Type) -> Type:
            if type.kind == "param":
                if type.name not in own:
                    own[type.name] = self._new_param()
                return own[type.name]
            if not type.params:
                return type
            return Type(type.kind, type.name, tuple(map(renamed, type.params)))

        return [renamed(arg) for arg in overload.args], renamed(overload.result)


class _Constants:
    """Literal arguments that can be seen to be wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def visit(self, node: Node) -> None:
        if isinstance(node, Call) and node.name in _CONSTANT_ARGUMENTS:
            self._argument(node)
        for child in _children(node):
            self.visit(child)

    def _argument(self, node: Call) -> None:
        arg = node.args[-1] if node.args else None
        if not isinstance(arg, Literal) or not isinstance(arg.value, str):
            return
        from cluster_core.apimachinery.cel import standard
        from cluster_core.apimachinery.cel.errors import EvaluationError

        try:
            if node.name == "matches":
                standard.pattern_of(arg.value)
            else:
                standard.FUNCTIONS[node.name](arg.value)
        except EvaluationError:
            self.problems.append(Problem(arg.at, f"invalid {node.name} argument"))


def _children(node: Node) -> list[Node]:
    if isinstance(node, Call):
        return node.args if node.target is None else [node.target, *node.args]
    if isinstance(node, Select):
        return [node.operand]
    if isinstance(node, ListNode):
        return node.items
    if isinstance(node, MapNode):
        return [part for key, value, _ in node.entries for part in (key, value)]
    if isinstance(node, Macro):
        return [node.range, *node.args]
    return [node.target, node.body] if isinstance(node, OptMap) else []


def uses(node: Node, name: str) -> bool:
    """Whether the expression refers to a variable."""
    return (isinstance(node, Ident) and node.name == name) or any(uses(child, name) for child in _children(node))
