"""The lexer: a template text into tokens, as text/template/parse/lex.go sees them.

Called by the parser. A lexical error is itself the last token, so that the parser complains of what comes first.
"""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from helmpy.golang.strconv import is_print, quote
from helmpy.golang.types import go_bytes

if TYPE_CHECKING:
    import re

TEXT, LEFT, RIGHT, SPACE, PIPE, ASSIGN, DECLARE = "text", "{{", "}}", "space", "|", "=", ":="
STRING, RAW_STRING, CHARACTER, NUMBER, COMPLEX, BOOL = "string", "raw", "character", "number", "complex", "bool"
FIELD, VARIABLE, IDENTIFIER, DOT, LEFT_PAREN, RIGHT_PAREN = "field", "variable", "identifier", "dot", "(", ")"
CHAR, ERROR, EOF = "char", "error", "EOF"
KEYWORDS = frozenset(
    {"block", "break", "continue", "define", "else", "end", "if", "range", "nil", "template", "with"},
)

_SPACES = " \t\r\n"


class Token(NamedTuple):
    """One token: its kind (for keywords the word itself), its text and where it begins (an index into the text)."""

    kind: str
    text: str
    at: int

    def __str__(self) -> str:
        if self.kind == EOF:
            return "EOF"
        if self.kind == ERROR:
            return self.text
        if self.kind in KEYWORDS or self.kind == DOT:
            return f"<{self.text}>"
        if len(go_bytes(self.text)) > 10:
            return quote(self.text[:10]) + "..."
        return quote(self.text)


class LexError(Exception):
    """The text cannot be split further; becomes an ERROR token."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def tokenize(text: str) -> list[Token]:
    """All tokens of a template text; the last is EOF or ERROR."""
    tokens: list[Token] = []
    try:
        _scan(text, tokens)
    except LexError as error:
        tokens.append(Token(ERROR, str(error), error.at))
    return tokens


def _scan(text: str, tokens: list[Token]) -> None:
    at = 0
    while True:
        left = text.find("{{", at)
        if left < 0:
            if at < len(text):
                tokens.append(Token(TEXT, text[at:], at))
            tokens.append(Token(EOF, "EOF", len(text)))
            return
        inside = left + 2
        trim = text[inside : inside + 1] == "-" and text[inside + 1 : inside + 2] in tuple(_SPACES)
        if left > at:
            before = text[at:left].rstrip(_SPACES) if trim else text[at:left]
            if before:
                tokens.append(Token(TEXT, before, at))
        if trim:
            inside += 2
        if text.startswith("/*", inside):
            at = behind_comment(text, inside)
            continue
        tokens.append(Token(LEFT, "{{", left))
        at = _action(text, inside, tokens)


def action_end(text: str, left: int) -> int:
    """Where the action that begins at this place ends. Raises LexError."""
    tokens: list[Token] = []
    _action(text, left + (4 if text.startswith(tuple("{{-" + blank for blank in _SPACES), left) else 2), tokens)
    return tokens[-1].at + 2


def behind_comment(text: str, start: int) -> int:
    """Where the text goes on behind a comment. Raises LexError."""
    end = text.find("*/", start + 2)
    if end < 0:
        raise LexError("unclosed comment", start)
    end += 2
    size = _right_delimiter(text, end)
    if not size:
        raise LexError("comment ends before closing delimiter", start)
    return _behind_delimiter(text, end, size)


def _right_delimiter(text: str, at: int) -> int:
    """The size of the closing delimiter at this place, with its trim marker; 0 when there is none."""
    if text.startswith("}}", at):
        return 2
    return 4 if text.startswith("-}}", at + 1) and text[at] in _SPACES else 0


def _behind_delimiter(text: str, at: int, size: int) -> int:
    at += size
    if size == 4:
        while at < len(text) and text[at] in _SPACES:
            at += 1
    return at


@cache
def _scanner() -> "re.Pattern[str]":
    """One alternative per kind of token; `lastgroup` names the one that matched. Names must end at a terminator."""
    import re

    return re.compile(
        r"""(?P<right>\}\}|[ \t\r\n]-\}\})
        |(?P<space>[ \t\r\n]+)
        |(?P<field>\.(?![0-9]|\Z)\w*+)(?=[ .,|:()\t\r\n]|\}\}|\Z)
        |(?P<variable>\$\w*+)(?=[ .,|:()\t\r\n]|\}\}|\Z)
        |(?P<word>[^\W\d]\w*+)(?=[ .,|:()\t\r\n]|\}\}|\Z)
        |(?P<string>"(?:\\[^\n]|[^"\\\n])*")
        |(?P<raw>`[^`]*`)
        |(?P<character>'(?:\\[^\n]|[^'\\\n])*')
        |(?P<number>[+\-]|\.?[0-9]|\.\Z)
        |(?P<declare>:=)
        |(?P<single>[=|()])
        |(?P<char>[!#%&*,/;<>?@\[\\\]^{}~])""",
        re.VERBOSE,
    )


@cache
def _number() -> "re.Pattern[str]":
    import re

    return re.compile(
        r"""[+\-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+\-]?[0-9_]*)?
        |0[oO][0-7_]*(?:\.[0-7_]*)?
        |0[bB][01_]*(?:\.[01_]*)?
        |[0-9_]*(?:\.[0-9_]*)?(?:[eE][+\-]?[0-9_]*)?)i?""",
        re.VERBOSE,
    )


_UNTERMINATED = {
    '"': "unterminated quoted string",
    "`": "unterminated raw quoted string",
    "'": "unterminated character constant",
}


