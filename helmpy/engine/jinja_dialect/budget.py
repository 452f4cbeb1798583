"""What one run of Jinja templates may use: loop rounds, calls, text. A hostile template fails, it does not fill the memory.

Called by the sandbox before anything that could grow; raises LimitError.
"""

import re
from collections.abc import Iterable, Iterator, Sized
from functools import cache
from typing import Any

from helmpy.golang.types import GoError

MAX_STEPS = 2_000_000
"""Rounds of all loops and calls of one run together."""
MAX_TEXT = 64 << 20
"""Characters of one text, and of one file."""
MAX_ITEMS = 1_000_000
"""Items of one list."""
MAX_WIDTH = 100_000
"""Of padding, indentation and number formats."""
MAX_BITS = 4096
"""Of whole numbers."""
_SIZED_METHODS = frozenset(("center", "expandtabs", "ljust", "rjust", "zfill"))


class LimitError(GoError):
    """A template asked for more than a run may use."""


class Budget:
    """The steps that a run has left."""

    def __init__(self) -> None:
        self.steps = MAX_STEPS

    def step(self, count: int = 1) -> None:
        """Takes `count` steps."""
        self.steps -= count
        if self.steps < 0:
            raise LimitError(f"more than {MAX_STEPS} loop rounds and calls")

    def rounds(self, values: Iterable[Any]) -> Iterable[Any]:
        """The same values for a loop; its rounds are taken from the budget."""
        if isinstance(values, Sized):
            self.step(len(values))
            return values
        return self._counted(values)

    def _counted(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self.step()
            yield value


def join(pieces: Iterable[str]) -> str:
    """The pieces as one text."""
    text = "".join(pieces)
    check_text(len(text))
    return text


def check_text(length: int) -> None:
    """Before a text of that length is built."""
    if length > MAX_TEXT:
        raise LimitError(f"a text of more than {MAX_TEXT} characters")


def check_width(number: Any) -> None:
    """Before a number is used as a width, a precision or a count."""
    if isinstance(number, (int, float)) and abs(number) > MAX_WIDTH:
        raise LimitError(f"a width or count of more than {MAX_WIDTH}")


def check_widths(*values: Any, **named: Any) -> None:
    """`check_width` for all arguments of a call."""
    for value in (*values, *named.values()):
        check_width(value)


def check_filter(value: Any, *arguments: Any, **named: Any) -> None:
    """`check_widths` for the arguments of a filter, whatever its input."""
    check_widths(*arguments, **named)


def check_format(template: str, *values: Any) -> None:
    """Before printf-style or str.format formatting: widths in the format, and those that `*` takes from the arguments."""
    if _wide().search(template):
        raise LimitError(f"a width of more than {MAX_WIDTH}")
    if "*" in template:
        check_widths(*values)


@cache
def _wide() -> re.Pattern[str]:
    return re.compile("[0-9]{6,}")


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Before `*`, `**`, `+` or `%` of two values."""
    if operator == "%":
        if isinstance(left, str):
            check_format(left, *(right if isinstance(right, tuple) else (right,)))
    elif operator == "+":
        _check_size(left, _size(left) + _size(right))
    elif operator == "**":
        _check_bits(_bits(left) * right if isinstance(right, int) and isinstance(left, int) else 0)
    else:
        _check_product(left, right)


def _check_product(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _check_bits(_bits(left) + _bits(right))
    elif isinstance(right, int):
        _check_size(left, _size(left) * right)
    elif isinstance(left, int):
        _check_size(right, left * _size(right))


def _check_bits(bits: int) -> None:
    if bits > MAX_BITS:
        raise LimitError(f"a number of more than {MAX_BITS} bits")


def _check_size(value: Any, size: int) -> None:
    if isinstance(value, str):
        check_text(size)
    elif size > MAX_ITEMS:
        raise LimitError(f"a list of more than {MAX_ITEMS} items")


def _bits(number: Any) -> int:
    return int(number).bit_length()


def _size(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, tuple)) else 0


def check_method(text: str, name: str, arguments: tuple[Any, ...]) -> None:
    """Before a method of a text is called."""
    if name in _SIZED_METHODS:
        check_widths(*arguments)
    elif name == "replace":
        check_replacement(text, *arguments)
    elif name == "join" and arguments and isinstance(arguments[0], (list, tuple)):
        check_text(sum(map(_size, arguments[0])) + len(text) * len(arguments[0]))
    elif name == "translate":
        raise LimitError("translate is not available")


def check_replacement(text: Any, *arguments: Any) -> None:
    """Before `old` is replaced by `new` in a text."""
    if len(arguments) >= 2 and isinstance(arguments[0], str) and isinstance(arguments[1], str):
        text = str(text)
        check_text(len(text) + text.count(arguments[0]) * len(arguments[1]))
