"""Typed decoding: one pass that copies an object, checks types, drops unknown fields and empty values, and canonicalises scalars.

The result is what the server's Go types would write back: this is the request's own copy, so the pipeline needs no other. Runs for
every write, hence the flat code. Knows nothing of defaults.
"""

from typing import Any, NamedTuple

from cluster_core.api.schema.shapes import Field, Kind, Shape, empty, zero
from cluster_core.apimachinery import quantity, timestamps

Object = dict[str, Any]


class DecodeError(ValueError):
    """A value of the wrong type; the text is the server's, such as `json: cannot unmarshal string into Go struct field ...`."""


class Decoded(NamedTuple):
    """A decoded object, and its unknown fields as `unknown field "spec.foo"`, in the order of the document."""

    object: Object
    unknown: list[str]


class _TypeMismatchError(Exception):
    """Carries what was found and wanted up to the struct that names the field."""

    def __init__(self, found: str, wanted: str) -> None:
        self.found = found
        self.wanted = wanted
        self.struct = ""
        self.path: list[str] = []

    def __str__(self) -> str:
        if not self.struct:
            return f"json: cannot unmarshal {self.found} into Go value of type {self.wanted}"
        where = f"{self.struct}.{'.'.join(reversed(self.path))}"
        return f"json: cannot unmarshal {self.found} into Go struct field {where} of type {self.wanted}"


def decode(shape: Shape, obj: Object) -> Decoded:
    """Decodes one object into a new one. Raises DecodeError for the first value of a wrong type."""
    unknown: list[str] = []
    try:
        return Decoded(_struct(shape, obj, unknown), [f'unknown field "{path}"' for path in unknown])
    except _TypeMismatchError as error:
        raise DecodeError(str(error)) from None
    except quantity.QuantityError as error:
        raise DecodeError(str(error)) from None


def decode_part(shape: Shape, value: Any) -> Any:
    """Decodes one field's value by its shape; None if it has any fault or unknown field, which `decode` would name."""
    unknown: list[str] = []
    try:
        decoded = _DECODERS[shape.kind](shape, value, unknown)
    except (_TypeMismatchError, DecodeError, quantity.QuantityError):
        return None
    return None if unknown else decoded


