"""The OpenAPI v2 document in protobuf, as `kubectl explain --output=plaintext-openapiv2` and other old readers take it only.

The messages are those of gnostic's openapiv2: field numbers below, no more of them than our document uses.
"""

import json
from typing import Any

Object = dict[str, Any]
MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
"""Asked for with an at sign, which no answer may hold."""
_METHODS = {"get": 2, "put": 3, "post": 4, "delete": 5, "patch": 8}
_TEXTS = {"$ref": 1, "format": 2, "title": 3, "description": 4}
_EXTENSIONS = 31


def encode(document: Object) -> bytes:
    """The bytes of a document in the form of `openapi.whole`."""
    info = document["info"]
    paths = b"".join(_part(2, _named(path, _path_item(item))) for path, item in document["paths"].items())
    definitions = b"".join(_part(1, _named(name, _schema(s))) for name, s in document["definitions"].items())
    head = _text(1, document["swagger"]) + _part(2, _text(1, info["title"]) + _text(2, info["version"]))
    return head + _part(8, paths) + _part(9, definitions)


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _part(number: int, data: bytes) -> bytes:
    """A field that holds bytes: a text or a message."""
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _text(number: int, text: str) -> bytes:
    return _part(number, text.encode())


def _flag(number: int) -> bytes:
    return _varint(number << 3) + b"\x01"


def _named(name: str, value: bytes) -> bytes:
    return _text(1, name) + _part(2, value)


def _any(value: Any) -> bytes:
    """A value as YAML, of which JSON is a part."""
    return _text(2, json.dumps(value))


def _extensions(number: int, source: Object) -> bytes:
    found = ((name, value) for name, value in source.items() if name.startswith("x-"))
    return b"".join(_part(number, _named(name, _any(value))) for name, value in found)


def _path_item(item: Object) -> bytes:
    operations = b"".join(_part(number, _operation(item[m])) for m, number in _METHODS.items() if m in item)
    return operations + _parameters(9, item)


def _operation(operation: Object) -> bytes:
    answers = b"".join(_part(1, _named(code, _response(r))) for code, r in operation["responses"].items())
    return b"".join(
        (
            _text(5, operation["operationId"]),
            *(_text(6, media_type) for media_type in operation.get("produces", ())),
            *(_text(7, media_type) for media_type in operation.get("consumes", ())),
            _parameters(8, operation),
            _part(9, answers),
            _extensions(13, operation),
        )
    )


def _response(response: Object) -> bytes:
    """A ResponseValue that is a Response with a schema."""
    schema = _part(1, _schema(response["schema"]))
    return _part(1, _text(1, response["description"]) + _part(2, schema))


def _parameters(number: int, source: Object) -> bytes:
    return b"".join(_part(number, _part(1, _parameter(p))) for p in source.get("parameters", ()))


def _parameter(parameter: Object) -> bytes:
    name, where = parameter["name"], parameter["in"]
    if where == "body":
        return _part(1, _text(2, name) + _text(3, where) + _flag(4) + _part(5, _schema(parameter["schema"])))
    if where == "path":
        return _part(2, _part(4, _flag(1) + _text(2, where) + _text(4, name) + _text(5, parameter["type"])))
    return _part(2, _part(3, _text(2, where) + _text(4, name) + _text(6, parameter["type"])))


def _schema(schema: Object) -> bytes:
    parts = [_text(number, schema[name]) for name, number in _TEXTS.items() if isinstance(schema.get(name), str)]
    parts += [_text(19, name) for name in schema.get("required", ())]
    if isinstance(schema.get("additionalProperties"), dict):
        parts.append(_part(21, _part(1, _schema(schema["additionalProperties"]))))
    if isinstance(schema.get("type"), str):
        parts.append(_part(22, _text(1, schema["type"])))
    if isinstance(schema.get("items"), dict):
        parts.append(_part(23, _part(1, _schema(schema["items"]))))
    parts += [_part(24, _schema(other)) for other in schema.get("allOf", ())]
    properties = schema.get("properties")
    if properties:
        parts.append(_part(25, b"".join(_part(1, _named(name, _schema(p))) for name, p in properties.items())))
    return b"".join(parts) + _extensions(_EXTENSIONS, schema)
