"""Actions of the plainest kinds, read in one go: most that charts have, in a third of the time that `parser` takes.

What is not plain here (`read` gives None) may still be valid; what is read here is what `parser.read_action` reads, as the
tests compare. Called by `outline`.
"""

from collections.abc import Container
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from helmpy.golang.strconv import unquote
from helmpy.golang.types import GoError
from helmpy.gotemplate.lexer import KEYWORDS, NUMBER
from helmpy.gotemplate.nodes import Bool, Command, Dot, Field, Identifier, Node, Number, Pipe, String, Variable
from helmpy.gotemplate.numbers import read_number

if TYPE_CHECKING:
    import re

_SPACES = " \t\r\n"
_WITH_PIPE = frozenset({"", "if", "with", "range", "else if", "else with"})
_MAX_DEPTH = 20


class Plain(NamedTuple):
    """What an action says: its keyword ("else if" is one; "" for none), its pipeline, the variables that it reads."""

    word: str
    pipe: Pipe | None
    reads: tuple[str, ...]


class _NotPlainError(Exception):
    """The parser must read the action."""


def read(action: str, functions: Container[str]) -> Plain | None:
    """A whole action, delimiters included; positions count from the opening one. None where the parser must read it."""
    if len(action) < 6:
        return None
    start = 4 if action[2] == "-" and action[3] in _SPACES else 2
    end = len(action) - (4 if action[-3] == "-" and action[-4] in _SPACES else 2)
    while end > start and action[end - 1] in _SPACES:
        end -= 1
    if start >= end:
        return None
    try:
        return _Reader(action, start, end, functions).action()
    except (_NotPlainError, GoError, ValueError):
        return None


_BLANKS, _FIELDS, _VARIABLE, _WORD, _QUOTED, _RAW, _INTEGER, _PIPE, _OPEN, _CLOSE = range(1, 11)


@cache
def _token() -> "re.Pattern[str]":
    """One group per kind of token. Names and numbers end where anything else begins that may stand behind them."""
    import re

    return re.compile(
        r"""([ \t\r\n]*)(?:
        ((?:\.[A-Za-z_][A-Za-z0-9_]*)+|\.)(?=[ \t\r\n|)]|\Z)
        |(\$[A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)(?=[ \t\r\n|)]|\Z)
        |([A-Za-z_][A-Za-z0-9_]*)(?=[ \t\r\n|)]|\Z)
        |("[^"\\\n]*")(?=[ \t\r\n|)]|\Z)
        |(`[^`\r]*`)(?=[ \t\r\n|)]|\Z)
        |([0-9]+)(?=[ \t\r\n|)]|\Z)
        |(\|)
        |(\()
        |(\))(?=[ \t\r\n|)]|\Z))""",
        re.VERBOSE,
    )


@cache
def _head() -> "re.Pattern[str]":
    """A keyword, and the variables that a pipeline declares or sets."""
    import re

    return re.compile(
        r"""[ \t\r\n]*
        (?:(if|with|range|end|else[ \t\r\n]+if|else[ \t\r\n]+with|else|define|block|template|break|continue|nil)
           (?=[ \t\r\n]|\Z)[ \t\r\n]*)?
        (?:(\$[A-Za-z0-9_]+)(?:,[ \t\r\n]*(\$[A-Za-z0-9_]+))?[ \t\r\n]+(:?=)[ \t\r\n]*)?""",
        re.VERBOSE,
    )


class _Reader:
    """Reads one action."""

    def __init__(self, text: str, start: int, end: int, functions: Container[str]) -> None:
        self.text = text
        self.at = start
        self.end = end
        self.functions = functions
        self.reads: dict[str, None] = {}

    def action(self) -> Plain:
        """The action. Raises _NotPlainError."""
        head = _head().match(self.text, self.at, self.end)
        assert head is not None
        word = " ".join(head[1].split()) if head[1] else ""
        if word in ("end", "else"):
            if head.end() != self.end:
                raise _NotPlainError
            return Plain(word, None, ())
        if word not in _WITH_PIPE:
            raise _NotPlainError
        pipe = Pipe(head.start(2) if head[2] else head.end())
        if head[2]:
            self._declare(pipe, head, word)
        self.at = head.end()
        self._commands(pipe, 0)
        self.reads.pop("$", None)
        return Plain(word, pipe, tuple(self.reads))

    def _declare(self, pipe: Pipe, head: "re.Match[str]", word: str) -> None:
        if head[3] and word != "range":
            raise _NotPlainError
        pipe.assign = head[4] == "="
        pipe.variables = [Variable(head.start(group), head[group]) for group in (2, 3) if head[group]]

    def _commands(self, pipe: Pipe, depth: int) -> None:
        """Commands up to the end of the action or, inside parentheses, up to the closing one."""
        text, end, match = self.text, self.end, _token().match
        args: list[Node] = []
        begin = self.at
        is_apart = True  # an operand may follow
        while self.at < end:
            token = match(text, self.at, end)
            if token is None:
                raise _NotPlainError
            kind = token.lastindex or 0
            at, self.at = token.span(kind)
            if kind == _PIPE:
                self._add(pipe, begin, args)
                args, is_apart = [], True
            elif kind == _CLOSE:
                if not depth:
                    raise _NotPlainError
                self._add(pipe, begin, args)
                return
            elif not (is_apart or token[_BLANKS]):
                raise _NotPlainError
            else:
                begin, is_apart = begin if args else at, False
                args.append(self._nested(depth) if kind == _OPEN else _OPERANDS[kind](self, at, token[kind]))
        if depth:
            raise _NotPlainError
        self._add(pipe, begin, args)

    def _add(self, pipe: Pipe, begin: int, args: list[Node]) -> None:
        if not args or (pipe.commands and isinstance(args[0], (Bool, Dot, Number, String))):
            raise _NotPlainError
        pipe.commands.append(Command(begin, args))

    def _nested(self, depth: int) -> Pipe:
        """The pipeline behind an opening parenthesis."""
        if depth >= _MAX_DEPTH:
            raise _NotPlainError
        while self.at < self.end and self.text[self.at] in _SPACES:
            self.at += 1
        pipe = Pipe(self.at)
        self._commands(pipe, depth + 1)
        return pipe

    # --- operands ---

    def _fields(self, at: int, token: str) -> Node:
        if token == ".":
            return Dot(at)
        first, *names = token[1:].split(".")
        # As in Go, a chain of fields stands where its second field begins.
        return Field(at + 1 + len(first) if names else at, (first, *names))

    def _variable(self, at: int, token: str) -> Node:
        name, *names = token.split(".")
        self.reads[name] = None
        return Variable(at + len(name) if names else at, name, tuple(names))

    def _word(self, at: int, token: str) -> Node:
        if token in ("true", "false"):
            return Bool(at, token == "true")
        if token in KEYWORDS or token not in self.functions:
            raise _NotPlainError
        return Identifier(at, token)

    def _string(self, at: int, token: str) -> Node:
        return String(at, token, token[1:-1] if token.isascii() else unquote(token))

    def _integer(self, at: int, token: str) -> Node:
        return read_number(at, token, NUMBER)


_OPERANDS = {
    _FIELDS: _Reader._fields,
    _VARIABLE: _Reader._variable,
    _WORD: _Reader._word,
    _QUOTED: _Reader._string,
    _RAW: _Reader._string,
    _INTEGER: _Reader._integer,
}