def _found(value: Any) -> str:
    """How Go's decoder names a JSON value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, (int, float)):
        return "number"
    return "array" if isinstance(value, list) else "object"


def _number(value: Any) -> str:
    """As `_found`, for a target that takes integers: the offending number is shown."""
    return f"number {value}" if isinstance(value, (int, float)) and not isinstance(value, bool) else _found(value)


def _struct(shape: Shape, value: Any, unknown: list[str]) -> Object:
    if value.__class__ is not dict:
        raise _TypeMismatchError(_found(value), shape.go)
    struct = shape.struct
    assert struct is not None
    fields = struct.fields
    out: Object = {}
    for key, item in value.items():
        field = fields.get(key)
        if field is None:
            unknown.append(key)
            continue
        if item is None:
            continue
        kind = field.shape.kind
        if kind == 0:
            if item.__class__ is not str:
                raise _located(_TypeMismatchError(_found(item), field.shape.go), shape, key)
            if item or field.keep:
                out[key] = item
            continue
        before = len(unknown)
        try:
            decoded = _DECODERS[kind](field.shape, item, unknown)
        except _TypeMismatchError as error:
            raise _located(error, shape, key) from None
        if len(unknown) > before:
            _prefix(unknown, before, key)
        if decoded or field.keep or decoded.__class__ is str:
            out[key] = decoded
    for field in struct.written:
        if field.name not in out:
            out[field.name] = empty(field)
    return out


def _located(error: _TypeMismatchError, shape: Shape, key: str) -> _TypeMismatchError:
    error.path.append(key)
    if not error.struct:
        error.struct = shape.name
    return error


def _prefix(unknown: list[str], start: int, key: str) -> None:
    for index in range(start, len(unknown)):
        path = unknown[index]
        unknown[index] = f"{key}{path}" if path.startswith("[") else f"{key}.{path}"


def _list(shape: Shape, value: Any, unknown: list[str]) -> list[Any] | None:
    if value.__class__ is not list:
        raise _TypeMismatchError(_found(value), shape.go)
    element = shape.element
    assert element is not None
    if not value:
        return None
    kind = element.kind
    if kind == 0:
        for item in value:
            if item.__class__ is not str:
                if item is None:
                    return _strings_with_null(value, element)
                raise _TypeMismatchError(_found(item), element.go)
        return list(value)
    out = []
    decoder = _DECODERS[kind]
    for index, item in enumerate(value):
        if item is None:
            out.append(zero(element))
            continue
        before = len(unknown)
        out.append(decoder(element, item, unknown))
        if len(unknown) > before:
            _prefix(unknown, before, f"[{index}]")
    return out


def _strings_with_null(value: list[Any], element: Shape) -> list[Any]:
    for item in value:
        if item is not None and item.__class__ is not str:
            raise _TypeMismatchError(_found(item), element.go)
    return [item or "" for item in value]


def _map(shape: Shape, value: Any, unknown: list[str]) -> Object | None:
    if value.__class__ is not dict:
        raise _TypeMismatchError(_found(value), shape.go)
    element = shape.element
    assert element is not None
    if not value:
        return None
    kind = element.kind
    if kind == 0:
        for item in value.values():
            if item.__class__ is not str:
                if item is None:
                    return dict(zip(value, _strings_with_null(list(value.values()), element), strict=True))
                raise _TypeMismatchError(_found(item), element.go)
        return dict(value)
    decoder = _DECODERS[kind]
    out = {}
    for key, item in value.items():
        before = len(unknown)
        out[key] = zero(element) if item is None else decoder(element, item, unknown)
        if len(unknown) > before:
            _prefix(unknown, before, key)
    return out


def _string(shape: Shape, value: Any, _: list[str]) -> str:
    if value.__class__ is not str:
        raise _TypeMismatchError(_found(value), shape.go)
    text: str = value
    return text


def _integer(shape: Shape, value: Any, _: list[str]) -> int:
    if value.__class__ is int:
        limit = 1 << (shape.bits - 1)
        if -limit <= value < limit:
            number: int = value
            return number
    raise _TypeMismatchError(_number(value), shape.go)


def _boolean(shape: Shape, value: Any, _: list[str]) -> bool:
    if value.__class__ is not bool:
        raise _TypeMismatchError(_found(value), shape.go)
    flag: bool = value
    return flag


def _float(shape: Shape, value: Any, _: list[str]) -> float:
    if value.__class__ is not float and value.__class__ is not int:
        raise _TypeMismatchError(_found(value), shape.go)
    number: float = value
    return number


def _quantity(_shape: Shape, value: Any, _: list[str]) -> str:
    if value.__class__ is str:
        return quantity.canonical(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise quantity.QuantityError(quantity.FORMAT_ERROR)
    return str(quantity.of(value))


def _int_or_string(shape: Shape, value: Any, unknown: list[str]) -> int | str:
    if value.__class__ is str:
        text: str = value
        return text
    return _integer(_INT32, value, unknown)


def _time(shape: Shape, value: Any, _: list[str]) -> str:
    if value.__class__ is not str:
        raise _TypeMismatchError(_found(value), "string")
    if value in _good_times:
        return value
    canonical = timestamps.rfc3339(_moment(value, "2006-01-02T15:04:05Z07:00"))
    if canonical == value:
        if len(_good_times) >= 4096:
            _good_times.clear()
        _good_times.add(value)
    return canonical


def _micro_time(shape: Shape, value: Any, _: list[str]) -> str:
    if value.__class__ is not str:
        raise _TypeMismatchError(_found(value), "string")
    return timestamps.rfc3339_micro(_moment(value, "2006-01-02T15:04:05.000000Z07:00"))


def _moment(text: str, layout: str) -> float:
    try:
        return timestamps.parse(text)
    except ValueError:
        raise DecodeError(f'parsing time "{text}" as "{layout}": {_time_problem(text)}') from None


def _time_problem(text: str) -> str:
    """Which part of a time Go's parser stumbles over."""
    parts = (
        ("2006", 4),
        ("-", 1),
        ("01", 2),
        ("-", 1),
        ("02", 2),
        ("T", 1),
        ("15", 2),
        (":", 1),
        ("04", 2),
        (":", 1),
        ("05", 2),
    )
    rest = text
    for part, length in parts:
        piece = rest[:length]
        if piece != part if length == 1 else not (piece.isdigit() and len(piece) == length):
            return f'cannot parse "{rest}" as "{part}"'
        rest = rest[length:]
    if rest[:1] in ("Z", "+", "-"):
        return "day out of range" if rest == "Z" else f'cannot parse "{rest}" as "Z07:00"'
    return f'cannot parse "{rest}" as "Z07:00"'


def _bytes(shape: Shape, value: Any, _: list[str]) -> str:
    if value.__class__ is not str:
        raise _TypeMismatchError(_found(value), shape.go)
    text: str = value.replace("\n", "").replace("\r", "") if "\n" in value or "\r" in value else value
    problem = _base64_problem(text)
    if problem is not None:
        raise DecodeError(f"illegal base64 data at input byte {problem}")
    return text


def _base64_problem(text: str) -> int | None:
    """The byte at which Go's standard decoder gives up, or None."""
    import binascii

    try:
        binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        return _base64_position(text)
    return None


def _base64_position(text: str) -> int:
    data = text.encode(errors="surrogateescape")
    alphabet = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    for index, byte in enumerate(data):
        if byte in alphabet:
            continue
        if byte == ord("=") and index % 4 >= 2:
            rest = data[index:]
            wanted = 4 - index % 4
            if rest[:wanted] == b"=" * wanted:
                return index + wanted if len(rest) > wanted else len(data)
            return index + 1 if len(rest) > 1 else len(data)
        return index
    return len(data) - len(data) % 4 if len(data) % 4 else len(data)


def _any(shape: Shape, value: Any, _: list[str]) -> Any:
    return value


_good_times: set[str] = set()
"""Times seen that are written as they should be."""
_INT32 = Shape(Kind.INTEGER, "int32", bits=32)
_DECODERS = (
    _string, _integer, _boolean, _float, _struct, _list, _map, _quantity, _int_or_string, _time, _micro_time, _bytes, _any,
)  # fmt: skip

__all__ = ["DecodeError", "Decoded", "Field", "decode"]
