"""What a YAML scalar means to Go: yaml.v2's rules, YAML 1.1 with exceptions of its own.

Called by the composer and by the emitter (a string that would read back as something else must be quoted).
Must not know about documents, anchors or JSON.
"""

from functools import cache

from helmpy.annotations import Any
from helmpy.golang.types import GoError, go_string

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

_TRUE = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_FALSE = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
_NULL = ("", "~", "null", "Null", "NULL")
_INFINITE = (".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF")
_NEGATIVE = ("-.inf", "-.Inf", "-.INF")
_NAN = (".nan", ".NaN", ".NAN")

WORDS: dict[str, Any] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NULL),
    **dict.fromkeys(_INFINITE, float("inf")),
    **dict.fromkeys(_NEGATIVE, float("-inf")),
    **dict.fromkeys(_NAN, float("nan")),
}

TAG_PREFIX = "tag:yaml.org,2002:"
_RESOLVABLE = frozenset(TAG_PREFIX + name for name in ("str", "bool", "int", "float", "null", "timestamp"))
_OF_FLOATS = frozenset("0123456789.eE+-")
_MAX_UINT64 = (1 << 64) - 1
_INT64 = range(-(1 << 63), 1 << 63)


@cache
def _integer() -> "re.Pattern[str]":
    import re

    return re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|0[bB]([01]+)|(0|[1-9][0-9]*))", re.ASCII)


@cache
def _timestamp() -> "re.Pattern[str]":
    import re

    clock = r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?"
    zone = r"(?:Z|[-+]([0-9]{2}):([0-9]{2}))"
    return re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}})(?:[Tt]{clock}{zone}| {clock})?")


def plain(text: str) -> Any:
    """The value of an untagged plain scalar: None, bool, int (within 64 bits, signed or not), float or the text."""
    if not text:
        return None
    first = text[0]
    if first in "yYnNtTfFoO~":
        return WORDS.get(text, text)
    if first in "0123456789+-.":
        return _number(text)
    return text


def _number(text: str) -> Any:
    word = WORDS.get(text)
    if word is not None:
        return word
    if text[0] == ".":
        return _finite(text, text)
    digits = text.replace("_", "")
    number = integer(digits)
    if number is not None:
        return number
    return _finite(digits, text)


def _finite(digits: str, text: str) -> Any:
    """The float that `digits` spell, or the source text where they spell none or one beyond float64."""
    if not _OF_FLOATS.issuperset(digits):
        return text
    try:
        number = float(digits)
    except ValueError:
        return text
    return text if number in (WORDS[".inf"], WORDS["-.inf"]) else number


def integer(digits: str) -> int | None:
    """Go's ParseInt(digits, 0, 64), else ParseUint, else yaml.v2's own reading of `0b`; None where all fail."""
    if len(digits) > 70 or "." in digits:
        return None
    match = _integer().fullmatch(digits)
    if match is None:
        return _signed_binary(digits)
    sign, hexadecimal, octal, binary, decimal = match.groups()
    if hexadecimal:
        number = int(hexadecimal, 16)
    elif octal:
        number = int(octal, 8)
    elif binary:
        number = int(binary, 2)
    else:
        number = int(decimal)
    if sign == "-":
        number = -number
    if number in _INT64 or (not sign and number <= _MAX_UINT64):
        return number
    return None


def _signed_binary(digits: str) -> int | None:
    """yaml.v2 reads `0b-11` and `0b+11` too."""
    sign = digits[2:3]
    if not digits.startswith("0b") or sign not in ("+", "-") or not digits[3:] or set(digits[3:]) - {"0", "1"}:
        return None
    number = int(digits[2:], 2)
    return number if number in _INT64 else None


def is_timestamp(text: str) -> bool:
    """Whether yaml.v2 takes the text for a time (which it then keeps as text)."""
    if len(text) < 8 or text[4] != "-":
        return False
    match = _timestamp().fullmatch(text)
    if match is None:
        return False
    year, month, day, *rest = (int(part) if part else 0 for part in match.groups())
    hour, minute, second = (rest[0] or rest[5], rest[1] or rest[6], rest[2] or rest[7])
    return _is_date(year, month, day) and hour < 24 and minute < 60 and second < 60 and rest[3] <= 24 and rest[4] < 60


def _is_date(year: int, month: int, day: int) -> bool:
    if not 1 <= month <= 12:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def reads_as_text(text: str) -> bool:
    """Whether the text, written plain, is read back as this same string."""
    return plain(text) is text and not is_timestamp(text)


def tagged(tag: str, text: str) -> Any:
    """The value of a scalar with a tag. Raises GoError where the text does not fit the tag."""
    if tag == TAG_PREFIX + "binary":
        return _binary(text)
    if tag not in _RESOLVABLE or tag == TAG_PREFIX + "str":
        return text
    value = plain(text)
    if text and text[0] in "+-.0123456789" and tag == TAG_PREFIX + "timestamp" and is_timestamp(text):
        return text
    found = _tag_of(value)
    if tag == TAG_PREFIX + found:
        return value
    if tag == TAG_PREFIX + "float" and found == "int" and value in _INT64:
        return float(value)
    wanted = "!!" + tag[len(TAG_PREFIX) :]
    raise GoError(f"yaml: cannot decode !!{found} `{text}` as a {wanted}")


def _tag_of(value: Any) -> str:
    names = {type(None): "null", bool: "bool", int: "int", float: "float"}
    return names.get(type(value), "str")


def _binary(text: str) -> str:
    import base64
    import re

    bare = text.replace("\r", "").replace("\n", "")
    try:
        data = base64.b64decode(bare, validate=True)
    except ValueError:
        data = b""
    if len(bare) % 4 or (bare and not data):
        raise GoError("yaml: !!binary value contains invalid base64 data")
    return re.sub("[\udc80-\udcff]", "\ufffd", go_string(data))
