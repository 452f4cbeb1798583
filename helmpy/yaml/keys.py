"""Mapping keys: JSON has only text, so YAML's numbers and booleans become text and the rest is refused.

Called by the loader. The refusals quote values in Go's syntax (`%#v`).
"""

from collections.abc import Iterator
from typing import Any

from helmpy.golang import strconv
from helmpy.golang.types import INT64_MAX, GoError
from helmpy.yaml.composer import Composer
from helmpy.yaml.syntax.parser import Event


class BadKeyError(Exception):
    """A key that JSON cannot have."""


def text(key: Any) -> str:
    """A decoded key as JSON has it. Raises BadKeyError; `explain` then tells why."""
    if type(key) is str:
        return key
    if type(key) is bool:
        return "true" if key else "false"
    if type(key) is int and key <= INT64_MAX:
        return str(key)
    if type(key) is float:
        shown = strconv.format_float(key, "g", -1, 32)
        return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}.get(shown, shown)
    raise BadKeyError


def explain(events: Iterator[Event]) -> str:
    """The message for a document with a bad key. Whatever else is wrong with it may come first, as in Go."""
    try:
        document = Composer(_as_it_is, _as_number).compose(events)
    except GoError as error:
        return str(error)
    return next(_unsupported(document), "")


def _as_it_is(key: Any) -> Any:
    if type(key) in (dict, list):
        raise GoError(f"yaml: invalid map key: {go_syntax(key)}")
    return key


def _as_number(number: Any) -> Any:
    return number


def _unsupported(value: Any) -> Iterator[str]:
    if type(value) is list:
        for item in value:
            yield from _unsupported(item)
    elif type(value) is dict:
        for key, item in value.items():
            try:
                text(key)
            except BadKeyError:
                kind = "%!s(<nil>)" if key is None else "uint64"
                yield f"unsupported map key of type: {kind}, key: {_outermost(key)}, value: {_outermost(item)}"
            yield from _unsupported(item)


def _outermost(value: Any) -> str:
    return "<nil>" if value is None else go_syntax(value)


def go_syntax(value: Any) -> str:
    """`%#v` of what yaml.v2 decodes."""
    if value is None:
        return "interface {}(nil)"
    if type(value) is dict:
        pairs = ", ".join(f"{go_syntax(key)}:{go_syntax(value[key])}" for key in sorted(value, key=_sort_key))
        return f"map[interface {{}}]interface {{}}{{{pairs}}}"
    if type(value) is list:
        return f"[]interface {{}}{{{', '.join(map(go_syntax, value))}}}"
    if type(value) is str:
        return strconv.quote(value)
    if type(value) is float:
        return strconv.format_float(value, "g", -1, 64)
    if type(value) is int:
        return str(value) if value <= INT64_MAX else hex(value)
    return "true" if value else "false"


def _sort_key(key: Any) -> tuple[int, bool, Any]:
    kinds = (type(None), str, int, float, bool)
    return kinds.index(type(key)), type(key) is int and key <= INT64_MAX, "" if key is None else key
