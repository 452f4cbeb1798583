"""YAML, JSON and TOML: the to* functions of templates and their inverses.

The formats themselves are `helmpy.yaml` and `helmpy.golang.json`; here is only what a template sees of failures: the plain
to* functions give "" (toToml the error), the from* functions a map or list that holds the error, the must* ones fail.
"""

from helmpy.annotations import Any
from helmpy.golang import json
from helmpy.golang.function import Function
from helmpy.golang.types import GoError, NilList, NilMap

_MAP, _LIST = "map[string]interface {}", "[]interface {}"
_JSON_NAMES = {dict: "object", list: "array", str: "string", bool: "bool"}


def to_yaml(value: Any) -> str:
    """YAML without the final newline; "" on failure."""
    try:
        return must_to_yaml(value)
    except GoError:
        return ""


def must_to_yaml(value: Any) -> str:
    """As `to_yaml`, but raises GoError."""
    from helmpy.yaml import emitter

    return emitter.dump(value).removesuffix("\n")


def to_yaml_pretty(value: Any) -> str:
    """YAML with indented lists and no folding; "" on failure."""
    from helmpy.yaml import emitter

    try:
        return emitter.dump_pretty(value).removesuffix("\n")
    except GoError:
        return ""


def from_yaml(text: str) -> dict[str, Any]:
    """The first document as a map, or a map with its "Error"."""
    from helmpy.yaml import loader

    try:
        return loader.load_map(text)
    except GoError as error:
        return {"Error": str(error)}


def from_yaml_array(text: str) -> list[Any]:
    """The first document as a list, or a list of its error."""
    from helmpy.yaml import loader

    try:
        return loader.load_list(text)
    except GoError as error:
        return [str(error)]


def to_json(value: Any) -> str:
    """Compact JSON, HTML characters escaped; "" on failure."""
    try:
        return must_to_json(value)
    except GoError:
        return ""


def must_to_json(value: Any) -> str:
    """As `to_json`, but raises GoError."""
    return json.dumps(value)


def to_pretty_json(value: Any) -> str:
    """JSON indented by two; "" on failure."""
    try:
        return must_to_pretty_json(value)
    except GoError:
        return ""


def must_to_pretty_json(value: Any) -> str:
    """As `to_pretty_json`, but raises GoError."""
    return json.dumps(value, indent="  ")


def to_raw_json(value: Any) -> str:
    """Compact JSON, nothing escaped for HTML. Raises GoError."""
    return json.dumps(value, escape_html=False)


def from_json(text: str) -> dict[str, Any]:
    """A JSON object, or a map with its "Error"."""
    try:
        value = json.loads(text)
    except GoError as error:
        return {"Error": str(error)}
    if value is None:
        return NilMap()
    return value if isinstance(value, dict) else {"Error": _mismatch(value, _MAP)}


def from_json_array(text: str) -> list[Any]:
    """A JSON array, or a list of its error."""
    try:
        value = json.loads(text)
    except GoError as error:
        return [str(error)]
    if value is None:
        return NilList()
    return value if isinstance(value, list) else [_mismatch(value, _LIST)]


def _mismatch(value: Any, wanted: str) -> str:
    return f"json: cannot unmarshal {_JSON_NAMES.get(type(value), 'number')} into Go value of type {wanted}"


def to_toml(value: Any) -> str:
    """TOML, or the text of the error; a nil value still fails."""
    try:
        return must_to_toml(value)
    except GoError as error:
        if value is None:
            raise
        return str(error)


def must_to_toml(value: Any) -> str:
    """As `to_toml`, but raises GoError."""
    from helmpy.yaml import toml

    return toml.dumps(value)


def from_toml(text: str) -> dict[str, Any]:
    """A TOML document, or a map with its "Error"."""
    from helmpy.yaml import toml

    try:
        return toml.loads(text)
    except GoError as error:
        return {"Error": str(error)}


TABLE = (
    Function("fromJson", from_json, ("string",), "map[string]any"),
    Function("fromJsonArray", from_json_array, ("string",), "[]any"),
    Function("fromToml", from_toml, ("string",), "map[string]any"),
    Function("fromYaml", from_yaml, ("string",), "map[string]any"),
    Function("fromYamlArray", from_yaml_array, ("string",), "[]any"),
    Function("mustFromJson", json.loads, ("string",), "any"),
    Function("mustToJson", must_to_json, ("any",), "string"),
    Function("mustToPrettyJson", must_to_pretty_json, ("any",), "string"),
    Function("mustToRawJson", to_raw_json, ("any",), "string"),
    Function("mustToToml", must_to_toml, ("any",), "string"),
    Function("mustToYaml", must_to_yaml, ("any",), "string"),
    Function("toJson", to_json, ("any",), "string"),
    Function("toPrettyJson", to_pretty_json, ("any",), "string"),
    Function("toRawJson", to_raw_json, ("any",), "string"),
    Function("toToml", to_toml, ("any",), "string"),
    Function("toYaml", to_yaml, ("any",), "string"),
    Function("toYamlPretty", to_yaml_pretty, ("any",), "string"),
)
