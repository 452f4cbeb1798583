"""A pod template as Go's typed JSON encoder writes it: the data of a ControllerRevision.

Unset optional fields are left out, required ones and plain structs are always there, keys are sorted, and `<`, `>`, `&`
are escaped, so that the bytes (and hence the revision's name) are those of the real controllers.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from cluster_core.controllers.podtemplate import layout

_ZERO: dict[str, Any] = {"string": "", "bool": False, "int": 0, "int32": 0, "int64": 0, "types.UID": ""}


def template_patch(template: dict[str, Any]) -> dict[str, Any]:
    """What a ControllerRevision stores: `{"spec": {"template": {..., "$patch": "replace"}}}`, keys sorted."""
    body = encode_struct("PodTemplateSpec", template)
    return {"spec": {"template": dict(sorted({**body, "$patch": "replace"}.items()))}}


def go_json(value: Any) -> bytes:
    """Compact JSON as Go marshals maps: sorted keys, HTML characters and line separators escaped."""
    import json

    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for char in "&<>\u2028\u2029":
        if char in text:
            text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "surrogateescape")


def encode_struct(go_type: str, value: dict[str, Any] | None) -> dict[str, Any]:
    """One struct as a dict with exactly the keys that Go writes, sorted."""
    result: dict[str, Any] = {}
    for name, encode in _encoders(go_type):
        if not name:
            result.update(encode(value or {}))
        elif (encoded := encode((value or {}).get(name))) is not None:
            result[name] = encoded
    return dict(sorted(result.items()))


@cache
def _encoders(go_type: str) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    return tuple((field.json, _encoder(field)) for field in layout.structs()[go_type])


def _encoder(field: layout.Field) -> Callable[[Any], Any]:
    if field.type.startswith("*"):
        inner = _value_encoder(field.type[1:])
        return lambda value: None if value is None else inner(value)
    underlying = layout.named().get(field.type, field.type)
    inner = _value_encoder(field.type)
    if field.type in layout.structs():
        return lambda value: inner(value or {})
    if field.required:
        zero = _ZERO.get(underlying)
        return lambda value: zero if value is None else inner(value)
    return lambda value: inner(value) if value else None


def _value_encoder(go_type: str) -> Callable[[Any], Any]:
    underlying = layout.named().get(go_type, go_type)
    if underlying.startswith("[]"):
        element = _value_encoder(underlying[2:])
        return lambda values: [element(value) for value in values]
    if underlying.startswith("map["):
        element = _value_encoder(underlying.partition("]")[2])
        return lambda values: {key: element(values[key]) for key in sorted(values)}
    if go_type in layout.structs():
        return lambda value: encode_struct(go_type, value)
    return lambda value: value
