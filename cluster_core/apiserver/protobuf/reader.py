"""Reads Kubernetes's protobuf into plain values, driven by `fields.txt`. Called by `media` for request bodies."""

import base64
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from struct import unpack
from typing import Any, NamedTuple

Object = dict[str, Any]
MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
DEPTH_LIMIT = 100
_PACKAGES = {"internal.apiserver.k8s.io": "apiserverinternal"}
"""Groups whose package is not the first part of their name."""
_SIGN = 1 << 63


class ProtobufError(ValueError):
    """Bytes that are no such message."""


class Field(NamedTuple):
    """One field: `mark` is "", "*" (repeated), "{" (map) or "+" (embedded); `message` names the type of kind "m"."""

    mark: str
    kind: str
    name: str
    message: str


def decode(data: bytes) -> Object:
    """The object in an envelope; raises ProtobufError."""
    if not data.startswith(MAGIC):
        raise ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    if len(data) == len(MAGIC):
        raise ProtobufError("empty body")
    try:
        envelope = _values(data[len(MAGIC) :])
        type_meta = _message("runtime.TypeMeta", envelope.get(1, [b""])[-1], 0)
        raw = envelope.get(2, [b""])[-1]
        body = _root(type_meta.get("apiVersion", ""), type_meta.get("kind", ""), raw)
    except ProtobufError:
        raise
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise ProtobufError(f"unable to decode protobuf: {error}") from None
    return {**type_meta, **body}


def _root(api_version: str, kind: str, raw: bytes) -> Object:
    name = message_of(api_version, kind)
    if not name:
        raise ProtobufError(f'no kind "{kind}" is registered for version "{api_version}"')
    found: Object = _message(name, raw, 0)
    return found


def message_of(api_version: str, kind: str) -> str:
    """The name of a kind's message; "" if it has none."""
    group, _, version = api_version.rpartition("/")
    package = _PACKAGES.get(group, group.partition(".")[0] or "core")
    return next((n for n in (f"{package}.{version}.{kind}", f"meta.v1.{kind}") if n in _lines()), "")


def fields_of(message: str) -> dict[str, Field]:
    """Name in JSON to field, in the order of the Go struct; nothing for an unknown message."""
    if message not in _lines():
        return {}
    found: dict[str, Field] = {}
    for field in _fields(message).values():
        found.update(fields_of(field.message) if field.mark == "+" else {field.name: field})
    return found


@cache
def _lines() -> dict[str, str]:
    """Message name to its fields as text."""
    text = Path(__file__).with_name("fields.txt").read_text(encoding="utf-8")
    lines = dict(line.partition(" ")[::2] for line in text.splitlines())
    return {**lines, "runtime.TypeMeta": "1sapiVersion 2skind"}


@cache
def _fields(message: str) -> dict[int, Field]:
    """Field number to field."""
    return dict(map(_parsed, _lines()[message].split()))


def _parsed(text: str) -> tuple[int, Field]:
    digits = len(text) - len(text.lstrip("0123456789"))
    mark = text[digits] if text[digits] in "*{+" else ""
    kind, rest = text[digits + len(mark)], text[digits + len(mark) + 1 :]
    name, _, message = rest.partition(":")
    return int(text[:digits]), Field(mark, kind, name, message)


