"""YAML text to Go's values, as Helm reads every YAML file: sigs.k8s.io/yaml to JSON, JSON to interface{}.

Called for values files, Chart.yaml, manifests, indexes and `fromYaml`. Numbers become float and keys become str, unless
`integers` asks for what YAML itself says. Must not know what a document means.
"""

from collections.abc import Iterator
from typing import Any

from helmpy.golang.types import INT64_MAX, INT64_MIN, SPACES, GoError, go_bytes, go_string
from helmpy.yaml import keys, lines
from helmpy.yaml.composer import MAX_DEPTH, Composer
from helmpy.yaml.syntax.parser import events

INT64 = range(INT64_MIN, INT64_MAX + 1)
UNSIGNED = range(INT64_MIN, 1 << 64)
NO_INTEGERS = range(0)


class YAMLError(GoError):
    """The text is no YAML, or holds what JSON cannot; the message is Go's."""


def load(
    text: str | bytes, *, name: str = "", integers: bool = False, unsigned: bool = False, unique: bool = False
) -> Any:
    """The first document of the text; None where it holds nothing.

    With `integers`, whole numbers stay int (beyond 64 bits they are float) and other numbers are float; with `unsigned`, so
    do those that fit 64 bits without a sign. With `unique`, a key that a mapping already has is an error. `name` goes in front of the message of the YAMLError raised for bad text.
    """
    try:
        whole = UNSIGNED if unsigned else INT64 if integers else NO_INTEGERS
        return _load(go_bytes(text) if isinstance(text, str) else text, whole, unique)
    except GoError as error:
        raise YAMLError(f"{name}: {error}" if name else str(error)) from None


def load_map(text: str | bytes) -> dict[str, Any]:
    """The first document, which must be a mapping or nothing. Raises YAMLError with Go's text."""
    return _of_type(load(text), dict, "map[string]interface {}") or {}


def load_list(text: str | bytes) -> list[Any]:
    """The first document, which must be a list or nothing. Raises YAMLError with Go's text."""
    return _of_type(load(text), list, "[]interface {}") or []


def load_all(text: str | bytes) -> list[Any]:
    """Every document of a stream, split at lines that begin with `---`, as Kubernetes' reader does.

    Raises YAMLError; a separator followed by anything but blanks and a comment is one.
    """
    return [load(part) for part in split(text)]


def load_values(text: str | bytes) -> dict[str, Any]:
    """A values file: its documents, each a mapping or nothing, merged in order. Raises YAMLError with Helm's text."""
    values: dict[str, Any] = {}
    parts = split(text)
    while True:
        try:
            part = next(parts, None)
        except YAMLError as error:
            raise YAMLError(f"error reading yaml document: {error}") from None
        if part is None:
            return values
        try:
            merge_maps(values, load_map(part))
        except YAMLError as error:
            raise YAMLError(f"cannot unmarshal yaml document: {error}") from None


def merge_maps(into: dict[str, Any], source: dict[str, Any]) -> None:
    """Put `source` over `into`, in place: mappings merge, everything else replaces."""
    for key, value in source.items():
        below = into.get(key)
        if type(value) is dict and type(below) is dict:
            merge_maps(below, value)
        else:
            into[key] = value


def split(text: str | bytes) -> Iterator[bytes]:
    """The documents of a stream as text. Raises YAMLError at a separator with something behind it."""
    data = go_bytes(text) if isinstance(text, str) else text
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if not data.endswith(b"\n") and data:
        data += b"\n"
    start, at = 0, 0 if data.startswith(b"---") else data.find(b"\n---") + 1
    while data.startswith(b"---", at):
        end = data.index(b"\n", at) + 1
        _check_separator(data[at:end])
        if at > start:
            yield data[start:at]
            start = end
        at = data.find(b"\n---", end - 1) + 1 or len(data)
    if start < len(data):
        yield data[start:]


def _check_separator(line: bytes) -> None:
    rest = go_string(line[3:]).strip(SPACES)
    if rest and not rest.startswith("#"):
        raise YAMLError(f"invalid Yaml document separator: {rest}")


def json_type_name(value: Any) -> str:
    """What encoding/json calls the type of a value in its errors."""
    names = {dict: "object", list: "array", str: "string", bool: "bool"}
    return names.get(type(value), "number")


def _of_type(value: Any, wanted: type, go_name: str) -> Any:
    if value is None or type(value) is wanted:
        return value
    raise YAMLError(
        "error unmarshaling JSON: while decoding JSON: json: "
        f"cannot unmarshal {json_type_name(value)} into Go value of type {go_name}"
    )


def _load(data: bytes, whole: range, unique: bool = False) -> Any:
    if unique:
        return exactly(data, whole=whole, unique=unique)
    try:
        return lines.read(data, whole=whole)
    except lines.UnusualError:
        return exactly(data, whole=whole, unique=unique)


def exactly(data: bytes, *, whole: range = NO_INTEGERS, unique: bool = False) -> Any:
    """The first document, by the reader that knows all of YAML and words every fault. Raises GoError.

    Numbers in `whole` stay int.
    """
    numbers = _Numbers(whole)
    composer = Composer(keys.text, numbers.convert)
    try:
        value = composer.compose(events(data))
        if unique and composer.repeated:
            raise GoError(_repeated_keys(composer.repeated))
        if numbers.unsupported and (shown := _unsupported(value)):
            raise GoError(f"json: unsupported value: {shown}")
    except keys.BadKeyError:
        raise GoError(f"error converting YAML to JSON: {keys.explain(events(data))}") from None
    except RecursionError:
        raise GoError(f"error converting YAML to JSON: yaml: exceeded max depth of {MAX_DEPTH}") from None
    except GoError as error:
        raise GoError(f"error converting YAML to JSON: {error}") from None
    return value


def _repeated_keys(repeated: list[tuple[int, Any]]) -> str:
    from helmpy.golang import strconv

    shown = (f"\n  line {line}: key {strconv.quote(key)} already set in map" for line, key in repeated)
    return "yaml: unmarshal errors:" + "".join(shown)


class _Numbers:
    """Turns YAML's numbers into those of the result, and notes any that JSON has no text for."""

    def __init__(self, whole: range) -> None:
        self._whole = whole
        self.unsupported = False

    def convert(self, number: Any) -> Any:
        if type(number) is int:
            return number if number in self._whole else float(number)
        if number - number != 0:
            self.unsupported = True
        return number


def _unsupported(value: Any) -> str:
    """The first infinity or NaN in the order in which Go encodes, in Go's spelling; empty if there is none."""
    if type(value) is float and value - value != 0:
        return "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
    if type(value) is dict:
        return next(filter(None, (_unsupported(value[key]) for key in sorted(value))), "")
    return next(filter(None, map(_unsupported, value)), "") if type(value) is list else ""
