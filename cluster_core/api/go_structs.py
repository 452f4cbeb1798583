"""Values as Go's internal types show them in errors: every field, by its Go name, in the order of the type."""

from functools import cache
from typing import Any, NamedTuple

from cluster_core.api.validation import Verbatim

Object = dict[str, Any]
_ZERO: dict[str, Any] = {"s": "", "i": 0, "b": False, "q": "0", "n": None}
_MAPS = frozenset(
    ("annotations", "labels", "limits", "matchLabels", "nodeSelector", "options", "overhead", "parameters", "requests")
)
"""Fields that are maps, wherever they are."""
_IN_SECURITY_CONTEXT = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")


class _GoField(NamedTuple):
    name: str
    json: str
    kind: str
    type: str


@cache
def _types() -> dict[str, tuple[_GoField, ...]]:
    from cluster_core.api.go_fields import GO_FIELDS

    lines = (line.split() for line in GO_FIELDS.splitlines())
    return {name: tuple(map(_field, fields)) for name, *fields in lines}


def _field(text: str) -> _GoField:
    if text[0] == "+":
        return _GoField("", "", "+", text[1:])
    names, _, kind = text.partition("/")
    name, _, json = names.partition(":")
    return _GoField(name, json or name[0].lower() + name[1:], kind[0], kind[1:])


def go_struct(type: str, obj: Object) -> Object:
    """The object as a dict of Go fields."""
    found: Object = {}
    for field in _types()[type]:
        if field.kind == "+":
            found.update(go_struct(field.type, obj))
        else:
            found[field.name] = _value(field, obj.get(field.json))
    return found


def _value(field: _GoField, value: Any) -> Any:
    kind = field.kind
    if kind == "=":
        return go_struct(field.type, value or {})
    if value is None:
        return _ZERO.get(kind)
    if kind == "*":
        return go_struct(field.type, value)
    if kind == "[":
        return [go_struct(field.type, item) for item in value] or None
    return _sorted(field.json, value)


def _sorted(name: str, value: Any) -> Any:
    """Go writes maps in the order of their keys."""
    if isinstance(value, dict):
        names = sorted(value) if name in _MAPS else value
        return {each: _sorted(each, value[each]) for each in names}
    return [_sorted("", item) for item in value] if isinstance(value, list) else value


def shown(type: str, obj: Object) -> Verbatim:
    """The struct as one line of JSON, as errors show it."""
    import orjson

    return Verbatim(orjson.dumps(go_struct(type, obj)).decode())


def shown_list(type: str, objects: list[Object]) -> Verbatim:
    """A list of structs as one line of JSON; null for an empty one."""
    import orjson

    return Verbatim(orjson.dumps([go_struct(type, obj) for obj in objects] or None).decode())


def diff(type: str, old: Object, new: Object) -> str:
    """How two structs differ, as a unified diff of their indented JSON."""
    import difflib
    import json

    before, after = (json.dumps(go_struct(type, obj), indent=1, ensure_ascii=False).splitlines() for obj in (old, new))
    lines = list(difflib.unified_diff(before, after, lineterm=""))[2:]
    return "".join(f"{line}\n" for line in lines)


def internal_pod_spec(spec: Object) -> Object:
    """A pod spec with the fields that Go's internal type keeps in the security context moved there."""
    context = spec.get("securityContext")
    moved = {name: spec[name] for name in _IN_SECURITY_CONTEXT if name in spec}
    return {**spec, "securityContext": {**(context or {}), **moved}} if moved or context is not None else spec
