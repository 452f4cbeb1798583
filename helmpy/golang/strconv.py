"""Go's strconv: quoting, and the text of numbers.

Called by fmt, json and the functions. Must not know of templates or YAML.
"""

from functools import cache

from helmpy.annotations import TYPE_CHECKING
from helmpy.golang.types import GoError

if TYPE_CHECKING:
    import re

_ESCAPES = {7: "\\a", 8: "\\b", 12: "\\f", 10: "\\n", 13: "\\r", 9: "\\t", 11: "\\v"}
_UNESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
# Printable characters of Unicode 15.0, which Go 1.26 knows and Python 3.11 (14.0) does not: first and last of each run.
_NEW_PRINTABLE = (
    (0xCF3, 0xCF3), (0xECE, 0xECE), (0x10EFD, 0x10EFF), (0x1123F, 0x11241), (0x11B00, 0x11B09), (0x11F00, 0x11F10),
    (0x11F12, 0x11F3A), (0x11F3E, 0x11F59), (0x1342F, 0x1342F), (0x13440, 0x13455), (0x1B132, 0x1B132),
    (0x1B155, 0x1B155), (0x1D2C0, 0x1D2D3), (0x1DF25, 0x1DF2A), (0x1E030, 0x1E06D), (0x1E08F, 0x1E08F),
    (0x1E4D0, 0x1E4F9), (0x1F6DC, 0x1F6DC), (0x1F774, 0x1F776), (0x1F77B, 0x1F77F), (0x1F7D9, 0x1F7D9),
    (0x1FA75, 0x1FA77), (0x1FA87, 0x1FA88), (0x1FAAD, 0x1FAAF), (0x1FABB, 0x1FABD), (0x1FABF, 0x1FABF),
    (0x1FACE, 0x1FACF), (0x1FADA, 0x1FADB), (0x1FAE8, 0x1FAE8), (0x1FAF7, 0x1FAF8), (0x2B739, 0x2B739),
    (0x31350, 0x323AF),
)  # fmt: skip
_INFINITIES = ("inf", "infinity")


# --- quoting ---------------------------------------------------------------------------------------------------------


def is_print(char: str) -> bool:
    """strconv.IsPrint of one character."""
    return char.isprintable() or any(first <= ord(char) <= last for first, last in _NEW_PRINTABLE)


def quote(text: str) -> str:
    """strconv.Quote: a double-quoted Go string literal."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return _quoted(text, '"', ascii_only=False)


def quote_to_ascii(text: str) -> str:
    """strconv.QuoteToASCII: as quote, with everything above ASCII escaped."""
    return _quoted(text, '"', ascii_only=True)


def quote_rune(rune: str, *, ascii_only: bool = False) -> str:
    """strconv.QuoteRune (QuoteRuneToASCII): a single-quoted Go character literal."""
    if 0xD800 <= ord(rune) <= 0xDFFF:
        rune = "\ufffd"
    return _quoted(rune, "'", ascii_only=ascii_only)


def _quoted(text: str, mark: str, *, ascii_only: bool) -> str:
    pieces = [mark]
    for char in text:
        if char == mark or char == "\\":
            pieces.append("\\" + char)
        elif (char < "\x7f" or not ascii_only) and is_print(char):
            pieces.append(char)
        else:
            pieces.append(_escape(ord(char)))
    pieces.append(mark)
    return "".join(pieces)


def _escape(code: int) -> str:
    """The escape of one code point; a lone surrogate stands for the byte that was not UTF-8."""
    if code in _ESCAPES:
        return _ESCAPES[code]
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def can_backquote(text: str) -> bool:
    """strconv.CanBackquote: whether the text can stand unchanged in a raw string literal."""
    return not any(
        char in "`\x7f\ufeff" or (char < " " and char != "\t") or 0xD800 <= ord(char) <= 0xDFFF for char in text
    )


def unquote(literal: str) -> str:
    """strconv.Unquote: the text of a Go string, raw string or character literal.

    Raises ValueError when `literal` is not one.
    """
    if len(literal) < 2 or literal[0] != literal[-1] or literal[0] not in "\"'`":
        raise ValueError("invalid syntax")
    mark, body = literal[0], literal[1:-1]
    if mark == "`":
        if "`" in body:
            raise ValueError("invalid syntax")
        return body.replace("\r", "")
    if "\n" in body:
        raise ValueError("invalid syntax")
    if "\\" not in body and mark not in body and mark == '"':
        return body
    text = _unescaped(body, mark)
    if mark == "'" and len(text) != 1:
        raise ValueError("invalid syntax")
    return text


def unquote_char(text: str, mark: str) -> tuple[str, str]:
    """strconv.UnquoteChar: the first character (or byte) of a literal's body, and what follows it. Raises ValueError."""
    if not text or text[0] == mark:
        raise ValueError("invalid syntax")
    if text[0] != "\\":
        return text[0], text[1:]
    char, index, _ = _escape_at(text, 1, mark)
    return char, text[index:]


