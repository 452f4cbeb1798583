"""YAML text to tokens, exactly as Go's port of libyaml does, with its quirks and its error texts.

Called by the parser. Newer libyaml differs (it has a `\\/` escape, takes empty flows for keys, and reads `a:b` in flows
otherwise), hence our own. Must not know how tokens combine.
"""

from typing import NamedTuple

from helmpy.yaml.syntax.cursor import BLANK, BLANKZ, BREAK, YAMLSyntaxError, run_end
from helmpy.yaml.syntax.scalars import ScalarReader
from helmpy.yaml.syntax.tags import TagReader

MAX_DEPTH = 10_000
_MAX_SIMPLE_KEY = 1024


class Token(NamedTuple):
    """`kind` is what the text shows, or a name; `line` counts from 0. `value` and `suffix` depend on the kind."""

    kind: str
    line: int
    value: str = ""
    suffix: str = ""


class _Key:
    """A place where a `:` may still turn what was read into a key."""

    __slots__ = ("column", "index", "line", "possible", "required", "token")

    def __init__(self, token: int, index: int, line: int, column: int, *, possible: bool, required: bool) -> None:
        self.token = token
        self.index = index
        self.line = line
        self.column = column
        self.possible = possible
        self.required = required


class Scanner(TagReader, ScalarReader):
    """Gives tokens one by one: `peek` the next, `take` it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._tokens: list[Token] = [Token("stream", 0)]
        self._head = 0
        self._taken = 0
        self._indents: list[int] = []
        self._key_allowed = True
        self._keys = [_Key(0, 0, 0, 0, possible=False, required=False)]
        self._key_of_token: dict[int, int] = {}
        self._ready = False

    def peek(self) -> Token:
        """The next token. Raises YAMLSyntaxError."""
        if not self._ready:
            self._fetch_more()
        return self._tokens[self._head]

    def take(self) -> Token:
        """The next token, which is then gone."""
        token = self.peek()
        self._ready = False
        self._taken += 1
        self._head += 1
        if self._head == len(self._tokens):
            self._tokens.clear()
            self._head = 0
        return token

    def _fetch_more(self) -> None:
        while True:
            if self._head != len(self._tokens):
                key = self._key_of_token.get(self._taken)
                if key is None or not self._is_valid(self._keys[key]):
                    break
            try:
                self._fetch()
            except YAMLSyntaxError:
                self._check_stream()
                raise
            self._check_stream()
        self._ready = True

    def _insert(self, at: int, token: Token) -> None:
        if at < 0:
            self._tokens.append(token)
        else:
            self._tokens.insert(self._head + at, token)

    # -- the kinds of tokens

    def _fetch(self) -> None:
        self._skip_to_token()
        text, at = self._text, self._at
        column = at - self._line_start
        self._unroll(column)
        char = text[at]
        if char == "\0" and at >= self._end:
            self._fetch_end()
        elif column == 0 and char == "%":
            self._fetch_directive()
        elif column == 0 and self._at_indicator():
            self._fetch_indicator()
        elif char in "[{":
            self._fetch_flow_start(char)
        elif char in "]}":
            self._fetch_flow_end(char)
        elif char == ",":
            self._drop_key()
            self._key_allowed = True
            self._fetch_sign()
        elif char == "-" and text[at + 1] in BLANKZ:
            self._fetch_entry()
        elif char == "?" and (self._flow or text[at + 1] in BLANKZ):
            self._fetch_key()
        elif char == ":" and (self._flow or text[at + 1] in BLANKZ):
            self._fetch_value()
        elif char in "*&":
            self._fetch_name(char)
        elif char == "!":
            self._fetch_tag()
        elif char in "|>" and not self._flow:
            self._fetch_block_scalar(char)
        elif char in "'\"":
            self._fetch_quoted(char)
        elif self._starts_plain(char, text[at + 1]):
            self._fetch_plain()
        else:
            raise self._error("found character that cannot start any token")

    def _starts_plain(self, char: str, following: str) -> bool:
        if char not in "-?:,[]{}#&*!|>'\"%@`":
            return char not in BLANKZ
        if char == "-":
            return following not in BLANK
        return char in "?:" and not self._flow and following not in BLANKZ

    def _skip_to_token(self) -> None:
        text = self._text
        self._at += self._at == 0 and text[0] == "\ufeff"
        while True:
            blanks = "blanks" if self._flow or not self._key_allowed else "spaces"
            at = run_end(blanks, text, self._at)
            if text[at] == "#":
                at = run_end("line", text, at)
            self._at = at
            if text[at] not in BREAK:
                return
            self._read_break()
            if not self._flow:
                self._key_allowed = True

    def _is_valid(self, key: _Key) -> bool:
        if not key.possible:
            return False
        if key.line < self._line or key.index + _MAX_SIMPLE_KEY < self._at:
            if key.required:
                raise self._error("could not find expected ':'")
            key.possible = False
            return False
        return True

    def _token_number(self) -> int:
        return self._taken + len(self._tokens) - self._head

    def _save_key(self) -> None:
        if not self._key_allowed:
            return
        column = self._at - self._line_start
        required = not self._flow and self._indent == column
        key = _Key(self._token_number(), self._at, self._line, column, possible=True, required=required)
        self._drop_key()
        self._keys[-1] = key
        self._key_of_token[key.token] = len(self._keys) - 1

    def _drop_key(self) -> None:
        key = self._keys[-1]
        if key.possible:
            if key.required:
                raise self._error("could not find expected ':'")
            key.possible = False
            self._key_of_token.pop(key.token, None)

    def _roll(self, column: int, number: int, kind: str, line: int) -> None:
        if self._flow or self._indent >= column:
            return
        self._indents.append(self._indent)
        self._indent = column
        if len(self._indents) > MAX_DEPTH:
            raise self._error(f"exceeded max depth of {MAX_DEPTH}")
        self._insert(number - self._taken if number >= 0 else -1, Token(kind, line))

    def _unroll(self, column: int) -> None:
        if self._flow:
            return
        while self._indent > column:
            self._insert(-1, Token("block end", self._line))
            self._indent = self._indents.pop()

    def _fetch_end(self) -> None:
        if self._at != self._line_start:
            self._line_start = self._at
            self._line += 1
        self._unroll(-1)
        self._drop_key()
        self._key_allowed = False
        self._insert(-1, Token("end", self._line))

    def _fetch_indicator(self) -> None:
        self._unroll(-1)
        self._drop_key()
        self._key_allowed = False
        self._insert(-1, Token(self._text[self._at : self._at + 3], self._line))
        self._at += 3

    def _fetch_sign(self) -> None:
        self._insert(-1, Token(self._text[self._at], self._line))
        self._at += 1

    def _fetch_flow_start(self, char: str) -> None:
        self._save_key()
        column = self._at - self._line_start
        self._keys.append(_Key(self._token_number(), self._at, self._line, column, possible=False, required=False))
        self._flow += 1
        if self._flow > MAX_DEPTH:
            raise self._error(f"exceeded max depth of {MAX_DEPTH}")
        self._key_allowed = True
        self._fetch_sign()

    def _fetch_flow_end(self, char: str) -> None:
        self._drop_key()
        if self._flow:
            self._flow -= 1
            self._key_of_token.pop(self._keys.pop().token, None)
        self._key_allowed = False
        self._fetch_sign()

    def _fetch_entry(self) -> None:
        if not self._flow:
            if not self._key_allowed:
                raise self._error("block sequence entries are not allowed in this context")
            self._roll(self._at - self._line_start, -1, "block sequence", self._line)
        self._drop_key()
        self._key_allowed = True
        self._fetch_sign()

    def _fetch_key(self) -> None:
        if not self._flow:
            if not self._key_allowed:
                raise self._error("mapping keys are not allowed in this context")
            self._roll(self._at - self._line_start, -1, "block mapping", self._line)
        self._drop_key()
        self._key_allowed = not self._flow
        self._fetch_sign()

    def _fetch_value(self) -> None:
        key = self._keys[-1]
        if self._is_valid(key):
            self._insert(key.token - self._taken, Token("?", key.line))
            self._roll(key.column, key.token, "block mapping", key.line)
            key.possible = False
            self._key_of_token.pop(key.token, None)
            self._key_allowed = False
        else:
            if not self._flow:
                if not self._key_allowed:
                    raise self._error("mapping values are not allowed in this context")
                self._roll(self._at - self._line_start, -1, "block mapping", self._line)
            self._key_allowed = not self._flow
        self._fetch_sign()

    def _fetch_name(self, char: str) -> None:
        self._save_key()
        self._key_allowed = False
        start = self._at + 1
        self._at = run_end("word", self._text, start)
        if self._at == start or self._text[self._at] not in BLANKZ + "?:,]}%@`":
            raise self._error("did not find expected alphabetic or numeric character")
        self._insert(-1, Token(char, self._line, self._text[start : self._at]))

    def _fetch_directive(self) -> None:
        self._unroll(-1)
        self._drop_key()
        self._key_allowed = False
        line = self._line
        kind, value, suffix = self._directive()
        self._insert(-1, Token(kind, line, value, suffix))

    def _fetch_tag(self) -> None:
        self._save_key()
        self._key_allowed = False
        line = self._line
        self._insert(-1, Token("!", line, *self._tag()))

    def _fetch_block_scalar(self, char: str) -> None:
        self._drop_key()
        self._key_allowed = True
        line = self._line
        self._insert(-1, Token("scalar", line, self._block_scalar(char == "|"), "quoted"))

    def _fetch_quoted(self, quote: str) -> None:
        self._save_key()
        self._key_allowed = False
        line = self._line
        self._insert(-1, Token("scalar", line, self._quoted_scalar(quote), "quoted"))

    def _fetch_plain(self) -> None:
        self._save_key()
        self._key_allowed = False
        line = self._line
        text, broken = self._plain_scalar()
        self._insert(-1, Token("scalar", line, text, "plain"))
        self._key_allowed = broken
