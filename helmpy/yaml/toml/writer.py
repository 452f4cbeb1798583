"""Go's values as TOML text, as BurntSushi/toml writes it.

Called by `toml.dumps`.
"""

import re
from functools import cache
from typing import Any

from helmpy.golang import strconv
from helmpy.golang.types import GoError, Struct

_NIL_ITEM = "toml: cannot encode array with nil element"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def dumps(value: Any) -> str:
    """The value as TOML text. Raises GoError with BurntSushi's text, or Go's for nil."""
    if value is None:
        raise GoError("reflect: call of reflect.Value.Type on zero Value")
    writer = _Writer()
    writer.entry((), value)
    return "".join(writer.out)


class _Writer:
    """Collects the document. A key is the tuple of its parts; its length sets the indentation."""

    def __init__(self) -> None:
        self.out: list[str] = []

    def entry(self, key: tuple[str, ...], value: Any) -> None:
        value = _opened(value)
        if isinstance(value, dict):
            self._table(key, value)
        elif _is_table_list(value):
            self._tables(key, value)
        elif key:
            self.out.append(f"{_indent(key)}{_key_part(key[-1])} = {_inline(value)}\n")
        else:
            self.out.append(_inline(value))

    def _table(self, key: tuple[str, ...], value: dict[str, Any]) -> None:
        if len(key) == 1:
            self._blank_line()
        if key:
            self.out.append(f"{_indent(key)}[{_dotted(key)}]\n")
        self._pairs(key, value)

    def _tables(self, key: tuple[str, ...], items: list[Any]) -> None:
        if not key:
            raise GoError("toml: top-level values must be Go maps or structs")
        for item in items:
            self._blank_line()
            self.out.append(f"{_indent(key)}[[{_dotted(key)}]]\n")
            self._pairs(key, _opened(item))

    def _pairs(self, key: tuple[str, ...], value: dict[str, Any]) -> None:
        plain, tables = _partition(value)
        for name in plain + tables:
            if value[name] is not None and not getattr(value[name], "GO_NIL", False):
                self.entry((*key, name), value[name])

    def _blank_line(self) -> None:
        if self.out:
            self.out.append("\n")


class _Fields(dict[str, Any]):
    """The fields of a struct, which keep their order."""


def _opened(value: Any) -> Any:
    """A struct as its fields; any other value as it is."""
    if isinstance(value, Struct) and value.GO_FIELDS:
        return _Fields({name: getattr(value, attribute) for name, attribute in value.GO_FIELDS.items()})
    return value


def _partition(value: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The keys in order: those of plain values, then those of tables."""
    names = list(value) if isinstance(value, _Fields) else sorted(value)
    tables = [name for name in names if isinstance(_opened(value[name]), dict) or _is_table_list(value[name])]
    return [name for name in names if name not in tables], tables


def _is_table_list(value: Any) -> bool:
    """Whether a list becomes `[[tables]]`. Raises GoError for a nil anywhere in lists of lists."""
    if not isinstance(value, list) or not value:
        return False
    if any(item is None for item in value):
        raise GoError(_NIL_ITEM)
    for item in value:
        _is_table_list(item)
    return all(isinstance(_opened(item), dict) for item in value)


def _inline(value: Any) -> str:
    value = _opened(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if hasattr(value, "go_timestamp"):
        return str(value.go_timestamp())
    if hasattr(value, "go_text"):
        return _quoted(value.go_text())
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict):
        return _inline_table(value)
    if isinstance(value, (list, bytes)):
        if isinstance(value, list):
            _is_table_list(value)
        return f"[{', '.join(map(_inline, value))}]"
    raise GoError(f"unsupported type: {getattr(value, 'GO_KIND', type(value).__name__)}")


def _inline_table(value: dict[str, Any]) -> str:
    """`{a = 1, b = 2}`; the comma before a dropped nil stays, as there."""
    plain, tables = _partition(value)
    out = ["{"]
    for names, more in ((plain, bool(tables)), (tables, False)):
        for name in names:
            if value[name] is not None and not getattr(value[name], "GO_NIL", False):
                out.append(f"{_key_part(name)} = {_inline(value[name])}")
                out.append(", " if more or name != names[-1] else "")
    return "".join([*out, "}"])


def _float(value: float) -> str:
    if value - value != 0:
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    shown = strconv.format_float(value)
    return shown if "e" in shown or "." in shown else shown + ".0"


def _indent(key: tuple[str, ...]) -> str:
    return "  " * (len(key) - 1)


def _dotted(key: tuple[str, ...]) -> str:
    return ".".join(map(_key_part, key))


@cache
def _bare_key() -> re.Pattern[str]:
    return re.compile("[A-Za-z0-9_-]+")


@cache
def _to_escape() -> re.Pattern[str]:
    return re.compile('["\\\\\x00-\x1f\x7f]')


def _key_part(name: str) -> str:
    return name if _bare_key().fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    return '"' + _to_escape().sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04x}", text) + '"'
