"""Values between Go's world and Jinja's: numbers, undefined names, and the text that `{{ value }}` prints."""

from typing import Any

from jinja2 import Undefined
from markupsafe import Markup

from helmpy.golang import json
from helmpy.golang.types import GoError, Struct, go_string

MAX_DEPTH = 300
_EXACT = float(1 << 53)  # whole floats up to here are ints in Jinja
_POSITIONAL = 1e21  # larger floats are printed with an exponent


def from_go(value: Any, depth: int = 0) -> Any:
    """A value for Jinja templates: whole floats become ints. What needs no change is returned as it is."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= _EXACT else value
    if isinstance(value, Struct) or not isinstance(value, (dict, list)):
        return value
    if depth > MAX_DEPTH:
        raise GoError(f"values are nested deeper than {MAX_DEPTH}")
    if isinstance(value, list):
        items = [from_go(item, depth + 1) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    entries = {key: from_go(item, depth + 1) for key, item in value.items()}
    return value if all(entries[key] is value[key] for key in value) else entries


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """A map of values as an ordinary dict of its own, with Jinja's numbers."""
    converted = from_go(values)
    return dict(values) if converted is values else dict(converted)


def to_go(value: Any, depth: int = 0) -> Any:
    """A value for functions: undefined is nil, tuples and iterators are lists, markup is text."""
    if depth > MAX_DEPTH:
        raise GoError(f"values are nested deeper than {MAX_DEPTH}")
    if isinstance(value, Undefined):
        bool(value)  # strict ones object
        return None
    if isinstance(value, Markup):
        return str(value)
    if value is None or isinstance(value, (str, int, float, bytes, Struct)):
        return value
    if type(value) is list or isinstance(value, tuple) or _is_iterator(value):
        return [to_go(item, depth + 1) for item in value]
    if type(value) is dict:
        entries = {text(key): to_go(item, depth + 1) for key, item in value.items()}
        same = entries.keys() == value.keys() and all(entries[key] is value[key] for key in value)
        return value if same else entries
    return value if hasattr(value, "GO_KIND") else text(value)


def _is_iterator(value: Any) -> bool:
    return hasattr(value, "__next__") or isinstance(value, range) or type(value).__name__.startswith("dict_")


def text(value: Any) -> str:
    """What `{{ value }}` prints: YAML's words for booleans, nothing for null, JSON for maps and lists."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Undefined) or getattr(type(value), "STRINGER", False):
        return str(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, bytes):
        return go_string(value)
    if isinstance(value, (dict, list, tuple)) or _is_iterator(value):
        return json.dumps(to_go(value), escape_html=False)
    return str(value)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < _POSITIONAL:
        return str(int(value))
    return json.float_text(value) if value - value == 0 else str(value)