def _wire(data: bytes) -> Iterator[tuple[int, Any]]:
    """(field number, value) of every field: an integer, or bytes."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value: Any
            value, at = _varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = data[at : at + size], at + size
        elif kind == 2:
            size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            raise ProtobufError(f"proto: illegal wireType {kind}")
        if at > end:
            raise ProtobufError("unexpected EOF")
        yield number, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ProtobufError("unexpected EOF")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _values(data: bytes) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for number, value in _wire(data):
        found.setdefault(number, []).append(value)
    return found


def _message(name: str, data: bytes, depth: int) -> Any:
    """A message as JSON shows it."""
    if depth > DEPTH_LIMIT:
        raise ProtobufError("nested too deep")
    special = _SPECIAL.get(name)
    if special is not None:
        return special(data, depth)
    fields, found = _fields(name), {}
    for number, value in _wire(data):
        field = fields.get(number)
        if field is None:
            continue
        if field.mark == "+":
            found.update(_message(field.message, value, depth + 1))
        elif field.mark == "{":
            key, item = _entry(field, value, depth)
            found.setdefault(field.name, {})[key] = item
        elif field.mark == "*":
            found.setdefault(field.name, []).extend(_repeated(field, value, depth))
        else:
            found[field.name] = _value(field, value, depth)
    return found


def _repeated(field: Field, value: Any, depth: int) -> list[Any]:
    """What one occurrence of a repeated field adds: numbers may come packed."""
    if field.kind == "i" and isinstance(value, bytes):
        numbers, at = [], 0
        while at < len(value):
            number, at = _varint(value, at)
            numbers.append(_signed(number))
        return numbers
    return [_value(field, value, depth)]


def _entry(field: Field, data: bytes, depth: int) -> tuple[str, Any]:
    key, value = "", _EMPTY[field.kind]
    for number, part in _wire(data):
        if number == 1:
            key = part.decode()
        elif number == 2:
            value = part
    return key, _value(field, value, depth)


_EMPTY: dict[str, Any] = {"s": b"", "y": b"", "m": b"", "i": 0, "b": 0, "d": bytes(8)}


def _value(field: Field, value: Any, depth: int) -> Any:
    kind = field.kind
    if kind == "s":
        return value.decode()
    if kind == "i":
        return _signed(value)
    if kind == "b":
        return bool(value)
    if kind == "m":
        return _message(field.message, value, depth + 1)
    if kind == "d":
        return unpack("<d", value)[0]
    return base64.b64encode(value).decode()


def _signed(number: int) -> int:
    return number - 2 * _SIGN if number >= _SIGN else number


# Messages that JSON shows in a form of their own


def _text(data: bytes, _: int) -> str:
    """Quantity."""
    return next((value.decode() for number, value in _wire(data) if number == 1), "0")


def _seconds_and_nanos(data: bytes) -> tuple[int, int]:
    found = dict(_wire(data))
    return _signed(found.get(1, 0)), _signed(found.get(2, 0))


def _time(data: bytes, _: int) -> str | None:
    from cluster_core.apimachinery.timestamps import rfc3339

    return rfc3339(_seconds_and_nanos(data)[0]) if data else None


def _micro_time(data: bytes, _: int) -> str | None:
    from cluster_core.apimachinery.timestamps import rfc3339

    if not data:
        return None
    seconds, nanos = _seconds_and_nanos(data)
    return f"{rfc3339(seconds)[:-1]}.{nanos // 1000:06d}Z"


def _int_or_string(data: bytes, _: int) -> int | str:
    found = dict(_wire(data))
    return found.get(3, b"").decode() if found.get(1) == 1 else _signed(found.get(2, 0))


def _raw(data: bytes, _: int) -> Any:
    """RawExtension, FieldsV1, JSON: bytes that hold JSON, or an envelope again."""
    raw = next((value for number, value in _wire(data) if number == 1), b"")
    if raw.startswith(MAGIC):
        return decode(raw)
    return json.loads(raw) if raw else None


def _items(data: bytes, _: int) -> list[str]:
    """A named list of texts."""
    return [value.decode() for number, value in _wire(data) if number == 1]


def _duration(data: bytes, _: int) -> str:
    """A duration in nanoseconds as Go writes it, in seconds."""
    nanos = _signed(dict(_wire(data)).get(1, 0))
    return f"{nanos / 1e9:g}s"


def _schema_or(other: int, name: str) -> Any:
    """JSONSchemaPropsOrArray and its like: field 1 or 2 holds a schema, the other one something else."""

    def read(data: bytes, depth: int) -> Any:
        found = _values(data)
        if name == "bool":
            return _message(_PROPS, found[2][-1], depth + 1) if 2 in found else bool(found.get(1, [0])[-1])
        if 1 in found:
            return _message(_PROPS, found[1][-1], depth + 1)
        if name == "text":
            return [value.decode() for value in found.get(other, [])]
        return [_message(_PROPS, value, depth + 1) for value in found.get(other, [])]

    return read


def _property(data: bytes, depth: int) -> Any:
    """JSONSchemaPropsOrStringArray: field 1 a schema, field 2 names."""
    return _schema_or(2, "text")(data, depth)


_PROPS = "apiextensions.v1.JSONSchemaProps"
_SPECIAL: dict[str, Any] = {
    "api.resource.Quantity": _text,
    "meta.v1.Time": _time,
    "meta.v1.MicroTime": _micro_time,
    "meta.v1.Duration": _duration,
    "meta.v1.FieldsV1": lambda data, depth: _raw(data, depth),
    "meta.v1.Verbs": _items,
    "util.intstr.IntOrString": _int_or_string,
    "pkg.runtime.RawExtension": _raw,
    "authentication.v1.ExtraValue": _items,
    "authorization.v1.ExtraValue": _items,
    "certificates.v1.ExtraValue": _items,
    "apiextensions.v1.JSON": _raw,
    "apiextensions.v1.JSONSchemaPropsOrArray": _schema_or(2, "list"),
    "apiextensions.v1.JSONSchemaPropsOrBool": _schema_or(2, "bool"),
    "apiextensions.v1.JSONSchemaPropsOrStringArray": _property,
}
