"""Go's fmt: `%v` and the other verbs, Print and Printf.

Called by the template runtime (what `{{ x }}` prints) and by functions such as print, printf, cat, quote, toString. `printer`
writes single values, `formatter` walks formats. Must not look into values by any other way than their Go type.
"""

from helmpy.annotations import Any
from helmpy.golang.fmt.printer import Printer, sorted_keys, string_method
from helmpy.golang.limits import check_text
from helmpy.golang.strconv import format_float
from helmpy.golang.types import kind_name

__all__ = ["sorted_keys", "sprint", "sprintf", "sprintln", "string_method", "value_text"]


def value_text(value: Any) -> str:
    """Go's `%v` of one value: what `{{ v }}` prints; nil is "<nil>"."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return format_float(value)
    if value is None:
        return "<nil>"
    printer = Printer()
    printer.arg(value, "v")
    return _joined(printer.out, "print")


def sprint(*values: Any) -> str:
    """fmt.Sprint: blanks only between operands of which neither is a string."""
    pieces: list[str] = []
    after_string = True
    for value in values:
        is_string = kind_name(value) == "string"
        if not (is_string or after_string):
            pieces.append(" ")
        pieces.append(value_text(value))
        after_string = is_string
    return _joined(pieces, "print")


def sprintln(*values: Any) -> str:
    """fmt.Sprintln: blanks between all operands and a newline."""
    pieces = [text for value in values for text in (" ", value_text(value))]
    return _joined([*pieces[1:], "\n"], "println")


def sprintf(format: str, *values: Any) -> str:
    """fmt.Sprintf, with Go's notes in the text for verbs and arguments that do not fit."""
    pieces = format.split("%s")
    if len(pieces) == len(values) + 1 == format.count("%") + 1 and all(type(value) is str for value in values):
        # The common case: texts put together.
        check_text(len(format) + sum(map(len, values)), "printf")
        return "".join([text for pair in zip(pieces, values, strict=False) for text in pair]) + pieces[-1]
    from helmpy.golang.fmt.formatter import Formatter

    return Formatter(format, values).run()


def _joined(pieces: list[str], name: str) -> str:
    """The text of the pieces. Raises GoError if it would be too long."""
    check_text(sum(map(len, pieces)), name)
    return "".join(pieces)
