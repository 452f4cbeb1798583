"""The parser: tokens into trees, one method per construct, with the complaints of text/template/parse.

Called by `templates`. Checks that functions exist and variables are in scope; knows nothing of their values.
"""

from collections.abc import Container

from helmpy.golang.strconv import quote, unquote
from helmpy.golang.types import GoError
from helmpy.gotemplate import nodes
from helmpy.gotemplate.errors import ParseError
from helmpy.gotemplate.lexer import (
    ASSIGN,
    BOOL,
    CHAR,
    CHARACTER,
    COMPLEX,
    DECLARE,
    DOT,
    EOF,
    ERROR,
    FIELD,
    IDENTIFIER,
    LEFT,
    LEFT_PAREN,
    NUMBER,
    PIPE,
    RAW_STRING,
    RIGHT,
    RIGHT_PAREN,
    SPACE,
    STRING,
    TEXT,
    VARIABLE,
    Token,
    tokenize,
)
from helmpy.gotemplate.nodes import Node
from helmpy.gotemplate.numbers import read_number

_MAX_PARENTHESES = 10_000
_OPERANDS = frozenset(
    {
        BOOL,
        CHARACTER,
        COMPLEX,
        DOT,
        FIELD,
        IDENTIFIER,
        NUMBER,
        "nil",
        RAW_STRING,
        STRING,
        VARIABLE,
        LEFT_PAREN,
    }
)


def parse(name: str, text: str, functions: Container[str]) -> dict[str, nodes.Block]:
    """All templates that a text defines: the text itself under `name`, and its define and block clauses.

    Raises ParseError.
    """
    stream = _Stream(name, text)
    trees: dict[str, nodes.Block] = {}
    tree = _Tree(name, stream, functions, trees)
    try:
        tree.file()
    except RecursionError:
        raise ParseError(f"template: {name}:1: max expression depth exceeded") from None
    tree.add()
    return trees


def read_action(action: str, functions: Container[str], names: list[str]) -> tuple[str, nodes.Pipe | None, str, int]:
    """One action by itself: its keyword ("else if" is one; "" for none), its pipeline, the template that it names and where.

    `names` are the variables in scope; those that the action declares or sets are added. Raises ParseError, also where the
    action needs its surroundings to be understood.
    """
    tree = _Tree("", _Stream("", action), functions, {})
    tree.variables = names
    return tree.single_action()


