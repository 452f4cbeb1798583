"""The fields of `metadata` that every object shares, and Go's words for one of the wrong type.

A value that YAML reads as a number (`labels: {version: 1}`) is the commonest mistake in a manifest; a cluster would
answer it only after other objects were written. Pure.
"""

from collections.abc import Callable, Mapping
from typing import Any

_KINDS = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}

Check = Callable[[Any, str, str], str]
"""(value, struct, path) -> Go's message, "" for a good value. A null is always good."""


def problem_of(obj: Mapping[str, Any]) -> str:
    """What is wrong with the types in an object's metadata, in Go's words; "" if nothing is."""
    metadata = obj.get("metadata")
    if metadata is None:
        return ""
    if not isinstance(metadata, dict):
        return _wrong(metadata, "PartialObjectMetadata", "metadata", "v1.ObjectMeta")
    return _fields(metadata, "ObjectMeta", "metadata", _OBJECT_META)


def _wrong(value: Any, struct: str, path: str, wanted: str) -> str:
    return f"json: cannot unmarshal {_KINDS[type(value)]} into Go struct field {struct}.{path} of type {wanted}"


def _fields(value: Mapping[str, Any], struct: str, path: str, checks: Mapping[str, Check]) -> str:
    for name in sorted(value):
        if name in checks and value[name] is not None:
            problem = checks[name](value[name], struct, f"{path}.{name}")
            if problem:
                return problem
    return ""


def _is(kind: type, wanted: str) -> Check:
    def check(value: Any, struct: str, path: str) -> str:
        return "" if type(value) is kind else _wrong(value, struct, path, wanted)

    return check


def _time(value: Any, struct: str, path: str) -> str:
    if not isinstance(value, str):
        return _wrong(value, struct, path, "string")
    from helmpy.golang.time import parsing, zones
    from helmpy.golang.types import GoError

    try:
        parsing.parse("2006-01-02T15:04:05Z07:00", value, zones.fixed("UTC", 0))
    except GoError as error:
        return str(error)
    return ""


def _list_of(item: Check, wanted: str) -> Check:
    def check(value: Any, struct: str, path: str) -> str:
        if not isinstance(value, list):
            return _wrong(value, struct, path, wanted)
        return next(filter(None, (item(each, struct, path) for each in value if each is not None)), "")

    return check


def _map(value: Any, struct: str, path: str) -> str:
    if not isinstance(value, dict):
        return _wrong(value, struct, path, "map[string]string")
    texts = (_TEXT(value[key], struct, path) for key in sorted(value) if value[key] is not None)
    return next(filter(None, texts), "")


def _struct(name: str, checks: Mapping[str, Check]) -> Check:
    def check(value: Any, struct: str, path: str) -> str:
        return (
            _fields(value, name, path, checks) if isinstance(value, dict) else _wrong(value, struct, path, f"v1.{name}")
        )

    return check


_TEXT, _NUMBER, _BOOL, _UID = _is(str, "string"), _is(int, "int64"), _is(bool, "bool"), _is(str, "types.UID")
_OWNER: dict[str, Check] = {
    **dict.fromkeys(("apiVersion", "kind", "name"), _TEXT),
    "uid": _UID,
    **dict.fromkeys(("controller", "blockOwnerDeletion"), _BOOL),
}
_MANAGED: dict[str, Check] = {
    **dict.fromkeys(("manager", "operation", "apiVersion", "fieldsType", "subresource"), _TEXT),
    "time": _time,
}
_OBJECT_META: dict[str, Check] = {
    **dict.fromkeys(("name", "generateName", "namespace", "selfLink", "resourceVersion"), _TEXT),
    "uid": _UID,
    **dict.fromkeys(("generation", "deletionGracePeriodSeconds"), _NUMBER),
    **dict.fromkeys(("creationTimestamp", "deletionTimestamp"), _time),
    **dict.fromkeys(("labels", "annotations"), _map),
    "finalizers": _list_of(_TEXT, "[]string"),
    "ownerReferences": _list_of(_struct("OwnerReference", _OWNER), "[]v1.OwnerReference"),
    "managedFields": _list_of(_struct("ManagedFieldsEntry", _MANAGED), "[]v1.ManagedFieldsEntry"),
}
