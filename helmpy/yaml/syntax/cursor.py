"""A place in YAML text, and the errors that name it.

Base of the readers in this package. Lines are counted from 0; a line break may be any that YAML 1.1 knows.
"""

import re
from functools import cache

from helmpy.golang.types import GoError
from helmpy.yaml.syntax.stream import decode

BLANK = " \t"
BREAK = "\r\n\x85\u2028\u2029"
BREAKZ = BREAK + "\0"
BLANKZ = BLANK + BREAKZ
_SPACE = r" \t\r\n\x85\u2028\u2029\0"


class YAMLSyntaxError(GoError):
    """Text that is not YAML; the message is that of yaml.v2, with the line as yaml.v2 counts it."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(f"yaml: line {line}: {problem}" if line else f"yaml: {problem}")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        {
            # Possessive, or each character would be kept as a place to come back to.
            "block": rf"(?:[^{_SPACE}:]++|:(?![{_SPACE}]))++",
            "flow": rf"(?:[^{_SPACE}:,?\[\]{{}}]++|:(?![{_SPACE}]))++",
            "single": rf"[^{_SPACE}']+",
            "double": rf"[^{_SPACE}\"\\]+",
            "line": r"[^\r\n\x85\u2028\u2029\0]*",
            "blanks": r"[ \t]*",
            "spaces": r" *",
            "word": r"[0-9A-Za-z_-]*",
            "uri": r"[0-9A-Za-z_\-;/?:@&=+$,.!~*'()\[\]]*",
        }[name]
    )


def run_end(name: str, text: str, at: int) -> int:
    match = _pattern(name).match(text, at)
    return match.end() if match else at


class Cursor:
    """Where reading has come to. `text` ends in NULs, which no YAML text holds; `end` is where they begin."""

    def __init__(self, data: bytes) -> None:
        text, self._fault = decode(data or b"\n")
        self._end = len(text)
        self._text = text + "\0\0\0\0"
        self._at = 0
        self._line = 0
        self._line_start = 0
        self._flow = 0  # how many flow collections are open
        self._indent = -1

    def _check_stream(self) -> None:
        """Complain about unreadable text once it is looked at."""
        if self._fault and self._at + 4 > self._end:
            raise YAMLSyntaxError(self._fault, 0)

    def _error(self, problem: str) -> YAMLSyntaxError:
        return YAMLSyntaxError(problem, self._line + 1 if self._line else 0)

    def _read_break(self) -> str:
        """Pass over one line break; what it stands for in a scalar."""
        char = self._text[self._at]
        self._at += 2 if char == "\r" and self._text[self._at + 1] == "\n" else 1
        self._line += 1
        self._line_start = self._at
        return char if char in "\u2028\u2029" else "\n"

    def _at_indicator(self) -> bool:
        return self._text.startswith(("---", "..."), self._at) and self._text[self._at + 3] in BLANKZ

    def _skip_blanks(self) -> None:
        self._at = run_end("blanks", self._text, self._at)

    def _end_of_line(self) -> None:
        self._skip_blanks()
        if self._text[self._at] == "#":
            self._at = run_end("line", self._text, self._at)
        if self._text[self._at] not in BREAKZ:
            raise self._error("did not find expected comment or line break")
        if self._text[self._at] in BREAK:
            self._read_break()


def is_hex(digits: str, length: int) -> bool:
    return len(digits) == length and all(digit in "0123456789abcdefABCDEF" for digit in digits)
