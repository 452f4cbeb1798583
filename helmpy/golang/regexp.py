"""Go's regular expression syntax: checks a pattern as regexp/syntax does and writes it for RE2.

Called by the regex functions and by the formats of JSON Schema. The two engines share syntax and semantics but not error texts; RE2 also refuses what Go takes (the
same group name twice), so names are kept here and the pattern is passed on without them.
"""

from dataclasses import dataclass

from helmpy.golang.types import GoError

MAX_REPEAT = 1000
MAX_DEPTH = 1000
_MAX_RUNE = 0x10FFFF
_POSIX_CLASSES = frozenset(
    [
        "alnum",
        "alpha",
        "ascii",
        "blank",
        "cntrl",
        "digit",
        "graph",
        "lower",
        "print",
        "punct",
        "space",
        "upper",
        "word",
        "xdigit",
    ]
)
_OCTAL = "01234567"
_DIGITS = "0123456789"
_HEX = "0123456789abcdefABCDEF"


def failure(problem: str, expression: str) -> GoError:
    """The error of regexp.Compile."""
    return GoError(f"error parsing regexp: {problem}: `{expression}`")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern for RE2, and the name of each capturing group (index 0 is the whole match)."""

    text: str
    names: tuple[str, ...]


def translate(pattern: str) -> Pattern:
    """Raises GoError with Go's text if Go would not compile the pattern."""
    return _Parser(pattern).parse()


@dataclass(slots=True)
class _Group:
    """An open parenthesis: how often its contents repeat at most (nested counts multiplied)."""

    weight: int = 1


