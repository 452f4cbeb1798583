"""YAML text → the fields of a Go struct, as sigs.k8s.io/yaml and encoding/json fill them.

Chart.yaml, locks, index.yaml and repositories.yaml are read through this: scalars become text where the field is a string
(`appVersion: 1.10` is "1.1"), keys match in any case, unknown keys are dropped, and the first wrong type is the error, in
Go's words. A struct is described by data (`GoStruct`); the result is a plain dict under the JSON names, holding only
fields that were given. Must not know what the fields mean.
"""

import math
from collections.abc import Mapping

from helmpy.annotations import Any
from helmpy.golang.types import GoError
from helmpy.records import FrozenRecord


class Scalar(FrozenRecord):
    """A string, bool, interface {} or time.Time; `go` is Go's name of the type."""

    go: str


class ListOf(FrozenRecord):
    """A slice; `go` is Go's name of the type."""

    item: "Kind"
    go: str


class MapOf(FrozenRecord):
    """A map with string keys."""

    item: "Kind"
    go: str


class GoStruct(FrozenRecord):
    """A struct: `go` is its package and name ("v2.Metadata"), `fields` maps JSON names to kinds.

    The fields of `embedded` belong to it as well; what lands in them must have the right type already.
    """

    go: str
    fields: Mapping[str, "Kind"]
    pointer: bool = False
    embedded: "GoStruct | None" = None

    @property
    def short(self) -> str:
        """The name without its package, as errors show it; a struct type without a name has none."""
        return "" if self.go.startswith("struct {") else self.go.rpartition(".")[2]


Kind = Scalar | ListOf | MapOf | GoStruct

STRING = Scalar("string")
BOOL = Scalar("bool")
ANY = Scalar("interface {}")
TIME = Scalar("time.Time")
STRINGS = ListOf(STRING, "[]string")
STRING_MAP = MapOf(STRING, "map[string]string")


def load(text: str | bytes, target: GoStruct) -> dict[str, Any]:
    """Reads one YAML document into the target's fields; {} for an empty document. Raises GoError with Go's text."""
    return load_optional(text, target) or {}


def load_optional(text: str | bytes, target: GoStruct) -> dict[str, Any] | None:
    """The same, but None for an empty document: a pointer that stays nil."""
    from helmpy.yaml import loader

    value = loader.load(text, unsigned=True)
    return None if value is None else decode(value, target)


def decode(value: Any, target: GoStruct, *, strict: bool = False, from_json: bool = False) -> dict[str, Any]:
    """Fills the target's fields from a value; raises GoError with Go's text for the first wrong type.

    With `strict`, a key that the struct does not have is an error as well. `from_json`: the text was JSON, not YAML.
    """
    if value is None:
        return {}
    decoder = _Decoder(strict, coerce=not from_json)
    result = decoder.decode(value, target, ())
    if decoder.error:
        prefix = "" if from_json else "error unmarshaling JSON: while decoding JSON: "
        raise GoError(prefix + decoder.error)
    assert isinstance(result, dict)
    return result


class _Decoder:
    """Goes on after a wrong type, as Go does: only the first is reported."""

    def __init__(self, strict: bool, coerce: bool) -> None:
        self.error = ""
        self._strict = strict
        self._coerce = coerce
        self._struct = ""

    def decode(self, value: Any, kind: Kind, path: tuple[str, ...]) -> Any:
        if isinstance(kind, GoStruct):
            return self._struct_value(value, kind, path)
        if value is None:
            return None
        if isinstance(kind, ListOf):
            if not isinstance(value, list):
                return self._wrong(value, kind.go, path)
            return [self.decode(item, kind.item, path) for item in value]
        if isinstance(kind, MapOf):
            if not isinstance(value, dict):
                return self._wrong(value, kind.go, path)
            return {key: self.decode(item, kind.item, path) for key, item in value.items()}
        return self._scalar(value, kind, path)

    def _struct_value(self, value: Any, kind: GoStruct, path: tuple[str, ...]) -> Any:
        if value is None:
            return None if kind.pointer else {}
        if not isinstance(value, dict):
            return self._wrong(value, kind.go, path)
        outer, result = self._struct, {}
        for key in sorted(value):
            self._struct = kind.short
            if name := _field(kind, key):
                item = self.decode(value[key], kind.fields[name], (*path, name))
            elif kind.embedded and (name := _field(kind.embedded, key)):
                item = self._embedded(value[key], kind.embedded, name, path)
            else:
                if self._strict:
                    self.error = self.error or f'json: unknown field "{key}"'
                continue
            if item is not None:
                result[name] = item
        self._struct = outer
        return result

    def _embedded(self, value: Any, kind: GoStruct, name: str, path: tuple[str, ...]) -> Any:
        coerce, self._coerce = self._coerce, False
        item = self.decode(value, kind.fields[name], (*path, kind.short, name))
        self._coerce = coerce
        return item

    def _scalar(self, value: Any, kind: Scalar, path: tuple[str, ...]) -> Any:
        if kind is ANY:
            return _floats(value)
        if kind is STRING:
            text = _text(value) if self._coerce or isinstance(value, str) else None
            return self._wrong(value, kind.go, path) if text is None else text
        if kind is BOOL:
            return value if isinstance(value, bool) else self._wrong(value, kind.go, path)
        if not isinstance(value, str):
            self.error = self.error or "Time.UnmarshalJSON: input is not a JSON string"
            return None
        return self._time(value)

    def _time(self, text: str) -> str | None:
        from helmpy.chart import timestamps

        try:
            return timestamps.normalized(text)
        except ValueError as error:
            self.error = self.error or str(error)
            return None

    def _wrong(self, value: Any, go: str, path: tuple[str, ...]) -> None:
        target = f"Go struct field {self._struct}.{'.'.join(path)} of type" if path else "Go value of type"
        self.error = self.error or f"json: cannot unmarshal {_json_kind(value)} into {target} {go}"


def _field(kind: GoStruct, key: str) -> str:
    """The field that a key means, in any case; empty if there is none."""
    if key in kind.fields:
        return key
    folded = key.lower()
    return next((name for name in kind.fields if name.lower() == folded), "")


def _text(value: Any) -> str | None:
    """A YAML scalar that lands in a string field."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        from helmpy.golang import strconv

        # 32 bits, as sigs.k8s.io/yaml has it: 1.23456789 is "1.2345679".
        return strconv.format_float(value, "g", -1, 32)
    return None


def _floats(value: Any) -> Any:
    """A value as encoding/json leaves it in an interface {}: every number a float64."""
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) < 1 << 1023 else math.inf
    return value


def _json_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return "string" if isinstance(value, str) else "number"
