"""Go's values to YAML text, byte for byte as Helm's toYaml and toYamlPretty print them.

Called by the YAML functions and by everything that stores or shows YAML. `dump` goes the way of sigs.k8s.io/yaml (through
JSON, then yaml.v2), `dump_pretty` that of yaml.v3. Must not read YAML.
"""

from collections.abc import Callable
from functools import cache, lru_cache

from helmpy.annotations import Any, ClassVar
from helmpy.golang import json, strconv
from helmpy.golang.types import GoError, Struct, go_bytes
from helmpy.yaml import order, styles

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

_MAX_UINT64 = (1 << 64) - 1
_MAX_JSON_KEY = 1024
_PRINTED_WHOLE = 1e21  # below it encoding/json prints no exponent
_EXACT = 1e15
_NO_WIDTH = 1 << 60
_SIMPLE_KEY = 100  # characters that a key may have without any care


def dump(value: Any) -> str:
    """The value as toYaml prints it, with the newline at its end. Raises GoError for what JSON or YAML cannot hold."""
    return _Compact().document(value)


def dump_pretty(value: Any) -> str:
    """The value as toYamlPretty prints it: lists are indented and nothing is folded. Raises GoError."""
    return _Pretty().document(value)


class _Plain(str):
    """Text to be written as it stands."""


_BUILT_IN = frozenset((str, dict, list, bool, int, float, type(None), _Plain))


_Plan = tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def _plan_compact(keys: tuple[str, ...]) -> _Plan | None:
    """The keys in yaml.v2's order, each with how it is written before its value; None where one needs more care."""
    return _plan(keys, order.compact(keys), styles.short_compact)


@lru_cache(maxsize=4096)
def _plan_pretty(keys: tuple[str, ...]) -> _Plan | None:
    """As `_plan_compact` for yaml.v3."""
    return _plan(keys, order.pretty(keys), styles.short_pretty)


def _plan(keys: tuple[str, ...], ordered: tuple[str, ...], short: Callable[[str], str]) -> _Plan | None:
    names = "".join(keys)
    if not (names.isascii() and names.isprintable()) or max(map(len, keys)) > _SIMPLE_KEY:
        return None
    return tuple([(key, f"{short(key)[:-1]}: ") for key in ordered])


