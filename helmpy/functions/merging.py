"""Merging and copying maps: merge, mergeOverwrite, deepCopy, with the sharing rules of the mergo library.

The destination is changed and returned; nested maps that it lacked are shared with the source they came from.
"""

from typing import Any

from helmpy.functions.defaults import empty
from helmpy.golang.function import Function
from helmpy.golang.types import GoError, NilMap, StringMap, kind_name, plain_map

MAX_DEPTH = 300
DIFFERENT_TYPES = "src and dst must be of same type"
NOT_ASSIGNABLE = "reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string"
NO_VALUE = "reflect: call of reflect.Value.Type on zero Value"


def merge(target: dict[str, Any], *sources: dict[str, Any]) -> Any:
    """Fills what is empty in `target` from each source; "" where that fails."""
    try:
        return must_merge(target, *sources)
    except MergeError:
        return ""


def must_merge(target: dict[str, Any], *sources: dict[str, Any]) -> dict[str, Any]:
    """As `merge`, but raises GoError."""
    return _merge_all(target, sources, overwrite=False)


def merge_overwrite(target: dict[str, Any], *sources: dict[str, Any]) -> Any:
    """Lets each source win over `target`, maps merged; "" where that fails."""
    try:
        return must_merge_overwrite(target, *sources)
    except MergeError:
        return ""


def must_merge_overwrite(target: dict[str, Any], *sources: dict[str, Any]) -> dict[str, Any]:
    """As `merge_overwrite`, but raises GoError."""
    return _merge_all(target, sources, overwrite=True)


class MergeError(GoError):
    """mergo returned an error (which merge and mergeOverwrite hide)."""


def _merge_all(target: dict[str, Any], sources: tuple[dict[str, Any], ...], *, overwrite: bool) -> dict[str, Any]:
    for source in sources:
        if isinstance(target, NilMap) and not isinstance(source, NilMap):
            target = {}
        _merge_maps(target, source, overwrite, 0)
    return plain_map(target)


def _merge_maps(target: dict[str, Any], source: dict[str, Any], overwrite: bool, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise GoError(f"merge: maps nested deeper than {MAX_DEPTH}")
    for key, value in list(source.items()):
        if value is None:
            if overwrite:
                _assign(target, key, None, source)
            continue
        present = target.get(key)
        kind = kind_name(value)
        if kind == "map" and isinstance(present, dict):
            if not isinstance(present, NilMap):
                _merge_maps(present, value, overwrite, depth + 1)
            if not empty(present):
                continue
        elif kind in ("map", "struct") and kind_name(present) == "ptr" and not overwrite:
            raise MergeError(DIFFERENT_TYPES)
        if overwrite or empty(present):
            _assign(target, key, value, source)


def _assign(target: dict[str, Any], key: str, value: Any, source: dict[str, Any]) -> None:
    if isinstance(target, StringMap) and not isinstance(source, StringMap):
        raise GoError(NOT_ASSIGNABLE)
    target[key] = value


def deep_copy(value: Any) -> Any:
    """A copy that shares no list and no map with the original."""
    if value is None:
        raise GoError(NO_VALUE)
    return _copy(value, 0)


def _copy(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise GoError(f"deepCopy: values nested deeper than {MAX_DEPTH}")
    copied: dict[str, Any] | list[Any]
    if isinstance(value, dict):
        copied = {key: _copy(item, depth + 1) for key, item in value.items()}
    elif isinstance(value, list):
        copied = [_copy(item, depth + 1) for item in value]
    else:
        return value.go_copy() if hasattr(value, "go_copy") else value
    return copied if type(value) in (dict, list) else type(value)(copied)


TABLE = (
    Function("deepCopy", deep_copy, ("any",), "any"),
    Function("merge", merge, ("map[string]any", "...map[string]any"), "any"),
    Function("mergeOverwrite", merge_overwrite, ("map[string]any", "...map[string]any"), "any"),
    Function("mustDeepCopy", deep_copy, ("any",), "any"),
    Function("mustMerge", must_merge, ("map[string]any", "...map[string]any"), "any"),
    Function("mustMergeOverwrite", must_merge_overwrite, ("map[string]any", "...map[string]any"), "any"),
)
