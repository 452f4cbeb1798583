"""The words of single faults of JSON Schema, as santhosh-tekuri/jsonschema has them, numbers in English style.

Called by `schema_report`. Each function takes an error of jsonschema-rs and what the schema says at its keyword.
"""

from collections.abc import Callable, Iterable
from typing import Any

from helmpy.golang import strconv

_TYPES = ("null", "boolean", "number", "integer", "string", "array", "object")


class WrittenFloat(float):
    """A number of a schema that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> "WrittenFloat":
        number = super().__new__(cls, text)
        number.text = text
        return number


def quote(text: str) -> str:
    r"""In single quotes; Go takes the backslash off the closing quote, too, so that `\` alone comes out as it is."""
    return "'" + strconv.quote(text).replace('\\"', '"').replace("'", "\\'")[1:-1] + "'"


def quoted(names: Iterable[str]) -> str:
    return ", ".join(map(quote, names))


def missing(names: list[str]) -> str:
    return f"missing {'property' if len(names) == 1 else 'properties'} {quoted(names)}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return quote(value)
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return getattr(value, "text", None) or str(value)


def number(value: Any) -> str:
    """A number in the English style of Go's message printer: 1,000 and 1.5×10⁰⁶."""
    text = strconv.format_float(float(value))
    mantissa, _, exponent = text.partition("e")
    if exponent:
        raised = exponent.lstrip("+").translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
        return f"{mantissa}×10{raised}"
    whole, dot, fraction = mantissa.partition(".")
    return f"{int(whole):,}{dot}{fraction}" if whole not in ("-0", "0") else mantissa


def _json_type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def _type(error: Any, _value: Any) -> str:
    wanted = [name for name in _TYPES if name in error.kind.types]
    return f"got {_json_type(error.instance)}, want {' or '.join(wanted)}"


def _const(error: Any, value: Any) -> str:
    if value is None:
        value = error.kind.expected_value
    return "'const' failed" if isinstance(value, (dict, list)) else f"value must be {_shown(value)}"


def _enum(error: Any, value: Any) -> str:
    options = value if isinstance(value, list) else list(error.kind.options)
    if any(isinstance(option, (dict, list)) for option in options):
        return "'enum' failed"
    return f"value must be {'' if len(options) == 1 else 'one of '}{', '.join(map(_shown, options))}"


def _limit(name: str, size: Callable[[Any], Any]) -> Callable[[Any, Any], str]:
    def text(error: Any, value: Any) -> str:
        wanted = getattr(error.kind, "limit", None) if isinstance(value, (bool, type(None))) else value
        return f"{name}: got {number(size(error.instance))}, want {number(wanted)}"

    return text


def _multiple(error: Any, value: Any) -> str:
    wanted = error.kind.multiple_of if value is None else value
    return f"multipleOf: got {number(error.instance)}, want {number(wanted)}"


def _format(error: Any, _value: Any) -> str:
    from helmpy.values import schema_formats

    name = error.kind.format
    return f"{quote(error.instance)} is not valid {name}: {schema_formats.fault(name, error.instance)}"


def _unique(error: Any, _value: Any) -> str:
    items = error.instance
    for second, item in enumerate(items):
        for first in range(second):
            if items[first] == item and _json_type(items[first]) == _json_type(item):
                return f"items at {first} and {second} are equal"
    return "items are not unique"


def _matched(error: Any, _value: Any) -> str:
    fits = [index for index, faults in enumerate(error.kind.context) if not faults][:2]
    return f"'oneOf' failed, subschemas {fits[0]}, {fits[1]} matched"


KINDS: dict[str, Callable[[Any, Any], str]] = {
    "Type": _type,
    "Constant": _const,
    "Enum": _enum,
    "Format": _format,
    "Not": lambda _error, _value: "'not' failed",
    "Pattern": lambda error, value: (
        f"{quote(error.instance)} does not match pattern {quote(value if isinstance(value, str) else error.kind.pattern)}"
    ),
    "AdditionalProperties": lambda error, _value: additional(error.kind.unexpected),
    "AdditionalItems": lambda error, _value: (
        f"last {number(len(error.instance) - error.kind.limit)} additionalItem(s) not allowed"
    ),
    "UniqueItems": _unique,
    "OneOfMultipleValid": _matched,
    "MultipleOf": _multiple,
    "MinProperties": _limit("minProperties", len),
    "MaxProperties": _limit("maxProperties", len),
    "MinItems": _limit("minItems", len),
    "MaxItems": _limit("maxItems", len),
    "MinLength": _limit("minLength", len),
    "MaxLength": _limit("maxLength", len),
    "Minimum": _limit("minimum", float),
    "Maximum": _limit("maximum", float),
    "ExclusiveMinimum": _limit("exclusiveMinimum", float),
    "ExclusiveMaximum": _limit("exclusiveMaximum", float),
}


def additional(names: Iterable[str]) -> str:
    return f"additional properties {quoted(sorted(names))} not allowed"
