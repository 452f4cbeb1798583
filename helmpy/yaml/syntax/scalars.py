"""Scalars: plain, quoted and block, folded as Go's port of libyaml folds them.

Part of the scanner. `\\/` is no escape here.
"""

from helmpy.yaml.syntax.cursor import BLANK, BREAK, Cursor, is_hex, run_end

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "'": "'", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_CODE_LENGTHS = {"x": 2, "u": 4, "U": 8}


class ScalarReader(Cursor):
    """Reads one scalar whose first character is next."""

    def _block_scalar(self, literal: bool) -> str:
        """`|` or `>`."""
        self._at += 1
        chomping, increment = self._block_header()
        self._end_of_line()
        indent = (max(self._indent, 0) + increment) if increment else 0
        breaks, indent = self._block_breaks(indent)
        text = self._text
        parts: list[str] = []
        leading_break = ""
        leading_blank = False
        while self._at - self._line_start == indent and self._at < self._end:
            trailing_blank = text[self._at] in BLANK
            if not literal and not leading_blank and not trailing_blank and leading_break == "\n":
                if not breaks:
                    parts.append(" ")
            else:
                parts.append(leading_break)
            parts.append(breaks)
            leading_blank = trailing_blank
            end = run_end("line", text, self._at)
            parts.append(text[self._at : end])
            self._at = end
            leading_break = self._read_break() if text[end] in BREAK else ""
            breaks, indent = self._block_breaks(indent)
        if chomping != "-":
            parts.append(leading_break)
        if chomping == "+":
            parts.append(breaks)
        return "".join(parts)

    def _block_header(self) -> tuple[str, int]:
        """The chomping sign and the indentation digit, in any order."""
        chomping, increment = "", 0
        for _ in range(2):
            char = self._text[self._at]
            if char in "+-" and not chomping:
                chomping = char
            elif char in "0123456789" and not increment:
                if char == "0":
                    raise self._error("found an indentation indicator equal to 0")
                increment = int(char)
            else:
                break
            self._at += 1
        return chomping, increment

    def _block_breaks(self, indent: int) -> tuple[str, int]:
        """Empty lines, and the indentation, which the first line with text sets unless it is given."""
        breaks = []
        deepest = 0
        text = self._text
        while True:
            end = run_end("spaces", text, self._at)
            limit = self._line_start + indent if indent else end
            self._at = max(self._at, min(end, limit))
            column = self._at - self._line_start
            deepest = max(deepest, column)
            if (not indent or column < indent) and text[self._at] == "\t":
                raise self._error("found a tab character where an indentation space is expected")
            if text[self._at] not in BREAK:
                break
            breaks.append(self._read_break())
        return "".join(breaks), indent or max(deepest, self._indent + 1, 1)

    def _quoted_scalar(self, quote: str) -> str:
        self._at += 1
        text = self._text
        run = "single" if quote == "'" else "double"
        parts: list[str] = []
        while True:
            if self._at == self._line_start and self._at_indicator():
                raise self._error("found unexpected document indicator")
            if self._at >= self._end:
                raise self._error("found unexpected end of stream")
            joined = self._quoted_words(parts, run, quote)
            if text[self._at] == quote:
                break
            self._quoted_blanks(parts, joined)
        self._at += 1
        return "".join(parts)

    def _quoted_words(self, parts: list[str], run: str, quote: str) -> bool:
        """Read up to white space or the closing quote; whether an escaped line break came instead."""
        text = self._text
        while True:
            end = run_end(run, text, self._at)
            parts.append(text[self._at : end])
            self._at = end
            char = text[end]
            if char == "'" and quote == "'" and text[end + 1] == "'":
                parts.append("'")
                self._at += 2
            elif char == "\\" and quote == '"':
                if text[end + 1] in BREAK:
                    self._at += 1
                    self._read_break()
                    return True
                parts.append(self._escape(text[end + 1]))
            else:
                return False

    def _escape(self, char: str) -> str:
        if char in _ESCAPES:
            self._at += 2
            return _ESCAPES[char]
        length = _CODE_LENGTHS.get(char)
        if length is None:
            raise self._error("found unknown escape character")
        self._at += 2
        digits = self._text[self._at : self._at + length]
        if not is_hex(digits, length):
            raise self._error("did not find expected hexdecimal number")
        code = int(digits, 16)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            raise self._error("found invalid Unicode character escape code")
        self._at += length
        return chr(code)

    def _quoted_blanks(self, parts: list[str], joined: bool) -> None:
        """White space within quotes: kept within a line, folded around line breaks."""
        text = self._text
        blanks, leading, trailing = "", "", ""
        broken = joined
        while text[self._at] in BLANK + BREAK:
            if text[self._at] in BLANK:
                end = run_end("blanks", text, self._at)
                if not broken:
                    blanks = text[self._at : end]
                self._at = end
            elif broken:
                trailing += self._read_break()
            else:
                leading, broken = self._read_break(), True
        parts.append(_folded(leading, trailing) if broken else blanks)

    def _plain_scalar(self) -> tuple[str, bool]:
        """The text, and whether a line ended behind it."""
        text = self._text
        run = "flow" if self._flow else "block"
        indent = self._indent + 1
        parts: list[str] = []
        gap, broken = "", False
        while text[self._at] != "#" and not (self._at == self._line_start and self._at_indicator()):
            end = run_end(run, text, self._at)
            if end > self._at:
                parts += (gap, text[self._at : end])
                gap, broken = "", False
                self._at = end
            if text[self._at] not in BLANK + BREAK:
                break
            gap, broken = self._plain_gap(gap, broken, indent)
            if not self._flow and self._at - self._line_start < indent:
                break
        return "".join(parts), broken

    def _plain_gap(self, gap: str, broken: bool, indent: int) -> tuple[str, bool]:
        """White space within a plain scalar: what it stands for if more text follows, and whether a line ended."""
        text = self._text
        leading, trailing = "", ""
        while text[self._at] in BLANK + BREAK:
            if text[self._at] in BLANK:
                end = run_end("blanks", text, self._at)
                if not broken:
                    gap += text[self._at : end]
                elif "\t" in text[self._at : min(end, self._line_start + indent)]:
                    self._at = text.index("\t", self._at)
                    raise self._error("found a tab character that violates indentation")
                self._at = end
            elif broken:
                trailing += self._read_break()
            else:
                leading, broken = self._read_break(), True
        return (_folded(leading, trailing) if broken else gap), broken


def _folded(leading: str, trailing: str) -> str:
    """What a line break and further empty lines become in a flowing scalar."""
    if leading == "\n":
        return trailing or " "
    return leading + trailing
