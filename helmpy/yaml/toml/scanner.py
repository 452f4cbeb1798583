"""Characters, strings and numbers of TOML, and where faults are, as BurntSushi/toml has them.

Called by the reader. Lines count from 1; "" stands for the end of the text. Must not know about keys and tables, but for
the name of the last one, which is part of every message.
"""

from helmpy.annotations import Any
from helmpy.golang.strconv import quote, quote_rune
from helmpy.golang.time import instant, parsing, zones
from helmpy.golang.types import INT64_MAX, INT64_MIN, SPACES, GoError, Int64, go_string

_DIGITS = frozenset("0123456789")
_HEX = _DIGITS | frozenset("abcdefABCDEF")
_BASES = {"b": ("a binary", frozenset("01")), "o": ("an octal", frozenset("01234567")), "x": ("a hexadecimal", _HEX)}
_BARE = _DIGITS | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_HEX_ESCAPES = {"x": (2, "two"), "u": (4, "four"), "U": (8, "eight")}
_FLOAT_WORDS = frozenset({"nan", "+nan", "-nan", "inf", "+inf", "-inf"})
_MOMENTS = (
    ("2006-01-02T15:04:05.999999999Z07:00", ""),
    ("2006-01-02T15:04:05.999999999", "datetime-local"),
    ("2006-01-02", "date-local"),
    ("15:04:05.999999999", "time-local"),
    ("2006-01-02T15:04Z07:00", ""),
    ("2006-01-02T15:04", "datetime-local"),
    ("15:04", "time-local"),
)
"""Layouts of dates and times, and the name of the location of those without an offset."""


