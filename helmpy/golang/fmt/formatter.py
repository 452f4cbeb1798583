"""Formats: verbs with flags, widths, precisions and operand numbers.

Called by `fmt`.
"""

from typing import Any

from helmpy.golang.fmt.printer import SIGNED, UNSIGNED, Printer
from helmpy.golang.limits import check_text
from helmpy.golang.types import kind_name, type_name

_TOO_LARGE = 1_000_000


class Formatter(Printer):
    """Printf: walks the format, taking operands in turn or by index."""

    def __init__(self, format: str, values: tuple[Any, ...]) -> None:
        super().__init__()
        self.format = format
        self.values = values
        self.at = 0  # in the format
        self.next = 0  # operand
        self.after_index = False
        self.reordered = False
        self.good_index = True

    def run(self) -> str:
        end = len(self.format)
        while self.at < end:
            mark = self.format.find("%", self.at)
            if mark < 0:
                self.out.append(self.format[self.at :])
                break
            self.out.append(self.format[self.at : mark])
            self.at = mark + 1
            self._directive()
        if not self.reordered and self.next < len(self.values):
            self._extra()
        check_text(sum(map(len, self.out)), "printf")
        return "".join(self.out)

    def _directive(self) -> None:
        self.good_index = True
        self.after_index = False
        self.clear()
        self._flags()
        self._index()
        self._width()
        self._precision()
        if not self.after_index:
            self._index()
        if self.at >= len(self.format):
            self.out.append("%!(NOVERB)")
            return
        verb = self.format[self.at]
        self.at += 1
        self._verb("\ufffd" if "\ud800" <= verb <= "\udfff" else verb)

    def _verb(self, verb: str) -> None:
        if verb == "%":
            self.out.append("%")
        elif not self.good_index:
            self.out.append(f"%!{verb}(BADINDEX)")
        elif self.next >= len(self.values):
            self.out.append(f"%!{verb}(MISSING)")
        else:
            if verb in "vw":
                self.sharp_v, self.sharp = self.sharp, False
                self.plus_v, self.plus = self.plus, False
            self.arg(self.values[self.next], verb)
            self.next += 1

    def _flags(self) -> None:
        while self.at < len(self.format):
            char = self.format[self.at]
            if char == "#":
                self.sharp = True
            elif char == "0":
                self.zero = True
            elif char == "+":
                self.plus = True
            elif char == "-":
                self.minus = True
            elif char == " ":
                self.space = True
            else:
                return
            self.at += 1

    def _index(self) -> None:
        """An explicit operand number `[n]`, if one stands here."""
        if not self.format.startswith("[", self.at):
            self.after_index = False
            return
        self.reordered = True
        close = self.format.find("]", self.at)
        if len(self.format) - self.at < 3 or close < 0:
            self.good_index = self.after_index = False
            self.at += 1
            return
        number, _ = _leading_int(self.format[self.at + 1 : close], whole=True)
        self.at = close + 1
        if number is not None and 1 <= number <= len(self.values):
            self.next = number - 1
            self.after_index = True
        else:
            self.good_index = False
            self.after_index = number is not None

    def _width(self) -> None:
        if self.format.startswith("*", self.at):
            self.at += 1
            self.width = self._int_operand()
            if self.width is None:
                self.out.append("%!(BADWIDTH)")
            elif self.width < 0:
                self.width, self.minus, self.zero = -self.width, True, False
            self.after_index = False
            return
        self.width, size = _leading_int(self.format[self.at : self.at + 9])
        self.at = self._behind(size, self.width)
        if self.after_index and self.width is not None:
            self.good_index = False

    def _precision(self) -> None:
        if not (self.at + 1 < len(self.format) and self.format[self.at] == "."):
            return
        self.at += 1
        if self.after_index:
            self.good_index = False
        self._index()
        if self.format.startswith("*", self.at):
            self.at += 1
            self.prec = self._int_operand()
            if self.prec is not None and self.prec < 0:
                self.prec = None
            if self.prec is None:
                self.out.append("%!(BADPREC)")
            self.after_index = False
            return
        number, size = _leading_int(self.format[self.at : self.at + 9])
        self.at = self._behind(size, number)
        self.prec = number or 0

    def _behind(self, size: int, number: int | None) -> int:
        """Where the format goes on after digits; a number too large to be meant swallows the rest."""
        return len(self.format) if size and number is None else self.at + size

    def _int_operand(self) -> int | None:
        if self.next >= len(self.values):
            return None
        value = self.values[self.next]
        self.next += 1
        is_int = kind_name(value) in SIGNED or kind_name(value) in UNSIGNED
        return int(value) if is_int and abs(value) <= _TOO_LARGE else None

    def _extra(self) -> None:
        self.clear()
        self.out.append("%!(EXTRA ")
        for index, value in enumerate(self.values[self.next :]):
            if index:
                self.out.append(", ")
            if value is None:
                self.out.append("<nil>")
            else:
                self.out.append(type_name(value) + "=")
                self.arg(value, "v")
        self.out.append(")")


def _leading_int(text: str, *, whole: bool = False) -> tuple[int | None, int]:
    """The number that the text begins with (None: none, or too large) and its size; `whole`: nothing may follow."""
    size = 0
    while size < len(text) and text[size] in "0123456789":
        size += 1
    if size == 0 or (whole and size < len(text)):
        return None, size
    number = int(text[: min(size, 12)])
    # Go gives up once more digits follow a number above a million.
    return (None, size) if number // 10 > _TOO_LARGE else (number, size)