def _unescaped(body: str, mark: str) -> str:
    pieces: list[str] = []
    raw = False
    index, end = 0, len(body)
    while index < end:
        char = body[index]
        if char == mark:
            raise ValueError("invalid syntax")
        if char != "\\":
            pieces.append(char)
            index += 1
            continue
        piece, index, is_byte = _escape_at(body, index + 1, mark)
        raw = raw or is_byte
        pieces.append(piece)
    text = "".join(pieces)
    # Bytes written as escapes may join into one character.
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") if raw else text


def _escape_at(body: str, index: int, mark: str) -> tuple[str, int, bool]:
    """One escape after its backslash: its text, the index behind it, whether it is a raw byte above ASCII."""
    char = body[index : index + 1]
    if char in _UNESCAPES and char:
        return _UNESCAPES[char], index + 1, False
    if char and char == mark:
        return char, index + 1, False
    if char in ("x", "u", "U"):
        width = {"x": 2, "u": 4, "U": 8}[char]
        code = _digits(body[index + 1 : index + 1 + width], width, 16)
        text = _byte(code) if char == "x" else _code_point(code)
        return text, index + 1 + width, char == "x"
    if char and char in "01234567":
        code = _digits(body[index : index + 3], 3, 8)
        if code > 255:
            raise ValueError("invalid syntax")
        return _byte(code), index + 3, True
    raise ValueError("invalid syntax")


def _digits(text: str, width: int, base: int) -> int:
    allowed = "0123456789abcdefABCDEF" if base == 16 else "01234567"
    if len(text) != width or any(char not in allowed for char in text):
        raise ValueError("invalid syntax")
    return int(text, base)


def _byte(code: int) -> str:
    return chr(code) if code < 0x80 else chr(0xDC00 + code)


def _code_point(code: int) -> str:
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueError("invalid syntax")
    return chr(code)


# --- numbers to text -------------------------------------------------------------------------------------------------


def format_float(number: float, fmt: str = "g", prec: int = -1, bits: int = 64) -> str:
    """strconv.FormatFloat. `prec` -1 means the fewest digits that read back as the same number of `bits` bits."""
    if bits == 32:
        number = _nearest32(number)
    if number != number:
        return "NaN"
    if number in (float("inf"), float("-inf")):
        return "+Inf" if number > 0 else "-Inf"
    if fmt == "b":
        return _binary_float(number, bits)
    if fmt in "xX":
        return _hex_float(number, fmt, prec)
    if prec >= 0:
        return f"%.{max(prec, 1) if fmt in 'gG' else prec}{fmt}" % number
    return _shortest(number, fmt, bits)


