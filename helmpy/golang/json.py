"""Go's encoding/json: Marshal, MarshalIndent and Unmarshal into interface {}.

Called by the functions, the YAML emitter, the chart lock digest and the release codec. Must not be used for API objects, whose
integers must stay integers (orjson does those).
"""

import sys
from functools import cache
from math import isinf, isnan

from helmpy.annotations import Any
from helmpy.golang.strconv import format_float, quote_rune
from helmpy.golang.types import GoError, Struct, go_bytes, go_string, kind_name, type_name

_MAX_DEPTH = 10_000
_LARGE = 4096  # characters from which orjson pays for its import


# --- encoding --------------------------------------------------------------------------------------------------------


def dumps(value: Any, indent: str = "", escape_html: bool = True) -> str:
    """json.Marshal (with `indent`: MarshalIndent). Keys sorted bytewise, floats as Go writes them.

    Raises GoError for NaN, infinities and functions.
    """
    escapes = _html_escapes() if escape_html else _plain_escapes()
    out: list[str] = []
    try:
        _write(value, out, escapes, indent, "\n" if indent else "")
    except RecursionError:
        raise GoError("json: unsupported value: encountered a cycle") from None
    return "".join(out)


def _write(value: Any, out: list[str], escapes: dict[int, str], indent: str, newline: str) -> None:
    kind = type(value)
    if kind is str:
        out.append('"' + value.translate(escapes) + '"')
    elif kind is float:
        out.append(float_text(value))
    elif kind is int:
        out.append(str(value))
    elif kind is dict:
        _write_map(value, out, escapes, indent, newline)
    elif kind is list:
        _write_list(value, out, escapes, indent, newline)
    elif value is None:
        out.append("null")
    elif kind is bool:
        out.append("true" if value else "false")
    else:
        _write_other(value, out, escapes, indent, newline)


def _write_map(value: dict[str, Any], out: list[str], escapes: dict[int, str], indent: str, newline: str) -> None:
    if not value:
        out.append("{}")
        return
    try:
        keys = sorted(value)
    except TypeError:
        raise GoError(f"json: unsupported type: {type_name(value)}") from None
    inner = newline + indent
    colon = '": ' if indent else '":'
    before = "{" + inner + '"'
    for key in keys:
        out.append(before + key.translate(escapes) + colon)
        _write(value[key], out, escapes, indent, inner)
        before = "," + inner + '"'
    out.append(newline + "}")


def _write_list(value: list[Any], out: list[str], escapes: dict[int, str], indent: str, newline: str) -> None:
    if not value:
        out.append("[]")
        return
    inner = newline + indent
    before = "[" + inner
    for item in value:
        out.append(before)
        _write(item, out, escapes, indent, inner)
        before = "," + inner
    out.append(newline + "]")


def _write_other(value: Any, out: list[str], escapes: dict[int, str], indent: str, newline: str) -> None:
    kind = kind_name(value)
    if hasattr(value, "go_json"):
        _write(value.go_json(), out, escapes, indent, newline)
    elif getattr(value, "GO_NIL", False):
        out.append("null")
    elif isinstance(value, bytes):
        from base64 import b64encode

        out.append('"' + b64encode(value).decode("ascii") + '"')
    elif isinstance(value, Struct) and kind in ("struct", "ptr"):
        _write_struct(value, out, escapes, indent, newline)
    elif kind == "map":
        _write_map(value, out, escapes, indent, newline)
    elif kind == "slice":
        _write_list(value, out, escapes, indent, newline)
    elif isinstance(value, str):
        out.append('"' + value.translate(escapes) + '"')
    elif isinstance(value, int):
        out.append(str(int(value)))
    elif isinstance(value, float):
        out.append(float_text(value))
    else:
        raise GoError(f"json: unsupported type: {type_name(value)}")


def _write_struct(value: Struct, out: list[str], escapes: dict[int, str], indent: str, newline: str) -> None:
    """Fields in their order, under the names that `GO_JSON` gives them (Go's json tags)."""
    names = getattr(type(value), "GO_JSON", value.GO_FIELDS)
    if not names:
        out.append("{}")
        return
    inner = newline + indent
    before = "{" + inner
    for name, attribute in names.items():
        out.append(f'{before}"{name}":{" " if indent else ""}')
        _write(getattr(value, attribute), out, escapes, indent, inner)
        before = "," + inner
    out.append(newline + "}")


