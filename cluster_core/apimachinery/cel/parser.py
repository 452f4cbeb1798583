"""From tokens to the tree, one method per rule of the grammar. Stops at the first thing that does not fit and says so as ANTLR would."""

from collections.abc import Callable
from typing import ClassVar

from cluster_core.apimachinery.cel.errors import CompileError, Problem
from cluster_core.apimachinery.cel.lexer import END, RESERVED, Token, tokens_of
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

MAX_DEPTH = 250
MAX_LENGTH = 100_000
_OPERAND = (
    "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
)
_ARGUMENT = _OPERAND.replace("'(', ", "'(', ')', ")
_STARTS = frozenset(
    ("[", "{", "(", ".", "-", "!", "true", "false", "null", "float", "int", "uint", "string", "bytes", "ident")
)
_RELATIONS = ("<", "<=", ">=", ">", "==", "!=", "in")
_ONE_VARIABLE = {"all": (2,), "exists": (2,), "exists_one": (2,), "existsOne": (2,), "map": (2, 3), "filter": (2,)}
_TWO_VARIABLES = {
    "all": (3,), "exists": (3,), "existsOne": (3,), "exists_one": (3,), "transformList": (3, 4),
    "transformMap": (3, 4), "transformMapEntry": (3, 4),
}  # fmt: skip
INT_MAX, INT_MIN = (1 << 63) - 1, -(1 << 63)


class _SyntaxStopError(Exception):
    """Parsing cannot go on; the problem is noted."""


def parse(source: str) -> Node:
    """The tree of an expression; raises CompileError."""
    if len(source) > MAX_LENGTH:
        raise CompileError(source, [Problem(0, "expression code point size exceeds limit")])
    tokens, problems = tokens_of(source)
    parser = _Parser(tokens, problems)
    tree = None
    try:
        tree = parser.whole()
    except _SyntaxStopError:
        pass
    except RecursionError:
        problems.append(Problem(0, f"expression recursion limit exceeded: {MAX_DEPTH}"))
    if problems or tree is None:
        raise CompileError(source, problems)
    return tree


