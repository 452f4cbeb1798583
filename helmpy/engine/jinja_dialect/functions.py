"""Sprig's, Helm's and Go's functions as Jinja globals and filters, and the methods of Go objects.

A function is looked up, and its family imported, when a template first calls it. Arguments are checked against the Go
signature, more leniently than Go does: numbers and booleans become text where text is wanted, whole floats ints.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from helmpy.engine.functions import SIGNATURES, TABLE
from helmpy.engine.jinja_dialect.values import from_go, text, to_go
from helmpy.functions import registry
from helmpy.functions.conversions import to_float64
from helmpy.golang.function import Function
from helmpy.golang.types import GoError, Int64, StringSlice, Struct, kind_name, type_name
from helmpy.gotemplate.arguments import GO_NAMES
from helmpy.gotemplate.builtins import BUILTINS

_KEYWORDS = frozenset(("and", "or", "not", "call"))  # operators and statements of Jinja
_WHOLE = frozenset(("int", "int64", "uint32", "duration"))


class Call:
    """A function, or a method of an object, as something that Jinja can call."""

    __slots__ = ("_find", "_function")

    def __init__(self, find: Callable[[], Function]) -> None:
        self._find = find
        self._function: Function | None = None

    def __call__(self, *arguments: Any) -> Any:
        if self._function is None:
            self._function = self._find()
        return call(self._function, arguments)

    def __str__(self) -> str:
        return ""


def call(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The result of a Go function for Jinja's arguments. Raises GoError."""
    try:
        return from_go(function.call(*_converted(function, arguments)))
    except GoError as error:
        raise GoError(f"{function.name}: {error}") from error


def _converted(function: Function, arguments: tuple[Any, ...]) -> list[Any]:
    params = function.params
    variadic = bool(params) and params[-1].startswith("...")
    wanted = len(params) - variadic
    if len(arguments) < wanted or (len(arguments) > wanted and not variadic):
        least = "at least " if variadic else ""
        raise GoError(f"wrong number of arguments: want {least}{wanted}, got {len(arguments)}")
    types = [*params[:wanted], *[params[-1].removeprefix("...")] * (len(arguments) - wanted)] if variadic else params
    return [
        _argument(type_, to_go(value), i + 1) for i, (type_, value) in enumerate(zip(types, arguments, strict=True))
    ]


def _argument(type_: str, value: Any, position: int) -> Any:
    name = GO_NAMES.get(type_, type_)
    if type_ == "any" or type_name(value) == name or getattr(type(value), "GO_UNDERLYING", "") == name:
        return value
    if type_ == "string" and isinstance(value, (bool, int, float)):
        return text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if type_ == "float64":
            return to_float64(value)
        if type_ in _WHOLE and value == int(value):
            return Int64(value) if type_ == "int64" else int(value)
    if value is None and type_ in ("[]any", "[]string", "map[string]any"):
        return {} if type_.startswith("map") else []
    if type_ == "[]any" and isinstance(value, list):
        return list(value)
    if type_ == "[]string" and isinstance(value, list):
        return StringSlice(map(text, value))
    if type_ == "map[string]any" and isinstance(value, dict):
        return value
    shown = {"invalid": "null", "slice": "list", "map": "map"}.get(kind_name(value), type_name(value))
    raise GoError(f"argument {position}: expected {name}, got {shown}")


# --- names -----------------------------------------------------------------------------------------------------------


@cache
def _word_starts() -> re.Pattern[str]:
    return re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake_case(name: str) -> str:
    """`toYaml` to `to_yaml`, `genCAWithKey` to `gen_ca_with_key`."""
    return _word_starts().sub("_", name).lower()


def _known(name: str) -> Callable[[], Function]:
    def find() -> Function:
        function = TABLE.get(name)
        assert function is not None
        return function

    return find


@cache
def library() -> Mapping[str, Call]:
    """Every function that needs no run, under both of its names."""
    names = [name for name in (*registry.FAMILIES, *BUILTINS) if name not in _KEYWORDS]
    calls = {name: Call(_known(name)) for name in names}
    return with_snake_case(calls)


def with_snake_case(calls: Mapping[str, Any]) -> dict[str, Any]:
    """The same under snake_case names too."""
    return {**{snake_case(name): found for name, found in calls.items()}, **calls}


def bound(calls: Mapping[str, Callable[..., Any]]) -> dict[str, Call]:
    """Functions that belong to a run: those of the engine that need no template context."""

    def finder(name: str, run: Callable[..., Any]) -> Callable[[], Function]:
        return lambda: Function(name, run, SIGNATURES[name].params, SIGNATURES[name].returns)

    return {name: Call(finder(name, run)) for name, run in calls.items()}


def as_filter(found: Callable[..., Any]) -> Callable[..., Any]:
    """A filter: its input is the function's last argument."""

    def apply(value: Any, *arguments: Any) -> Any:
        return found(*arguments, value)

    return apply


def make_dict(*pairs: Any, **named: Any) -> dict[str, Any]:
    """`dict("a", 1)` as in Go templates and `dict(a=1)` as in Jinja."""
    return {**library()["dict"](*pairs), **named}


# --- objects ---------------------------------------------------------------------------------------------------------


def member(value: Any, name: str) -> Any:
    """A field or method of a Go object under its Go name or in snake_case. Raises KeyError."""
    kind = type(value)
    methods: Mapping[str, str] = getattr(kind, "GO_METHODS", {})
    fields: Mapping[str, str] = getattr(kind, "GO_FIELDS", {})
    if name in fields or name in methods:
        go_name = name
    else:
        go_name = next(known for known in (*fields, *methods, "") if known == "" or snake_case(known) == name)
    if go_name in fields:
        return from_go(getattr(value, fields[go_name]))
    params = getattr(kind, "GO_PARAMS", {}).get(go_name, ())
    method = getattr(value, methods[go_name])
    return Call(lambda: Function(go_name, method, params, "any"))


def is_object(value: Any) -> bool:
    """Whether only what Go declares may be reached in a value."""
    return isinstance(value, Struct) or bool(getattr(type(value), "GO_METHODS", None))