class _Writer:
    """Collects the pieces of one document. The subclasses say what the two encoders do differently."""

    width: ClassVar[int]
    list_indent: ClassVar[int]  # how far a list under a key is moved to the right

    style: Any
    short: Any
    order: Any
    plan: Any

    def __init__(self) -> None:
        self._out: list[str] = []

    def number(self, value: float) -> str:
        raise NotImplementedError

    def convert(self, value: Any) -> Any:
        """A value of one of Go's other types as a built-in one."""
        raise NotImplementedError

    def document(self, value: Any) -> str:
        try:
            self._node(value, 0, 0, 2)
        except RecursionError:
            raise GoError("json: unsupported value: encountered a cycle, or one nested too deeply") from None
        return "".join(self._out)

    def _node(self, value: Any, column: int, indent: int, inner: int) -> None:
        """Write a value that starts at `column`. A collection stands at `indent`, folded lines go on at `inner`."""
        kind = type(value)
        if kind is str:
            shown = self.short(value)
            fits = shown and (not self.width or column + len(shown) <= self.width)
            self._out.append(shown if fits else self.text(value, column, inner))
        elif kind is dict:
            self._mapping(value, indent)
        elif kind is list:
            self._sequence(value, indent)
        elif value is None:
            self._out.append("null\n")
        elif kind is bool:
            self._out.append("true\n" if value else "false\n")
        elif kind is int:
            self._out.append(f"{value}\n")
        elif kind is float:
            self._out.append(self.number(value) + "\n")
        elif kind is _Plain:
            self._out.append(f"{value}\n")
        else:
            self._node(self.convert(value), column, indent, inner)

    def text(self, value: str, column: int, inner: int) -> str:
        """A string with the end of its line."""
        return styles.write(value, self.style(value), column, inner, self.width)

    def _mapping(self, value: dict[str, Any], indent: int) -> None:
        if not value:
            self._out.append("{}\n")
            return
        simple = self.plan(tuple(value))
        if simple is None:
            self._mapping_with_care(value, indent)
            return
        append, short, room = self._out.append, self.short, (self.width or _NO_WIDTH) - indent
        below, listed = " " * (indent + 2), " " * (indent + self.list_indent)
        pad = ""
        for key, shown in simple:
            item = value[key]
            kind = type(item)
            if kind is str:
                written = short(item)
                if written and len(shown) + len(written) <= room:
                    append(f"{pad}{shown}{written}")
                else:
                    append(pad + shown + self.text(item, indent + len(shown), indent + 2))
            elif kind is dict and item:
                append(f"{pad}{shown[:-1]}\n{below}")
                self._mapping(item, indent + 2)
            elif kind is list and item:
                append(f"{pad}{shown[:-1]}\n{listed}")
                self._sequence(item, indent + self.list_indent)
            elif kind is bool:
                append(f"{pad}{shown}true\n" if item else f"{pad}{shown}false\n")
            elif kind is float:
                append(f"{pad}{shown}{self.number(item)}\n")
            else:
                self._pair(pad, shown[:-2], item, indent)
            pad = " " * indent

    def _mapping_with_care(self, value: dict[str, Any], indent: int) -> None:
        """A mapping with keys that may not be plain words on one line."""
        pad = ""
        for key in self.order(tuple(value)):
            shown = self.short(key)
            if not shown or (len(key) > 32 and styles.is_long_key(key)):
                self._odd_key(pad, key, value[key], indent)
            else:
                self._pair(pad, shown[:-1], value[key], indent)
            pad = " " * indent

    def _pair(self, pad: str, shown: str, value: Any, indent: int) -> None:
        """A key on one line and its value; the key stands at `indent`, before which `pad` is still missing."""
        if type(value) not in _BUILT_IN:
            value = self.convert(value)
        kind = type(value)
        column = indent + len(shown) + 2
        if kind is str:
            written = self.short(value)
            if written and (not self.width or column + len(written) <= self.width):
                self._out.append(f"{pad}{shown}: {written}")
                return
        if (kind is dict or kind is list) and value:
            below = indent + (self.list_indent if kind is list else 2)
            self._out.append(f"{pad}{shown}:\n{' ' * below}")
            self._node(value, below, below, below + 2)
        else:
            self._out.append(f"{pad}{shown}: ")
            self._node(value, column, indent, indent + 2)

    def _odd_key(self, pad: str, key: str, value: Any, indent: int) -> None:
        """A key that is long, or that is no plain line."""
        if not styles.is_multiline(key) and not styles.is_long_key(key):
            self._pair(pad, styles.write(key, self.style(key), 0, 0, 0)[:-1], value, indent)
            return
        self._out.append(pad + "? " + self.text(key, indent + 2, indent + 2) + " " * indent + ": ")
        self._node(value, indent + 2, indent + 2, indent + 2)

    def _sequence(self, value: list[Any], indent: int) -> None:
        if not value:
            self._out.append("[]\n")
            return
        append, short, room = self._out.append, self.short, (self.width or _NO_WIDTH) - indent - 2
        pad = "- "
        for item in value:
            if type(item) is dict:
                append(pad)
                self._mapping(item, indent + 2)
            elif type(item) is str and (written := short(item)) and len(written) <= room:
                append(pad + written)
            else:
                append(pad)
                self._node(item, indent + 2, indent + 2, indent + 2)
            pad = " " * indent + "- "


