"""Map functions. `set` and `unset` change the map that they are given and return it.

Where Go's order is random (keys, values), the order here is that of the sorted keys.
"""

from helmpy.annotations import Any
from helmpy.functions.strings import to_string
from helmpy.golang.fmt import sorted_keys
from helmpy.golang.function import Function
from helmpy.golang.types import GoError, NilMap, StringSlice, plain_map, type_name

NIL_MAP = "assignment to entry in nil map"
_MAP_TYPE = "map[string]interface {}"


def make_dict(*pairs: Any) -> dict[str, Any]:
    """Keys and values in turn; a last key without a value gets ""."""
    keys = map(to_string, pairs[::2])
    values = (*pairs[1::2], "") if len(pairs) % 2 else pairs[1::2]
    return dict(zip(keys, values, strict=True))


def get(mapping: dict[str, Any], key: str) -> Any:
    """The value of a key, "" if absent."""
    return mapping.get(key, "")


def assign(mapping: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Sets a key in place."""
    if isinstance(mapping, NilMap):
        raise GoError(NIL_MAP)
    mapping[key] = value
    return plain_map(mapping)


def unset(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    """Removes a key in place."""
    mapping.pop(key, None)
    return plain_map(mapping)


def has_key(mapping: dict[str, Any], key: str) -> bool:
    """Whether a key is present."""
    return key in mapping


def pluck(key: str, *mappings: dict[str, Any]) -> list[Any]:
    """The values of one key in those maps that have it."""
    return [mapping[key] for mapping in mappings if key in mapping]


def keys_of(*mappings: dict[str, Any]) -> StringSlice:
    """The keys of all maps."""
    return StringSlice([key for mapping in mappings for key in sorted_keys(mapping)])


def values_of(mapping: dict[str, Any]) -> list[Any]:
    """The values of a map."""
    return [mapping[key] for key in sorted_keys(mapping)]


def pick(mapping: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A new map with only these keys."""
    return {key: mapping[key] for key in keys if key in mapping}


def omit(mapping: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A new map without these keys."""
    return {key: value for key, value in mapping.items() if key not in keys}


def dig(*path_default_mapping: Any) -> Any:
    """`dig "a" "b" default map`: the value at a path of keys, or the default where a key is absent."""
    if len(path_default_mapping) < 3:
        raise GoError("dig needs at least three arguments")
    *path, fallback, found = path_default_mapping
    _assert_type(found, _MAP_TYPE)
    for key in path:
        _assert_type(key, "string")
    for depth, key in enumerate(path):
        if depth:
            _assert_type(found, _MAP_TYPE)
        if key not in found:
            return fallback
        found = found[key]
    return found


def _assert_type(value: Any, wanted: str) -> None:
    found = "nil" if value is None else type_name(value)
    if found != wanted:
        raise GoError(f"interface conversion: interface {{}} is {found}, not {wanted}")


TABLE = (
    Function("dict", make_dict, ("...any",), "map[string]any"),
    Function("dig", dig, ("...any",), "any"),
    Function("get", get, ("map[string]any", "string"), "any"),
    Function("hasKey", has_key, ("map[string]any", "string"), "bool"),
    Function("keys", keys_of, ("...map[string]any",), "[]string"),
    Function("omit", omit, ("map[string]any", "...string"), "map[string]any"),
    Function("pick", pick, ("map[string]any", "...string"), "map[string]any"),
    Function("pluck", pluck, ("string", "...map[string]any"), "[]any"),
    Function("set", assign, ("map[string]any", "string", "any"), "map[string]any"),
    Function("unset", unset, ("map[string]any", "string"), "map[string]any"),
    Function("values", values_of, ("map[string]any",), "[]any"),
)