def _shortest(number: float, fmt: str, bits: int) -> str:
    text = repr(number) if bits == 64 else _shortest32(number)
    if fmt == "g" and "e" not in text:
        # The common case: repr and %g agree from 1e-4 up to 1e6 but for a trailing ".0".
        whole, _, fraction = text.partition(".")
        size = len(whole.lstrip("-"))
        if size <= 6 and (abs(number) >= 1e-4 or number == 0):
            return whole if fraction in ("", "0") else text
    sign, digits, exponent = _decompose(text)
    if fmt in "eE" or (fmt in "gG" and not -4 <= exponent < 6):
        return sign + _scientific(digits, exponent, "E" if fmt in "EG" else "e")
    return sign + _positional(digits, exponent)


def _shortest32(number: float) -> str:
    """The fewest digits that read back as the same number of 32 bits, in exponent form; of those, the nearest."""
    from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

    if not number:
        return repr(number)  # Decimals lose the sign of zero.
    exact = Decimal(number)
    for precision in range(1, 9):
        # At powers of two the nearest may read back as another number while the next one does not.
        near = (Context(precision, rounding).plus(exact) for rounding in (None, ROUND_FLOOR, ROUND_CEILING))
        fitting = next((one for one in near if _nearest32(float(one)) == number), None)
        if fitting is not None:
            return f"{fitting:e}"
    return f"{number:.8e}"


def _nearest32(number: float) -> float:
    """The nearest number of 32 bits, which may be infinite."""
    import struct

    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _decompose(text: str) -> tuple[str, str, int]:
    """Sign, significant digits and decimal exponent (of d.ddd) of a number's text."""
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text)
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    stripped = stripped.rstrip("0")
    return (sign, stripped, point - 1) if stripped else (sign, "0", 0)