class _Stream:
    """The tokens of one text and how far they were read; shared by all trees of the text."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.tokens = tokenize(text)
        self.tokens += [self.tokens[-1]] * 4  # what is read behind the end
        self.next = 0

    def line(self, token: Token) -> int:
        """The line on which a token begins."""
        return 1 + self.text.count("\n", 0, token.at)


class _Tree:
    """Parses one template: a file, or the body of a define or block clause."""

    def __init__(self, name: str, stream: _Stream, functions: Container[str], trees: dict[str, nodes.Block]) -> None:
        self.name = name
        self.stream = stream
        self.functions = functions
        self.trees = trees
        self.root = nodes.Block(0)
        self.variables = ["$"]
        self.ranges = 0
        self.effects: frozenset[str] = frozenset()  # of the block that is being read, so far
        self.parentheses = 0
        self.action: Token | None = None
        self.latest: Token | None = None  # the last token that this tree took from the stream

    # --- tokens ---

    def peek(self) -> Token:
        """The next token, left in place."""
        stream = self.stream
        self.latest = token = stream.tokens[stream.next]
        return token

    def take(self) -> Token:
        """The next token."""
        stream = self.stream
        self.latest = token = stream.tokens[stream.next]
        stream.next += 1
        return token

    def peek_solid(self) -> Token:
        """The next token that is not a blank, left in place; blanks before it are gone."""
        stream = self.stream
        token = stream.tokens[stream.next]
        if token[0] == SPACE:
            stream.next += 1
            token = stream.tokens[stream.next]
        self.latest = token
        return token

    def take_solid(self) -> Token:
        """The next token that is not a blank."""
        token = self.peek_solid()
        self.stream.next += 1
        return token

    def expect(self, kind: str, context: str) -> Token:
        """The next solid token, which must be of that kind."""
        token = self.take_solid()
        if token.kind != kind:
            raise self.unexpected(token, context)
        return token

    # --- complaints ---

    def error(self, text: str) -> ParseError:
        """A complaint, at the line of the token that was read last."""
        line = self.stream.line(self.latest) if self.latest else 0
        return ParseError(f"template: {self.stream.name}:{line}: {text}")

    def unexpected(self, token: Token, context: str) -> ParseError:
        """A complaint about a token."""
        if token.kind != ERROR:
            return self.error(f"unexpected {token} in {context}")
        extra = ""
        if self.action is not None and self.stream.line(self.action) != self.stream.line(token):
            place = f"{self.stream.name}:{self.stream.line(self.action)}"
            joined = token.text.endswith(" action")
            extra = f" started at {place}" if joined else f" in action started at {place}"
        return self.error(f"{token}{extra}")

    # --- templates ---

    def add(self) -> None:
        """Put the finished tree among those of the text."""
        known = self.trees.get(self.name)
        if known is None or nodes.is_empty(known):
            self.trees[self.name] = self.root
        elif not nodes.is_empty(self.root):
            raise self.error(f"template: multiple definition of template {quote(self.name)}")

    def file(self) -> None:
        """The whole text: statements and define clauses."""
        self.root = nodes.Block(self.peek().at)
        while self.peek().kind != EOF:
            if self.peek().kind == LEFT:
                start = self.stream.next
                self.take()
                if self.take_solid().kind == "define":
                    self._child("definition")._definition()
                    continue
                self.stream.next = start
            node = self.statement()
            if isinstance(node, nodes.Keyword) and node.word in ("end", "else"):
                raise self.error(f"unexpected {node}")
            self.root.nodes.append(node)

    def _child(self, name: str) -> "_Tree":
        return _Tree(name, self.stream, self.functions, self.trees)

    def _definition(self) -> None:
        name = self.take_solid()
        if name.kind not in (STRING, RAW_STRING):
            raise self.unexpected(name, "define clause")
        self.name = self._unquoted(name.text)
        self.expect(RIGHT, "define clause")
        self._clause_body("define clause", self)

    def _clause_body(self, context: str, outer: "_Tree") -> None:
        self.root, end = self.block()
        if end.word != "end":
            raise outer.error(f"unexpected {end} in {context}")
        self.add()

    def _unquoted(self, literal: str) -> str:
        try:
            return unquote(literal)
        except ValueError as error:
            raise self.error(str(error)) from None

    def single_action(self) -> tuple[str, nodes.Pipe | None, str, int]:
        """The only action of a text, of any kind, without the clause that it may open: see `read_action`."""
        self.take()
        token = self.peek_solid()
        word = token.kind if token.kind in _CONTROLS or token.kind == "define" else ""
        pipe, name = None, ""
        if word:
            self.take()
        if word == "else" and self.peek_solid().kind in ("if", "with"):
            word = f"else {self.take().kind}"
        if word in ("define", "block", "template"):
            token = self.take_solid()
            name = self._template_name(token, word)
        if word in ("", "if", "with", "range", "else if", "else with", "block"):
            pipe = self.pipeline(word.rpartition(" ")[2] or "command", RIGHT)
        elif word == "template" and self.peek_solid().kind != RIGHT:
            pipe = self.pipeline("template clause", RIGHT)
        else:
            self.expect(RIGHT, word)
        if self.take().kind != EOF:
            raise self.error("more than one action")
        return word, pipe, name, token.at

    # --- statements ---

    def block(self) -> tuple[nodes.Block, nodes.Keyword]:
        """Statements up to an end or else, which is returned too."""
        block = nodes.Block(self.peek_solid().at)
        before, self.effects = self.effects, frozenset()
        while self.peek_solid().kind != EOF:
            node = self.statement()
            if isinstance(node, nodes.Keyword) and node.word in ("end", "else"):
                block.effects = self.effects
                self.effects |= before
                return block, node
            block.nodes.append(node)
        raise self.error("unexpected EOF")

    def statement(self) -> Node:
        """Text or an action."""
        token = self.take_solid()
        if token.kind == TEXT:
            return nodes.Text(token.at, token.text)
        if token.kind != LEFT:
            raise self.unexpected(token, "input")
        self.action = token
        node = self._action()
        self.action = None
        return node

    def _action(self) -> Node:
        token = self.peek_solid()
        control = _CONTROLS.get(token.kind)
        if control is not None:
            self.take()
            return control(self, token)
        return nodes.Action(token.at, self.pipeline("command", RIGHT))

    def _jump(self, token: Token) -> Node:
        """break or continue."""
        following = self.take_solid()
        shown = "{{" + token.text + "}}"
        if following.kind != RIGHT:
            raise self.unexpected(following, shown)
        if self.ranges == 0:
            raise self.error(f"{shown} outside {{{{range}}}}")
        self.effects |= {token.text}
        return nodes.Keyword(token.at, token.text)

    def _end(self, token: Token) -> Node:
        return nodes.Keyword(self.expect(RIGHT, "end").at, "end")

    def _else(self, token: Token) -> Node:
        following = self.peek_solid()
        # `else if` and `else with` read as `else` and a nested clause: the word is left for the branch.
        if following.kind in ("if", "with"):
            return nodes.Keyword(following.at, "else")
        return nodes.Keyword(self.expect(RIGHT, "else").at, "else")

    def _if(self, token: Token) -> Node:
        return self._branch(nodes.If)

    def _with(self, token: Token) -> Node:
        return self._branch(nodes.With)

    def _range(self, token: Token) -> Node:
        return self._branch(nodes.Range)

    def _branch(self, make: type[nodes.Branch]) -> nodes.Branch:
        scope = len(self.variables)
        pipe = self.pipeline(make.keyword, RIGHT)
        loop = make is nodes.Range
        before = self.effects
        self.ranges += loop
        body, end = self.block()
        self.ranges -= loop
        if loop:
            self.effects = before | (body.effects - nodes.JUMPS)
        orelse = self._orelse(make, end) if end.word == "else" else None
        del self.variables[scope:]
        return make(pipe.at, pipe, body, orelse)

    def _orelse(self, make: type[nodes.Branch], end: nodes.Keyword) -> nodes.Block:
        if make is not nodes.Range and self.peek().kind == make.keyword:
            self.take()
            block = nodes.Block(end.at)
            before, self.effects = self.effects, frozenset()
            block.nodes.append(self._branch(make))
            block.effects = self.effects
            self.effects |= before
            return block
        block, end = self.block()
        if end.word != "end":
            raise self.error(f"expected end; found {end}")
        return block

    def _template(self, token: Token) -> Node:
        name_token = self.take_solid()
        name = self._template_name(name_token, "template clause")
        if self.peek_solid().kind == RIGHT:
            self.take()
            return nodes.Template(name_token.at, name, None)
        return nodes.Template(name_token.at, name, self.pipeline("template clause", RIGHT))

    def _block(self, token: Token) -> Node:
        name_token = self.take_solid()
        name = self._template_name(name_token, "block clause")
        pipe = self.pipeline("block clause", RIGHT)
        self._child(name)._clause_body("block clause", self)
        return nodes.Template(name_token.at, name, pipe)

    def _template_name(self, token: Token, context: str) -> str:
        if token.kind not in (STRING, RAW_STRING):
            raise self.unexpected(token, context)
        return self._unquoted(token.text)

    # --- pipelines ---

    def pipeline(self, context: str, end: str) -> nodes.Pipe:
        """Declarations and commands up to a closing delimiter or parenthesis."""
        pipe = nodes.Pipe(self.peek_solid().at)
        self._declarations(pipe, context)
        while True:
            token = self.peek_solid()
            if token.kind == end:
                self.take()
                self._check(pipe, context)
                return pipe
            if token.kind not in _OPERANDS:
                self.take()
                raise self.unexpected(token, context)
            pipe.commands.append(self._command())

    def _declarations(self, pipe: nodes.Pipe, context: str) -> None:
        while self.peek_solid().kind == VARIABLE:
            start = self.stream.next
            name = self.take()
            following = self.peek_solid()
            if following.kind in (ASSIGN, DECLARE):
                pipe.assign = following.kind == ASSIGN
                self.take()
                self._declare(pipe, name)
                if pipe.assign:
                    self.effects |= {variable.name for variable in pipe.variables}
                return
            if (following.kind, following.text) != (CHAR, ","):
                self.stream.next = start
                return
            self.take()
            self._declare(pipe, name)
            if not (context == "range" and len(pipe.variables) < 2):
                raise self.error(f"too many declarations in {context}")
            if self.peek_solid().kind not in (VARIABLE, RIGHT, RIGHT_PAREN):
                raise self.error("range can only initialize variables")

    def _declare(self, pipe: nodes.Pipe, name: Token) -> None:
        # Go cuts the name at dots: only the first part matters here.
        pipe.variables.append(nodes.Variable(name.at, name.text))
        self.variables.append(name.text)

    def _check(self, pipe: nodes.Pipe, context: str) -> None:
        if not pipe.commands:
            raise self.error(f"missing value for {context}")
        for stage, command in enumerate(pipe.commands[1:], 2):
            if isinstance(command.args[0], (nodes.Bool, nodes.Dot, nodes.Nil, nodes.Number, nodes.String)):
                raise self.error(f"non executable command in pipeline stage {stage}")

    def _command(self) -> nodes.Command:
        command = nodes.Command(self.peek_solid().at, [])
        while True:
            operand = self._operand()
            if operand is not None:
                command.args.append(operand)
            token = self.take()
            if token.kind == SPACE:
                continue
            if token.kind in (RIGHT, RIGHT_PAREN):
                self.stream.next -= 1
            elif token.kind != PIPE:
                raise self.unexpected(token, "operand")
            break
        if not command.args:
            raise self.error("empty command")
        return command

    def _operand(self) -> Node | None:
        node = self._term()
        if node is None or self.peek().kind != FIELD:
            return node
        at = self.peek().at
        names: list[str] = []
        while self.peek().kind == FIELD:
            names.append(self.take().text[1:])
        if isinstance(node, nodes.Field):
            return nodes.Field(at, (*node.names, *names))
        if isinstance(node, nodes.Variable):
            return nodes.Variable(at, node.name, (*node.names, *names))
        if isinstance(node, (nodes.Bool, nodes.String, nodes.Number, nodes.Nil, nodes.Dot)):
            raise self.error(f"unexpected . after term {quote(str(node))}")
        return nodes.Chain(at, node, tuple(names))

    def _term(self) -> Node | None:
        token = self.peek_solid()
        read = _TERMS.get(token.kind)
        if read is None:
            return None
        self.take()
        return read(self, token)

    def _identifier(self, token: Token) -> Node:
        if token.text not in self.functions:
            raise self.error(f"function {quote(token.text)} not defined")
        return nodes.Identifier(token.at, token.text)

    def _variable(self, token: Token) -> Node:
        if token.text not in self.variables:
            raise self.error(f"undefined variable {quote(token.text)}")
        return nodes.Variable(token.at, token.text)

    def _number(self, token: Token) -> Node:
        try:
            return read_number(token.at, token.text, token.kind)
        except GoError as error:
            raise self.error(str(error)) from None

    def _string(self, token: Token) -> Node:
        return nodes.String(token.at, token.text, self._unquoted(token.text))

    def _parenthesis(self, token: Token) -> Node:
        if self.parentheses >= _MAX_PARENTHESES:
            raise self.error("max expression depth exceeded")
        self.parentheses += 1
        pipe = self.pipeline("parenthesized pipeline", RIGHT_PAREN)
        self.parentheses -= 1
        return pipe


_CONTROLS = {
    "block": _Tree._block,
    "break": _Tree._jump,
    "continue": _Tree._jump,
    "else": _Tree._else,
    "end": _Tree._end,
    "if": _Tree._if,
    "range": _Tree._range,
    "template": _Tree._template,
    "with": _Tree._with,
}
_TERMS = {
    IDENTIFIER: _Tree._identifier,
    DOT: lambda tree, token: nodes.Dot(token.at),
    "nil": lambda tree, token: nodes.Nil(token.at),
    VARIABLE: _Tree._variable,
    FIELD: lambda tree, token: nodes.Field(token.at, (token.text[1:],)),
    BOOL: lambda tree, token: nodes.Bool(token.at, token.text == "true"),
    CHARACTER: _Tree._number,
    COMPLEX: _Tree._number,
    NUMBER: _Tree._number,
    LEFT_PAREN: _Tree._parenthesis,
    STRING: _Tree._string,
    RAW_STRING: _Tree._string,
}
