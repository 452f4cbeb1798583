"""Number literals of a template: which of int, uint, float and complex a literal can be.

Called by the parser.
"""

from helmpy.golang.strconv import parse_float, parse_int, parse_uint, quote, unquote_char
from helmpy.golang.types import INT64_MAX, INT64_MIN, GoError
from helmpy.gotemplate.lexer import CHARACTER, COMPLEX
from helmpy.gotemplate.nodes import Number

_UINT64_MAX = (1 << 64) - 1


def read_number(at: int, text: str, kind: str) -> Number:
    """The node of a number, character or complex literal. Raises GoError with Go's text."""
    number = Number(at, text)
    if kind == CHARACTER:
        _set_character(number)
    elif kind == COMPLEX:
        _set_complex(number, _complex(text))
    elif not _set_imaginary(number):
        _set_real(number)
    return number


def _set_character(number: Number) -> None:
    try:
        char, tail = unquote_char(number.text[1:], "'")
    except ValueError as error:
        raise GoError(str(error)) from None
    if tail != "'":
        raise GoError(f"malformed character constant: {number.text}")
    code = ord(char)
    # A byte escape is its value; text that is not UTF-8 reads as U+FFFD.
    code = (
        code - 0xDC00
        if 0xDC80 <= code <= 0xDCFF and number.text[1] == "\\"
        else 0xFFFD
        if 0xD800 <= code <= 0xDFFF
        else code
    )
    number.int_value = number.uint_value = code
    number.float_value = float(code)


def _complex(text: str) -> complex:
    """`1+2i`: the second sign parts the halves."""
    body = text[:-1]
    split = max(index for index, char in enumerate(body) if char in "+-" and body[index - 1] not in "eEpP")
    try:
        return complex(parse_float(body[:split]), parse_float(body[split:]))
    except GoError:
        raise GoError("syntax error scanning complex number") from None


def _set_imaginary(number: Number) -> bool:
    if not number.text.endswith("i"):
        return False
    try:
        imaginary = parse_float(number.text[:-1])
    except GoError:
        return False
    _set_complex(number, complex(0, imaginary))
    return True


def _set_complex(number: Number, value: complex) -> None:
    number.complex_value = value
    if value.imag == 0:
        number.float_value = value.real
        _promote(number, value.real)


def _promote(number: Number, value: float) -> None:
    """A float without fraction is an int (uint) too, where it fits."""
    if value == int(value):
        if number.int_value is None and INT64_MIN <= value <= INT64_MAX:
            number.int_value = int(value)
        if number.uint_value is None and 0 <= value <= _UINT64_MAX:
            number.uint_value = int(value)


def _set_real(number: Number) -> None:
    text = number.text
    try:
        number.uint_value = parse_uint(text, 0)
    except GoError:
        number.uint_value = None
    try:
        number.int_value = parse_int(text, 0)
        number.uint_value = 0 if number.int_value == 0 else number.uint_value
    except GoError:
        number.int_value = None
    if number.int_value is not None:
        number.float_value = float(number.int_value)
    elif number.uint_value is not None:
        number.float_value = float(number.uint_value)
    else:
        _set_float(number)


def _set_float(number: Number) -> None:
    try:
        value = parse_float(number.text)
    except GoError:
        raise GoError(f"illegal number syntax: {quote(number.text)}") from None
    if not any(char in ".eEpP" for char in number.text):
        raise GoError(f"integer overflow: {quote(number.text)}")
    number.float_value = value
    if value == value and abs(value) != float("inf"):
        _promote(number, value)