def _scientific(digits: str, exponent: int, letter: str) -> str:
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{mantissa}{letter}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _positional(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    if len(digits) <= exponent + 1:
        return digits + "0" * (exponent + 1 - len(digits))
    return digits[: exponent + 1] + "." + digits[exponent + 1 :]


def _binary_float(number: float, bits: int) -> str:
    import math

    size, least = (53, -1074) if bits == 64 else (24, -149)
    fraction, exponent = math.frexp(number)
    shift = max(exponent - size, least)
    mantissa = int(math.ldexp(fraction, exponent - shift)) if number else 0
    sign = "-" if math.copysign(1, number) < 0 else ""
    return f"{sign}{abs(mantissa)}p{(shift if number else least):+d}"


def _hex_float(number: float, fmt: str, prec: int) -> str:
    import math

    sign = "-" if math.copysign(1, number) < 0 else ""
    fraction, exponent = math.frexp(abs(number))
    # 52 bits behind the leading one, which is 1 for every number but zero (subnormal ones are normalised).
    bits = int(math.ldexp(fraction, 53))
    exponent = exponent - 1 if bits else 0
    if 0 <= prec < 13:
        drop = 52 - 4 * prec
        half, rest = 1 << (drop - 1), bits & ((1 << drop) - 1)
        bits = (bits >> drop) + (rest > half or (rest == half and (bits >> drop) & 1 == 1))
        bits <<= drop
        if bits >> 53:
            bits, exponent = bits >> 1, exponent + 1
    digits = f"{bits & ((1 << 52) - 1):013x}"
    digits = digits.rstrip("0") if prec < 0 else digits[:prec].ljust(prec, "0")
    text = f"{sign}0x{bits >> 52}{'.' + digits if digits else ''}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return text.upper() if fmt == "X" else text


# --- text to numbers -------------------------------------------------------------------------------------------------


def _failure(function: str, text: str, reason: str) -> GoError:
    return GoError(f"strconv.{function}: parsing {quote(text)}: {reason}")


def parse_int(text: str, base: int = 0, bits: int = 64, function: str = "ParseInt") -> int:
    """strconv.ParseInt. Base 0 reads the prefixes 0x 0o 0b 0 and underscores. Raises GoError with Go's text."""
    sign, digits = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    number = _magnitude(digits, base)
    if number is None:
        raise _failure(function, text, "invalid syntax")
    number = -number if sign == "-" else number
    if not -(1 << (bits - 1)) <= number < 1 << (bits - 1):
        raise _failure(function, text, "value out of range")
    return number


def parse_uint(text: str, base: int = 0, bits: int = 64) -> int:
    """strconv.ParseUint. Raises GoError with Go's text."""
    number = _magnitude(text, base)
    if number is None:
        raise _failure("ParseUint", text, "invalid syntax")
    if number >= 1 << bits:
        raise _failure("ParseUint", text, "value out of range")
    return number


def _magnitude(digits: str, base: int) -> int | None:
    """The value of unsigned digits, None when they are not a number."""
    if base == 0:
        base, rest = _prefix(digits)
        if "_" in rest:
            if not _underscores_ok(digits):
                return None
            rest = rest.replace("_", "")
        digits = rest
    allowed = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
    lowered = digits.lower() if digits.isascii() else "?"
    if not lowered or any(char not in allowed for char in lowered):
        return None
    lowered = lowered.lstrip("0") or "0"
    # A longer number is out of any range, and Python may refuse to read a very long one.
    return int(lowered[:100], base)


def _prefix(digits: str) -> tuple[int, str]:
    if len(digits) >= 3 and digits[0] == "0" and digits[1] in "xXoObB":
        return {"x": 16, "o": 8, "b": 2}[digits[1].lower()], digits[2:]
    if len(digits) >= 2 and digits[0] == "0":
        return 8, digits[1:]
    return 10, digits


def _underscores_ok(text: str) -> bool:
    """Underscores must stand between digits, or between the base prefix and a digit."""
    text = text.lstrip("+-")
    last = "^"
    hexadecimal = False
    if len(text) >= 2 and text[0] == "0" and text[1] in "xXoObB":
        hexadecimal = text[1] in "xX"
        text, last = text[2:], "0"
    for char in text:
        if char in "0123456789" or (hexadecimal and char in "abcdefABCDEF"):
            last = "0"
        elif char == "_":
            if last != "0":
                return False
            last = "_"
        else:
            if last == "_":
                return False
            last = "!"
    return last != "_"


@cache
def _float_syntax() -> "re.Pattern[str]":
    import re

    # [0-9_]: where underscores may stand is checked apart from the shape.
    return re.compile(
        r"[+-]?(?:0[xX](?P<hex>[0-9a-fA-F_]*\.?[0-9a-fA-F_]*)[pP](?P<hexexp>[+-]?[0-9][0-9_]*)"
        r"|(?P<dec>[0-9_]*\.?[0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?)\Z",
        re.ASCII,
    )


def parse_float(text: str, bits: int = 64) -> float:
    """strconv.ParseFloat: decimal and hexadecimal numbers, "inf", "nan". Raises GoError with Go's text."""
    number = _float_value(text)
    if number is None:
        raise _failure("ParseFloat", text, "invalid syntax")
    if bits == 32:
        number = _nearest32(number)
    if number in (float("inf"), float("-inf")) and text.lstrip("+-").lower() not in _INFINITIES:
        raise _failure("ParseFloat", text, "value out of range")
    return number


def _float_value(text: str) -> float | None:
    bare = text.lstrip("+-") if text[:1] in ("+", "-") else text
    if len(text) - len(bare) > 1:
        return None
    if bare.lower() in _INFINITIES or text.lower() == "nan":
        return float(text)
    match = _float_syntax().match(text)
    if match is None:
        return None
    mantissa = match["hex"] if match["hex"] is not None else match["dec"]
    if not any(char not in "._" for char in mantissa):
        return None
    if "_" in text and not _underscores_ok(text):
        return None
    try:
        return float.fromhex(text.replace("_", "")) if match["hex"] is not None else float(text)
    except OverflowError:
        return float("-inf") if text.startswith("-") else float("inf")


def parse_bool(text: str) -> bool:
    """strconv.ParseBool. Raises GoError with Go's text."""
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise _failure("ParseBool", text, "invalid syntax")


def atoi(text: str) -> int:
    """strconv.Atoi: a decimal int. Raises GoError with Go's text."""
    return parse_int(text, 10, 64, "Atoi")