def float_text(number: float) -> str:
    """A float64 as encoding/json writes it: positional from 1e-6 up to 1e21, else an exponent without padding."""
    if number.is_integer() and -1e15 < number < 1e15:
        return "-0" if number == 0 and str(number)[0] == "-" else str(int(number))
    if isnan(number) or isinf(number):
        raise GoError(f"json: unsupported value: {format_float(number)}")
    if 1e-6 <= abs(number) < 1e21:
        return format_float(number, "f")
    text = format_float(number, "e")
    # e-09 is written e-9.
    return text[:-2] + text[-1] if text[-4:-1] == "e-0" else text


@cache
def _plain_escapes() -> dict[int, str]:
    table = {code: f"\\u{code:04x}" for code in range(0x20)}
    table |= {8: "\\b", 12: "\\f", 10: "\\n", 13: "\\r", 9: "\\t", ord('"'): '\\"', ord("\\"): "\\\\"}
    table |= {0x2028: "\\u2028", 0x2029: "\\u2029"}
    # What is not UTF-8 is replaced.
    return table | dict.fromkeys(range(0xD800, 0xE000), "\\ufffd")


@cache
def _html_escapes() -> dict[int, str]:
    return _plain_escapes() | {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


# --- decoding --------------------------------------------------------------------------------------------------------


def loads(text: str | bytes) -> Any:
    """json.Unmarshal into an interface {}: every number a float. Raises GoError with Go's text."""
    if isinstance(text, bytes):
        text = go_string(text)
    if len(text) > _LARGE or "orjson" in sys.modules:
        try:
            return _quick(text)
        except ValueError:
            pass  # Broken, or odd: the slow reader finds out which, and words it as Go does.
    reader = _Reader(text)
    try:
        return reader.document()
    except RecursionError:
        raise GoError("exceeded max depth") from None


def first(text: str, at: int) -> tuple[Any, int]:
    """json.Decoder's next value from a position on, and where it ends. Raises GoError."""
    reader = _Reader(text, at)
    try:
        value = reader.value()
    except RecursionError:
        raise GoError("exceeded max depth") from None
    return value, reader.at


def decoder_fault(text: str) -> tuple[int, str]:
    """What json.Decoder complains of in the first value of a text: bytes read by then and why; -1 at the end of the text.

    (0, "") for a value that can be read.
    """
    reader = _Reader(text)
    try:
        reader.value()
    except GoError as error:
        if reader.at >= len(text):
            return -1, "unexpected EOF"
        return len(go_bytes(text[: reader.at])) + 1, str(error)
    except RecursionError:
        return -1, "exceeded max depth"
    return 0, ""


def _quick(text: str) -> Any:
    """What orjson reads, numbers as floats. Raises ValueError for texts on which it may differ from Go."""
    import orjson

    if "-0" in text or "\ufffd" in text:
        raise ValueError("may differ")
    return _floats(orjson.loads(go_bytes(text)))


def _floats(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        for key, item in value.items():
            if type(item) is not str:
                value[key] = _floats(item)
        return value
    if kind is list:
        return [item if type(item) is str else _floats(item) for item in value]
    if kind is int:
        return float(value)
    if kind is float and isinf(value):
        raise ValueError("may differ")
    return value


_MID_WORD = ("in literal", "in numeric", "after decimal", "in exponent", "in string escape", "in \\u hexadecimal")


class _Reader:
    """A recursive reader whose complaints are those of Go's scanner."""

    def __init__(self, text: str, at: int = 0) -> None:
        self.text = text
        self.at = at
        self.depth = 0
        self.overflow: GoError | None = None

    def document(self) -> Any:
        value = self._value()
        self._blanks()
        if self.at < len(self.text):
            raise self._unexpected("after top-level value")
        return self._checked(value)

    def value(self) -> Any:
        return self._checked(self._value())

    def _checked(self, value: Any) -> Any:
        if self.overflow is not None:
            # Go checks the syntax of the whole text before it reads any number.
            raise self.overflow
        return value

    def _blanks(self) -> None:
        text, at = self.text, self.at
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        self.at = at

    def _unexpected(self, where: str) -> GoError:
        if self.at >= len(self.text):
            # Go's scanner tries a blank there; only where that is no fault does it say what happened.
            if not where.startswith(_MID_WORD):
                return GoError("unexpected end of JSON input")
            return GoError(f"invalid character ' ' {where}")
        char = self.text[self.at]
        # The scanner reads bytes: the first one of a character is what it complains of.
        first = chr(go_bytes(char)[0])
        shown = {"'": "'\\''", '"': "'\"'"}.get(first) or quote_rune(first)
        return GoError(f"invalid character {shown} {where}")

    def _value(self) -> Any:
        self._blanks()
        char = self.text[self.at : self.at + 1]
        if char == '"':
            return self._string()
        if char == "{":
            return self._nested(self._object)
        if char == "[":
            return self._nested(self._array)
        if char and char in "-0123456789":
            return self._number()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if char == word[0]:
                return self._literal(word, value)
        raise self._unexpected("looking for beginning of value")

    def _nested(self, read: Any) -> Any:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise GoError("exceeded max depth")
        value = read()
        self.depth -= 1
        return value

    def _literal(self, word: str, value: bool | None) -> bool | None:
        for index, expected in enumerate(word):
            if self.text[self.at : self.at + 1] != expected:
                raise self._unexpected(f"in literal {word} (expecting '{word[index]}')")
            self.at += 1
        return value

    def _object(self) -> dict[str, Any]:
        result: dict[str, Any] = {}
        self.at += 1
        self._blanks()
        if self.text.startswith("}", self.at):
            self.at += 1
            return result
        while True:
            self._blanks()
            if not self.text.startswith('"', self.at):
                raise self._unexpected("looking for beginning of object key string")
            key = self._string()
            self._blanks()
            if not self.text.startswith(":", self.at):
                raise self._unexpected("after object key")
            self.at += 1
            result[key] = self._value()
            if self._end("}", "after object key:value pair"):
                return result

    def _array(self) -> list[Any]:
        result: list[Any] = []
        self.at += 1
        self._blanks()
        if self.text.startswith("]", self.at):
            self.at += 1
            return result
        while True:
            result.append(self._value())
            if self._end("]", "after array element"):
                return result

    def _end(self, close: str, where: str) -> bool:
        """Step over a comma or the closing bracket; True at the latter."""
        self._blanks()
        char = self.text[self.at : self.at + 1]
        if char not in (close, ","):
            raise self._unexpected(where)
        self.at += 1
        return char == close

    def _number(self) -> float:
        start = self.at
        if self.text[self.at] == "-":
            self.at += 1
        if self.text.startswith("0", self.at):
            self.at += 1
        else:
            self._digits("in numeric literal")
        if self.text.startswith(".", self.at):
            self.at += 1
            self._digits("after decimal point in numeric literal")
        if self.text[self.at : self.at + 1] in ("e", "E"):
            self.at += 1
            if self.text[self.at : self.at + 1] in ("+", "-"):
                self.at += 1
            self._digits("in exponent of numeric literal")
        literal = self.text[start : self.at]
        number = float(literal)
        if isinf(number) and self.overflow is None:
            self.overflow = GoError(f"json: cannot unmarshal number {literal} into Go value of type float64")
        return number

    def _digits(self, where: str) -> None:
        start = self.at
        while self.text[self.at : self.at + 1] in tuple("0123456789"):
            self.at += 1
        if self.at == start:
            raise self._unexpected(where)

    def _string(self) -> str:
        self.at += 1
        pieces: list[str] = []
        while True:
            char = self.text[self.at : self.at + 1]
            if char == '"':
                self.at += 1
                break
            if char == "" or char < " ":
                raise self._unexpected("in string literal")
            if char == "\\":
                pieces.append(self._escape())
            else:
                pieces.append("\ufffd" if "\ud800" <= char <= "\udfff" else char)
                self.at += 1
        return _paired("".join(pieces))

    def _escape(self) -> str:
        self.at += 1
        char = self.text[self.at : self.at + 1]
        simple = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/", '"': '"'}.get(char)
        if simple is not None:
            self.at += 1
            return simple
        if char != "u":
            raise self._unexpected("in string escape code")
        self.at += 1
        for _ in range(4):
            if self.text[self.at : self.at + 1] not in tuple("0123456789abcdefABCDEF"):
                raise self._unexpected("in \\u hexadecimal character escape")
            self.at += 1
        return chr(int(self.text[self.at - 4 : self.at], 16))


def _paired(text: str) -> str:
    """Surrogates written as escapes: pairs become one character, lone ones U+FFFD."""
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