def _action(text: str, at: int, tokens: list[Token]) -> int:
    """Append the tokens of one action behind its opening delimiter; returns where the text goes on."""
    scan = _scanner().match
    append, new = tokens.append, tuple.__new__  # a hot loop: NamedTuple's own constructor takes thrice the time
    depth = 0
    while True:
        match = scan(text, at)
        if match is None:
            raise _odd_character(text, at)
        kind, end = str(match.lastgroup), match.end()
        if kind == "space":
            if text.startswith("-}}", end):
                end -= 1  # That blank belongs to the delimiter.
            append(new(Token, (SPACE, text[at:end], at)))
        elif kind == "field" or kind == "word" or kind == "variable":
            word = text[at:end]
            if not word.isascii():
                _check_letters(text, at, word)
            append(new(Token, (_name_kind(word, kind), word, at)))
        elif kind == "right":
            if depth:
                raise LexError("unclosed left paren", at)
            append(new(Token, (RIGHT, "}}", end - 2)))
            return _behind_delimiter(text, at, end - at)
        elif kind == "number":
            token = _numeric(text, at)
            end = at + len(token.text)
            append(token)
        elif kind == "single":
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            if depth < 0:
                raise LexError("unexpected right paren", at)
            append(new(Token, (text[at], text[at], at)))
        else:
            append(new(Token, (DECLARE if kind == "declare" else kind, text[at:end], at)))
        at = end


def _name_kind(word: str, kind: str) -> str:
    if kind != "word":
        return DOT if word == "." else kind
    if word in KEYWORDS:
        return word
    return BOOL if word in ("true", "false") else IDENTIFIER


def _check_letters(text: str, at: int, word: str) -> None:
    """Python counts more characters as parts of a word than Go."""
    for offset, char in enumerate(word):
        if not (_is_alphanumeric(char) or (offset == 0 and char in ".$")):
            raise _odd_character(text, at) if offset == 0 else _bad_character(char, at)


def _is_alphanumeric(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()


def _bad_character(char: str, at: int) -> LexError:
    return LexError(f"bad character {_unicode(char)}", at)


def _numeric(text: str, at: int) -> Token:
    """A number, or two joined into a complex one. Go's scanner is as lax; the parser finds out what is wrong."""
    end = _number_end(text, at, at)
    kind = NUMBER
    if text[end : end + 1] in ("+", "-"):
        end, kind = _number_end(text, end, at), COMPLEX
        if text[end - 1] != "i":
            raise LexError(f"bad number syntax: {quote(text[at:end])}", at)
    return Token(kind, text[at:end], at)


def _number_end(text: str, at: int, start: int) -> int:
    match = _number().match(text, at)
    end = match.end() if match else at
    if end < len(text) and _is_alphanumeric(text[end]):
        raise LexError(f"bad number syntax: {quote(text[start : end + 1])}", start)
    return end


def _odd_character(text: str, at: int) -> LexError:
    """Why nothing can be read here."""
    if at >= len(text):
        return LexError("unclosed action", at)
    char = text[at]
    if char in _UNTERMINATED:
        return LexError(_UNTERMINATED[char], at)
    if char == ":":
        return LexError("expected :=", at)
    if char in ".$" or _is_alphanumeric(char):
        end = at + 1
        while _is_alphanumeric(text[end]):
            end += 1
        return _bad_character(text[end], at)
    return LexError(f"unrecognized character in action: {_unicode(char)}", at)


def _unicode(char: str) -> str:
    """Go's %#U."""
    code = 0xFFFD if 0xD800 <= ord(char) <= 0xDFFF else ord(char)
    return f"U+{code:04X}" + (f" '{chr(code)}'" if is_print(chr(code)) else "")