class _Parser:
    """Reads `text` from `position` on; `out` is what RE2 gets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.out: list[str] = []
        self.names = [""]
        self.groups = [_Group()]
        self.operand: int | None = None  # the weight of what a repetition would apply to
        self.last_repeat: int | None = None  # where a repetition that ends here began

    def parse(self) -> Pattern:
        while self.position < len(self.text):
            repeated_from = self.last_repeat
            self.last_repeat = None
            self._item(repeated_from)
        if len(self.groups) > 1:
            raise failure("missing closing )", self.text)
        return Pattern("".join(self.out), tuple(self.names))

    # --- items -------------------------------------------------------------------------------------------------------

    def _item(self, repeated_from: int | None) -> None:
        char = self.text[self.position]
        if char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self._verbatim(1)
            self.operand = None
        elif char == "[":
            self._atom(self._class_end())
        elif char in "*+?":
            self._repeat(self.position + 1, 1, repeated_from)
        elif char == "{":
            self._brace(repeated_from)
        elif char == "\\":
            self._backslash()
        elif char in "^$.":
            self._atom(self.position + 1)
        else:
            self._check_utf8(self.position)
            self._atom(self.position + 1)

    def _verbatim(self, length: int) -> None:
        self.out.append(self.text[self.position : self.position + length])
        self.position += length

    def _atom(self, end: int) -> None:
        """Something that can be repeated, passed on as it stands."""
        self._verbatim(end - self.position)
        self.operand = 1

    def _check_utf8(self, position: int) -> None:
        if "\udc80" <= self.text[position : position + 1] <= "\udcff":
            raise failure("invalid UTF-8", self.text[position:])

    # --- groups ------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self.text.startswith("(?", self.position):
            self._flags()
        else:
            self._verbatim(1)
            self._enter("")

    def _enter(self, name: str | None) -> None:
        """Into a group; `name` is None if it does not capture."""
        if name is not None:
            self.names.append(name)
        self.groups.append(_Group())
        self.operand = None
        if len(self.groups) > MAX_DEPTH:
            raise failure("expression nests too deeply", self.text)

    def _close(self) -> None:
        if len(self.groups) == 1:
            raise failure("unexpected )", self.text)
        weight = self.groups.pop().weight
        self._verbatim(1)
        self.operand = weight
        self._weigh(weight)

    def _weigh(self, weight: int) -> None:
        group = self.groups[-1]
        group.weight = max(group.weight, weight)

    def _flags(self) -> None:
        start = self.position
        rest = self.text[start:]
        for opening, least in (("(?P<", 5), ("(?<", 4)):
            if rest.startswith(opening) and len(rest) >= least:
                self._named_group(len(opening))
                return
        self._read_flags(start)

    def _named_group(self, length: int) -> None:
        start = self.position
        end = self.text.find(">", start)
        if end < 0:
            raise failure("invalid named capture", self.text[start:])
        name = self.text[start + length : end]
        if not name or not (name.isascii() and name.replace("_", "a").isalnum()):
            raise failure("invalid named capture", self.text[start : end + 1])
        self.out.append("(")
        self.position = end + 1
        self._enter(name)

    def _read_flags(self, start: int) -> None:
        """`(?i)`, `(?i-s:` and `(?:`."""
        negative = seen = False
        for index in range(start + 2, len(self.text)):
            char = self.text[index]
            if char in "imsU":
                seen = True
            elif char == "-" and not negative:
                negative, seen = True, False
            elif char in ":)" and (seen or not negative):
                self._verbatim(index + 1 - start)
                if char == ":":
                    self._enter(None)
                return
            else:
                self._check_utf8(index)
                raise failure("invalid or unsupported Perl syntax", self.text[start : index + 1])
        raise failure("invalid or unsupported Perl syntax", self.text[start:])

    # --- repetition --------------------------------------------------------------------------------------------------

    def _brace(self, repeated_from: int | None) -> None:
        found = self._count(self.position + 1)
        if found is None:
            self.out.append("\\{")
            self.position += 1
            self.operand = 1
            return
        least, most, end = found
        if least > MAX_REPEAT or most > MAX_REPEAT or 0 <= most < least:
            raise failure("invalid repeat count", self.text[self.position : end])
        weight = least if most < 0 else most
        self._repeat(end, weight, repeated_from, counted=max(least, most) >= 2)

    def _count(self, start: int) -> tuple[int, int, int] | None:
        """`2}`, `2,}` or `2,3}`: least, most (-1: no limit) and where it ends; None if it is none of these."""
        least, index = self._integer(start)
        most = least
        if least is not None and self.text[index : index + 1] == ",":
            most, index = (-1, index + 1) if self.text[index + 1 : index + 2] == "}" else self._integer(index + 1)
        if least is None or most is None or self.text[index : index + 1] != "}":
            return None
        return least, most, index + 1

    def _integer(self, start: int) -> tuple[int | None, int]:
        end = start
        while self.text[end : end + 1] in _DIGITS and end < len(self.text):
            end += 1
        digits = self.text[start:end]
        if not digits or (digits[0] == "0" and len(digits) > 1):
            return None, end
        return int(digits[:9]), end

    def _repeat(self, end: int, weight: int, repeated_from: int | None, *, counted: bool = False) -> None:
        start = self.position
        if self.text[end : end + 1] == "?":
            end += 1
        if repeated_from is not None:
            raise failure("invalid nested repetition operator", self.text[repeated_from:end])
        if self.operand is None:
            raise failure("missing argument to repetition operator", self.text[start:end])
        self.operand = self.operand * max(weight, 1) if weight or not counted else 1
        if counted and self.operand > MAX_REPEAT:
            raise failure("invalid repeat count", self.text[start:end])
        self._weigh(self.operand)
        self._verbatim(end - start)
        self.last_repeat = start

    # --- escapes and classes -----------------------------------------------------------------------------------------

    def _backslash(self) -> None:
        following = self.text[self.position + 1 : self.position + 2]
        if following == "Q":
            self._quoted()
        elif following == "C":
            raise failure("invalid escape sequence", "\\C")
        elif following and following in "AbBzdDsSwW":
            self._atom(self.position + 2)
        elif following and following in "pP":
            self._atom(self._unicode_class_end(self.position))
        else:
            code, end = self._escape(self.position)
            self.out.append(f"\\x{{{code:x}}}")
            self.position = end
            self.operand = 1

    def _quoted(self) -> None:
        """`\\Q…\\E`: literal text."""
        start = self.position + 2
        end = self.text.find("\\E", start)
        end = len(self.text) if end < 0 else end
        for index in range(start, end):
            self._check_utf8(index)
            char = self.text[index]
            self.out.append(char if char.isalnum() or ord(char) > 0x7F else f"\\x{{{ord(char):x}}}")
            self.operand = 1
        self.position = min(end + 2, len(self.text))

    def _escape(self, start: int) -> tuple[int, int]:
        """The character that an escape means, and where the escape ends."""
        index = start + 1
        if index == len(self.text):
            raise failure("trailing backslash at end of expression", "")
        self._check_utf8(index)
        char = self.text[index]
        index += 1
        if char in "afnrtv":
            return b"\a\f\n\r\t\v"["afnrtv".index(char)], index
        if char == "x":
            return self._hex(start, index)
        if char == "0" or (char in "1234567" and self.text[index : index + 1] in _OCTAL and index < len(self.text)):
            end = index
            while end < index + 2 and end < len(self.text) and self.text[end] in _OCTAL:
                end += 1
            return int(self.text[start + 1 : end], 8), end
        if char < "\x80" and not char.isalnum():
            return ord(char), index
        raise failure("invalid escape sequence", self.text[start:index])

    def _hex(self, start: int, index: int) -> tuple[int, int]:
        """`\\x41` and `\\x{263a}`; `index` is behind the x."""
        if self.text[index : index + 1] != "{":
            digits = self.text[index : index + 2]
            if len(digits) == 2 and all(digit in _HEX for digit in digits):
                return int(digits, 16), index + 2
            raise failure("invalid escape sequence", self.text[start : index + 2])
        code = 0
        for end in range(index + 1, len(self.text)):
            char = self.text[end]
            if char == "}" and end > index + 1:
                return code, end + 1
            code = code * 16 + int(char, 16) if char in _HEX else _MAX_RUNE + 1
            if code > _MAX_RUNE:
                raise failure("invalid escape sequence", self.text[start : end + 1])
        raise failure("invalid escape sequence", self.text[start:])

    def _unicode_class_end(self, start: int) -> int:
        """Where `\\pL` or `\\p{Greek}` ends, checked to exist."""
        index = start + 2
        if self.text[index : index + 1] == "{":
            end = self.text.find("}", start) + 1
            if end == 0:
                raise failure("invalid character class range", self.text[start:])
        else:
            if index == len(self.text):
                raise failure("invalid character class range", self.text[start:])
            end = index + 1
        if not _known_class(self.text[start:end]):
            raise failure("invalid character class range", self.text[start:end])
        return end

    def _class_end(self) -> int:
        """Where the class that starts here ends, every member checked."""
        start = self.position
        index = start + 1
        if self.text[index : index + 1] == "^":
            index += 1
        first = True
        while first or self.text[index : index + 1] != "]":
            first = False
            index = self._member_end(start, index)
        return index + 1

    def _member_end(self, start: int, index: int) -> int:
        if self.text.startswith("[:", index):
            end = self.text.find(":]", index + 2)
            if end >= 0:
                if self.text[index + 2 : end].removeprefix("^") not in _POSIX_CLASSES:
                    raise failure("invalid character class range", self.text[index : end + 2])
                return end + 2
        if self.text[index : index + 2] in ("\\p", "\\P"):
            return self._unicode_class_end(index)
        if self.text[index : index + 2] in ("\\d", "\\D", "\\s", "\\S", "\\w", "\\W"):
            return index + 2
        low, end = self._class_char(start, index)
        if self.text[end : end + 1] == "-" and self.text[end + 1 : end + 2] not in ("", "]"):
            high, end = self._class_char(start, end + 1)
            if high < low:
                raise failure("invalid character class range", self.text[index:end])
        return end

    def _class_char(self, start: int, index: int) -> tuple[int, int]:
        if index >= len(self.text):
            raise failure("missing closing ]", self.text[start:])
        if self.text[index] == "\\":
            return self._escape(index)
        self._check_utf8(index)
        return ord(self.text[index]), index + 1


def _known_class(text: str) -> bool:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text, options)
    except re2.error:
        return False
    return True