class Scanner:
    """Reads characters from `at` on. `start` is where the present string or number began."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self.start = 0
        self.line = 1
        self.ended = False

    def last_key(self) -> str:
        """The key that is being read, for messages."""
        return ""

    # --- faults ---

    def error(self, message: str, line: int) -> GoError:
        """An error with its line and the last key."""
        key = self.last_key()
        return GoError(f"toml: line {line}{f' (last key {quote(key)})' if key else ''}: {message}")

    def fault(self, message: str) -> GoError:
        """An error about the character read last; the end of the text belongs to its last line."""
        after_line = self.ended and self.text[self.at - 1 : self.at] == "\n"
        return self.error(message, self.line - after_line)

    def unexpected(self, wanted: str, char: str) -> GoError:
        """An error about a character that is not what was wanted."""
        return self.fault(f"expected {wanted}, but got {_shown(char)} instead")

    # --- characters ---

    def next(self) -> str:
        """The next character. Raises GoError for one that TOML does not allow."""
        if self.at >= len(self.text):
            self.ended = True
            return ""
        char = self.text[self.at]
        if char >= " " and char != "\x7f":
            if "\udc80" <= char <= "\udcff":
                raise self.fault(f"invalid UTF-8 byte: 0x{ord(char) - 0xDC00:02x}")
        elif char == "\n":
            self.line += 1
        elif char != "\t" and not (char == "\r" and self.text.startswith("\n", self.at + 1)):
            raise self.fault(f"TOML files cannot contain control characters: '0x{ord(char):02x}'")
        self.at += 1
        return char

    def back(self) -> None:
        """One character back."""
        if self.ended:
            self.ended = False
            return
        self.at -= 1
        if self.text[self.at] == "\n":
            self.line -= 1

    def peek(self) -> str:
        """The next character, left where it is."""
        char = self.next()
        self.back()
        return char

    def accept(self, wanted: str) -> bool:
        """Step over a character if it is the wanted one."""
        if self.next() == wanted:
            return True
        self.back()
        return False

    def blanks(self) -> None:
        """Step over blanks and tabs."""
        while (char := self.next()) and char in " \t":
            pass
        self.back()

    def comment(self) -> None:
        """Step over the rest of a line."""
        while (char := self.next()) and char not in "\r\n":
            pass
        self.back()

    def run(self, allowed: frozenset[str]) -> str:
        """Step over characters of a set; the first one that is not in it."""
        while (char := self.next()) in allowed:
            pass
        return char

    def current(self) -> str:
        """What was read since `start`."""
        return self.text[self.start : self.at]

    # --- names and strings ---

    def bare_name(self) -> str:
        """A key without quotes; it may be empty."""
        self.start = self.at
        self.run(_BARE)
        self.back()
        return self.current()

    def quoted_name(self) -> str:
        """A key in quotes."""
        return self.string() if self.next() == '"' else self.raw_string()

    def string(self) -> str:
        """A string behind its opening quote."""
        self.start = self.at
        escaped = False
        while (char := self.next()) != '"':
            if not char:
                raise self.fault("unexpected EOF; expected '\"'")
            if char in "\r\n":
                raise self.error("strings cannot contain newlines", self.line - 1)
            if char == "\\":
                escaped = True
                self._escape()
        found = self.current()[:-1]
        return self._unescaped(found) if escaped else found

    def raw_string(self) -> str:
        """A string in single quotes behind its opening one."""
        self.start = self.at
        while (char := self.next()) != "'":
            if not char:
                raise self.fault('unexpected EOF; expected "\'"')
            if char in "\r\n":
                raise self.error("strings cannot contain newlines", self.line - 1)
        return self.current()[:-1]

    def long_string(self) -> str:
        """A string of several lines behind its opening quotes."""
        self.start = self.at
        while not self._three('"'):
            if self.next() == "\\":
                following = self.next()
                if not following or following not in "\r\n":
                    self.back()
                    self._escape()
        found = self.current()[:-3]
        return self._unescaped(_joined_lines(_without_first_newline(found)))

    def long_raw_string(self) -> str:
        """A string of several lines in single quotes behind its opening ones."""
        self.start = self.at
        while not self._three("'"):
            self.next()
        return _without_first_newline(self.current()[:-3])

    def _three(self, mark: str) -> bool:
        """Step over the closing quotes if they are next; up to two more of them belong to the string."""
        if not self.peek():
            self.next()
            around = "'" if mark == '"' else '"'
            raise self.fault(f"unexpected EOF; expected {around}{mark * 3}{around}")
        if not self.text.startswith(mark * 3, self.at):
            return False
        if self.text.startswith(mark * 4, self.at):
            self.at += 3
            read = self.current()
            self.at -= 3
            if read.endswith(mark * 5) and not (mark == '"' and read.endswith("\\" + mark * 5)):
                self.at += 3
                around = "'" if mark == '"' else '"'
                raise self.fault(f"unexpected {around}{mark * 6}{around}")
            return False
        self.at += 3
        return True

    def _escape(self) -> None:
        char = self.next()
        if char in _HEX_ESCAPES:
            count, word = _HEX_ESCAPES[char]
            for _ in range(count):
                if self.next() not in _HEX:
                    wanted = f"expected {word} hexadecimal digits after '\\{char}'"
                    raise self.fault(f"{wanted}, but got {quote(self.current())} instead")
        elif char not in _ESCAPES and char not in (" ", "\t"):
            raise self.error(f"invalid escape in string '\\{char or chr(0)}'", self.line - self.ended)

    def _unescaped(self, text: str) -> str:
        pieces, at = [], 0
        while (found := text.find("\\", at)) >= 0:
            pieces.append(text[at:found])
            char = text[found + 1]
            at = found + 2
            if char in _HEX_ESCAPES:
                digits = text[at : at + _HEX_ESCAPES[char][0]]
                at += len(digits)
                pieces.append(self._rune(digits))
            elif char in _ESCAPES:
                pieces.append(_ESCAPES[char])
            else:
                raise self.error(f"invalid escape: '\\{char}'", self.line)
        return "".join([*pieces, text[at:]])

    def _rune(self, digits: str) -> str:
        number = int(digits, 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise self.error(f"Escaped character '\\u{digits}' is not valid UTF-8.", self.line)
        return chr(number)

    # --- numbers, dates and words ---

    def number_or_date(self) -> Any:
        """An unsigned number or a date, from its first digit on."""
        self.start = self.at
        char = self.next()
        if char == "0":
            char = self.next()
            if char in _BASES:
                return self._based(char)
        if char in _DIGITS:
            char = self.run(_DIGITS)
        if char in ("-", ":"):
            return self._moment()
        return self._number_from(char)

    def signed(self) -> Any:
        """A number behind its sign."""
        self.start = self.at - 1
        char = self.next()
        if char in ("i", "n"):
            if not all(map(self.accept, "nf" if char == "i" else "an")):
                raise self.fault(f"invalid float: '{self.current()}'")
            return self._float()
        if char == "0" and (base := self.peek()) in _BASES:
            raise self.fault(f"cannot use sign with non-decimal numbers: '{self.current()}{base}'")
        if char == ".":
            raise self.fault("floats must start with a digit, not '.'")
        if char not in _DIGITS:
            raise self.fault(f"expected a digit but got {_shown(char)}")
        return self._number_from("_")

    def word(self, first: str) -> Any:
        """true, false, inf or nan, behind the first letter."""
        self.start = self.at - 1
        if first in ("i", "n") and ((self.accept("n") and self.accept("f")) or (self.accept("a") and self.accept("n"))):
            return self._float()
        self.back()
        self.start = self.at
        while (char := self.next()) and char.isalpha():
            pass
        self.back()
        if self.current() in ("true", "false"):
            return self.current() == "true"
        raise self.fault(f"expected value but found {quote(self.current())} instead")

    def _number_from(self, char: str) -> Any:
        if char == "_":
            char = self.run(_DIGITS | {"_"})
        if char in (".", "e", "E"):
            self.run(_DIGITS | frozenset("_.-+eE"))
            self.back()
            return self._float()
        self.back()
        return self._integer()

    def _based(self, base: str) -> Any:
        name, digits = _BASES[base]
        if (char := self.peek()) not in digits:
            raise self.fault(f"not {name} number: '{self.current()}{char or chr(0)}'")
        self.run(digits | {"_"})
        self.back()
        return self._integer()

    def _integer(self) -> Int64:
        shown = self.current()
        if not _underscores_fit(shown):
            raise self.error(f"Invalid integer {quote(shown)}: underscores must be surrounded by digits", self.line)
        if _leading_zero(shown):
            raise self.error(f"Invalid integer {quote(shown)}: cannot have leading zeroes", self.line)
        number = int(shown.replace("_", ""), 0)
        if not INT64_MIN <= number <= INT64_MAX:
            raise self.error(f"{shown} is out of range for int64", self.line)
        return Int64(number)

    def _float(self) -> float:
        shown = self.current()
        invalid = f"Invalid float {quote(shown)}: "
        parts = [part for part in shown.replace("e", ".").replace("E", ".").split(".") if part]
        if shown not in _FLOAT_WORDS and not all(map(_underscores_fit, parts)):
            raise self.error(invalid + "underscores must be surrounded by digits", self.line)
        if parts and _leading_zero(parts[0]):
            raise self.error(invalid + "cannot have leading zeroes", self.line)
        if any(shown[i] == "." and shown[i + 1 : i + 2] not in _DIGITS for i in range(len(shown))):
            raise self.error(invalid + "'.' must be followed by one or more digits", self.line)
        try:
            number = float(shown.replace("_", ""))
        except ValueError:
            raise self.error(f"Invalid float value: {quote(shown)}", self.line) from None
        if shown not in _FLOAT_WORDS and number - number != 0:
            raise self.error(f"{shown} is out of range for float64", self.line)
        return number

    def _moment(self) -> Any:
        self.run(_DIGITS | frozenset("-:Tt .Zz+"))
        self.back()
        text = self.current().strip(SPACES).replace("z", "Z").replace("t", "T").replace(" ", "T")
        for layout, local in _MOMENTS:
            location = zones.fixed(local, instant.now().offset().seconds) if local else zones.local()
            try:
                moment = parsing.parse(layout, text, location)
            except GoError:
                continue
            if _missing_zero(text, layout):
                break
            return moment
        raise self.error(f"invalid datetime: {quote(text)}", self.line)


def opened(data: bytes) -> str:
    """The text of a document without its byte order mark. Raises GoError for what looks like UTF-16."""
    for mark in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"):
        if data.startswith(mark):
            data = data[len(mark) :]
            break
    if b"\0" in data[:6]:
        raise GoError("toml: line 1: files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8")
    return go_string(data)


def key_text(parts: tuple[str, ...]) -> str:
    """A dotted key; parts that need quotes have them."""
    escapes = str.maketrans({'"': '\\"', "\\": "\\\\", "\x7f": "\\u007f"} | _CONTROLS)
    return ".".join(part if part and _BARE.issuperset(part) else f'"{part.translate(escapes)}"' for part in parts)


_CONTROLS = {chr(code): f"\\u{code:04x}" for code in range(32)} | {
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def _shown(char: str) -> str:
    return quote_rune(char or "\0")


def _underscores_fit(text: str) -> bool:
    before = ""
    for char in text:
        if char == "_" and before not in _HEX:
            return False
        before = char
    return before in _HEX


def _leading_zero(text: str) -> bool:
    if len(text) > 1 and text[0] == "0" and text[1] not in _BASES:
        return True
    return len(text) > 2 and text[0] in "+-" and text[1] == "0"


def _missing_zero(text: str, layout: str) -> bool:
    """Whether a number has fewer digits than the layout: Go's time.Parse does not mind."""
    for found, wanted in zip(text, layout, strict=False):
        if wanted in ".Z":
            return False
        if wanted not in _DIGITS and found != wanted:
            return True
    return False


def _without_first_newline(text: str) -> str:
    return text[1:] if text.startswith("\n") else text[2:] if text.startswith("\r\n") else text


def _joined_lines(text: str) -> str:
    """The text without the white space behind each backslash that ends a line."""
    pieces, begin, at = [], 0, 0
    while (at := text.find("\\", at)) >= 0:
        if text.startswith("\\", at + 1):
            at += 2
            continue
        rest = text[at + 1 :]
        blank = len(rest) - len(rest.lstrip(" \t\r\n"))
        if "\n" in rest[:blank]:
            pieces.append(text[begin:at])
            begin = at = at + 1 + blank
        else:
            at += 1
    return "".join([*pieces, text[begin:]])