class _Compact(_Writer):
    """sigs.k8s.io/yaml: encoding/json, read back and written by yaml.v2."""

    width = styles.WIDTH
    list_indent = 0
    style = staticmethod(styles.compact)
    short = staticmethod(styles.short_compact)
    order = staticmethod(order.compact)
    plan = staticmethod(_plan_compact)

    def number(self, value: float) -> str:
        if value - value != 0:
            raise GoError(f"error marshaling into JSON: json: unsupported value: {strconv.format_float(value)}")
        if -_EXACT < value < _EXACT and value == int(value):
            return str(int(value))
        if abs(value) < _PRINTED_WHOLE and value == int(value):
            whole = int(strconv.format_float(value, "f"))
            if -(1 << 63) <= whole <= _MAX_UINT64:
                return str(whole)
        return strconv.format_float(value)

    def convert(self, value: Any) -> Any:
        return _through_json(value)

    def text(self, value: str, column: int, inner: int) -> str:
        if not value.isascii() or "\x7f" in value:
            value = _reread(value)
        return super().text(value, column, inner)

    def _mapping_with_care(self, value: dict[str, Any], indent: int) -> None:
        super()._mapping_with_care({_reread_key(key): item for key, item in value.items()}, indent)


class _Pretty(_Writer):
    """yaml.v3 straight from the value."""

    width = 0
    list_indent = 2
    style = staticmethod(styles.pretty)
    short = staticmethod(styles.short_pretty)
    order = staticmethod(order.pretty)
    plan = staticmethod(_plan_pretty)

    def number(self, value: float) -> str:
        shown = strconv.format_float(value)
        return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}.get(shown, shown)

    def convert(self, value: Any) -> Any:
        if isinstance(value, (bytes, list)):
            return list(value)
        if isinstance(value, dict):
            return dict(value)
        if hasattr(value, "go_timestamp"):
            return _Plain(value.go_timestamp())
        if hasattr(value, "go_text"):
            return value.go_text()
        if isinstance(value, Struct) and not isinstance(value, int):
            return {name.lower(): getattr(value, attribute) for name, attribute in value.GO_FIELDS.items()}
        return _through_json(value)

    def text(self, value: str, column: int, inner: int) -> str:
        if value.isascii() or not _invalid().search(value):
            return super().text(value, column, inner)
        data = _base64_lines(go_bytes(value))
        style = styles.LITERAL if "\n" in data else styles.PLAIN
        return "!!binary " + styles.write(data, style, column, inner, 0)


@cache
def _invalid() -> "re.Pattern[str]":
    import re

    return re.compile("[\ud800-\udfff]")


@cache
def _unreadable() -> "re.Pattern[str]":
    import re

    return re.compile("[\x7f-\x84\x86-\x9f\ufffe\uffff]")


@cache
def _next_line() -> "re.Pattern[str]":
    import re

    return re.compile(" *(\x85[ \x85]*)")


def _reread(text: str) -> str:
    """A string after its way through JSON: bytes that are no UTF-8 are replaced, U+0085 folds as a line break does."""
    import re

    text = _invalid().sub("\ufffd", text)
    if _unreadable().search(text):
        raise GoError("yaml: control characters are not allowed")
    if "\x85" not in text:
        return text
    if re.search("\x85(?:---|\\.\\.\\.)[ \x85]", text):
        raise GoError("yaml: found unexpected document indicator")
    return _next_line().sub(lambda found: "\n" * (found[1].count("\x85") - 1) or " ", text)


def _reread_key(key: str) -> str:
    """A key after its way through JSON, where yaml.v2 wants it on one line and not too long."""
    if "\x85" in key or len(json.dumps(key)) > _MAX_JSON_KEY:
        raise GoError("yaml: did not find expected ',' or '}'")
    return _reread(key)


def _through_json(value: Any) -> Any:
    """A struct, a named slice or a sized number as encoding/json shows it."""
    import json as standard

    if isinstance(value, int):
        return int(value)
    try:
        return standard.loads(json.dumps(value))
    except GoError as error:
        raise GoError(f"error marshaling into JSON: {error}") from None


def _base64_lines(data: bytes) -> str:
    import base64

    text = base64.b64encode(data).decode()
    if len(text) < 70:
        return text
    return "".join(text[at : at + 70] + "\n" for at in range(0, len(text), 70))