class _Parser:
    def __init__(self, tokens: list[Token], problems: list[Problem]) -> None:
        self._tokens, self._problems = tokens, problems
        self._place = self._depth = 0

    # Tokens

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    @property
    def _next(self) -> Token:
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._now
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _accept(self, kind: str) -> Token | None:
        return self._take() if self._now.kind == kind else None

    def _fail(self, message: str, at: int | None = None) -> _SyntaxStopError:
        self._problems.append(Problem(self._now.at if at is None else at, f"Syntax error: {message}"))
        return _SyntaxStopError()

    def _note(self, message: str, at: int) -> None:
        self._problems.append(Problem(at, message))

    def _expect(self, kind: str, *others: str, follows: frozenset[str] = frozenset()) -> Token:
        token = self._accept(kind)
        if token is not None:
            return token
        wanted = f"{{{', '.join(repr(k) for k in (kind, *others))}}}" if others else repr(kind)
        if self._next.kind == kind and self._now.kind != END:
            raise self._fail(f"extraneous input '{self._now.text}' expecting {wanted}")
        if self._now.kind in follows and not others:
            raise self._fail(f"missing {wanted} at '{self._now.text}'")
        raise self._fail(f"mismatched input '{self._now.text}' expecting {wanted}")

    # Grammar

    def whole(self) -> Node:
        tree = self._expression()
        if self._now.kind != END:
            kind = "extraneous" if self._next.kind == END else "mismatched"
            raise self._fail(f"{kind} input '{self._now.text}' expecting <EOF>")
        return tree

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fail(f"expression recursion limit exceeded: {MAX_DEPTH}")
        condition = self._or()
        question = self._accept("?")
        if question is not None:
            first = self._or()
            self._expect(":")
            condition = Call(question.at, "_?_:_", [condition, first, self._expression()])
        self._depth -= 1
        return condition

    def _or(self) -> Node:
        return self._left(("||",), self._and)

    def _and(self) -> Node:
        return self._left(("&&",), self._relation)

    def _relation(self) -> Node:
        return self._left(_RELATIONS, self._sum)

    def _sum(self) -> Node:
        return self._left(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._left(("*", "/", "%"), self._unary)

    def _left(self, operators: tuple[str, ...], below: Callable[[], Node]) -> Node:
        tree = below()
        while self._now.kind in operators:
            operator = self._take()
            name = "@in" if operator.kind == "in" else f"_{operator.kind}_"
            tree = Call(operator.at, name, [tree, below()])
        return tree

    def _unary(self) -> Node:
        kind = self._now.kind
        if kind not in ("!", "-"):
            return self._member(self._primary())
        first, count = self._now, 0
        while self._now.kind == kind:
            self._take()
            count += 1
        if kind == "-" and self._now.kind in ("int", "float") and count == 1:
            return self._member(self._number(-1))
        operand = self._member(self._primary())
        return Call(first.at, f"{kind}_", [operand]) if count % 2 else operand

    def _number(self, sign: int) -> Node:
        token = self._take()
        if token.kind == "float":
            return Literal(token.at, sign * token.value)
        value = sign * token.value
        if not INT_MIN <= value <= INT_MAX:
            self._note("invalid int literal", token.at)
        return Literal(token.at, value)

    def _member(self, tree: Node) -> Node:
        while True:
            dot = self._accept(".")
            bracket = None if dot else self._accept("[")
            if dot is not None:
                tree = self._selection(dot, tree)
            elif bracket is not None:
                name = "_[?_]" if self._accept("?") else "_[_]"
                index = self._expression()
                self._expect("]", follows=frozenset((END,)))
                tree = Call(bracket.at, name, [tree, index])
            elif self._now.kind == "{" and qualified_name(tree) and isinstance(tree, (Ident, Select)):
                tree = self._struct(tree)
            else:
                return tree

    def _selection(self, dot: Token, tree: Node) -> Node:
        if self._accept("?"):
            return Select(dot.at, tree, self._field(dot), optional=True)
        name = self._field(dot)
        opened = self._accept("(")
        if opened is None:
            return Select(dot.at, tree, name)
        return self._method(opened, tree, name, self._arguments())

    def _field(self, dot: Token) -> str:
        token = self._take()
        if token.kind == "ident":
            return token.text
        if token.kind == "quoted":
            return str(token.value)
        if token.kind == "in":
            raise self._fail("no viable alternative at input '.in'", token.at)
        if token.kind == END:
            raise self._fail("no viable alternative at input '.'", token.at)
        raise self._fail(f"no viable alternative at input '.{token.text}'", token.at)

    def _arguments(self) -> list[Node]:
        if self._accept(")"):
            return []
        if self._now.kind == END:
            raise self._fail(f"mismatched input '<EOF>' expecting {_ARGUMENT}")
        args = [self._expression()]
        while self._accept(","):
            args.append(self._expression())
        self._expect(")", follows=frozenset((END,)))
        return args

    def _primary(self) -> Node:
        token = self._now
        leading = self._accept(".") if token.kind == "." and self._next.kind == "ident" else None
        if self._now.kind == "ident":
            return self._name(self._take(), absolute=leading is not None)
        make = self._PRIMARY.get(token.kind)
        if make is not None:
            return make(self)
        if token.kind == ".":
            raise self._fail(f"no viable alternative at input '.{self._next.text if self._next.kind != END else ''}'")
        if token.kind != END and self._next.kind in _STARTS:
            raise self._fail(f"extraneous input '{token.text}' expecting {_OPERAND}")
        raise self._fail(f"mismatched input '{token.text}' expecting {_OPERAND}")

    def _name(self, token: Token, *, absolute: bool) -> Node:
        opened = self._accept("(")
        if opened is None:
            if token.text in RESERVED and not absolute:
                self._note(f"reserved identifier: {token.text}", token.at)
            return Ident(token.at, token.text)
        args = self._arguments()
        if token.text == "has" and len(args) == 1:
            return self._has(opened, args[0])
        return Call(opened.at, token.text, args)

    def _has(self, opened: Token, operand: Node) -> Node:
        if isinstance(operand, Select) and not operand.test:
            return Select(opened.at, operand.operand, operand.field, test=True)
        self._note("invalid argument to has() macro", operand.at)
        return operand

    def _parenthesis(self) -> Node:
        self._take()
        tree = self._expression()
        self._expect(")", follows=frozenset((END,)))
        return tree

    def _list(self) -> Node:
        opened = self._take()
        items: list[Node] = []
        optional: set[int] = set()
        while self._now.kind != "]":
            if self._accept("?"):
                optional.add(len(items))
            items.append(self._expression())
            if not self._accept(","):
                break
        self._expect("]", *([","] if items else []))
        return ListNode(opened.at, items, frozenset(optional))

    def _map(self) -> Node:
        opened = self._take()
        entries: list[tuple[Node, Node, bool]] = []
        while self._now.kind != "}":
            optional = self._accept("?") is not None
            key = self._expression()
            self._expect(":")
            entries.append((key, self._expression(), optional))
            if not self._accept(","):
                break
        self._expect("}", *([","] if entries else []))
        return MapNode(opened.at, entries)

    def _struct(self, tree: Node) -> Node:
        opened = self._take()
        entries: list[tuple[str, Node]] = []
        while self._now.kind != "}":
            name = self._expect("ident").text
            self._expect(":")
            entries.append((name, self._expression()))
            if not self._accept(","):
                break
        self._expect("}")
        return StructNode(opened.at, qualified_name(tree), entries)

    def _constant(self) -> Node:
        token = self._take()
        values = {"true": True, "false": False, "null": None}
        return Literal(token.at, values.get(token.kind, token.value))

    def _positive(self) -> Node:
        return self._number(1)

    _PRIMARY: ClassVar[dict[str, Callable[["_Parser"], Node]]] = {
        "(": _parenthesis,
        "[": _list,
        "{": _map,
        "int": _positive,
        "float": _positive,
        **dict.fromkeys(("true", "false", "null", "uint", "string", "bytes"), _constant),
    }

    # Macros

    def _method(self, opened: Token, target: Node, name: str, args: list[Node]) -> Node:
        if name in ("optMap", "optFlatMap") and len(args) == 2:
            return OptMap(opened.at, name, target, self._variable(args[0]), args[1])
        count = 0
        if len(args) in _ONE_VARIABLE.get(name, ()):
            count = 1
        elif len(args) in _TWO_VARIABLES.get(name, ()):
            count = 2
        if not count:
            return Call(opened.at, name, args, target)
        variables = [self._variable(arg) for arg in args[:count]]
        canonical = "exists_one" if name == "existsOne" else name
        return Macro(opened.at, canonical, target, variables, args[count:])

    def _variable(self, node: Node) -> str:
        if isinstance(node, Ident):
            return node.name
        self._note("argument must be a simple name", node.at)
        return ""
