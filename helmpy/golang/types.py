"""The Python classes that stand for Go types, and Go's names for them.

Called by the template runtime, the functions and every encoder. Must not import anything of helmpy.
"""

from collections.abc import Mapping

from helmpy.annotations import Any, ClassVar

INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1


class Int64(int):
    """Go's int64, kept apart from int because `typeOf`, `kindIs` and `%T` show the difference."""

    GO_TYPE = GO_KIND = "int64"


class Int32(int):
    """Go's int32 (a rune)."""

    GO_TYPE = GO_KIND = "int32"


class Uint8(int):
    """Go's uint8 (a byte)."""

    GO_TYPE = GO_KIND = "uint8"


class Uint32(int):
    """Go's uint32."""

    GO_TYPE = GO_KIND = "uint32"


class Uint64(int):
    """Go's uint64."""

    GO_TYPE = GO_KIND = "uint64"


class StringSlice(list[str]):
    """Go's []string."""

    GO_TYPE, GO_KIND = "[]string", "slice"


class IntSlice(list[int]):
    """Go's []int."""

    GO_TYPE, GO_KIND = "[]int", "slice"


class MapSlice(list[Any]):
    """Go's []map[string]interface {}."""

    GO_TYPE, GO_KIND = "[]map[string]interface {}", "slice"


class SliceSlice(list[Any]):
    """Go's [][]interface {}."""

    GO_TYPE, GO_KIND = "[][]interface {}", "slice"


class StringMap(dict[str, str]):
    """Go's map[string]string."""

    GO_TYPE, GO_KIND, GO_ZERO = "map[string]string", "map", ""


class NilList(list[Any]):
    """A nil []interface {}: an empty list, except that JSON and YAML write null and DeepEqual sees a difference."""

    GO_TYPE, GO_KIND, GO_NIL = "[]interface {}", "slice", True


class NilStringSlice(StringSlice):
    """A nil []string."""

    GO_NIL = True


class NilMap(dict[str, Any]):
    """A nil map[string]interface {}: reads as empty, writes as null, and nothing can be set in it."""

    GO_TYPE, GO_KIND, GO_NIL = "map[string]interface {}", "map", True


class NilStringMap(StringMap):
    """A nil map[string]string."""

    GO_NIL = True


class Struct:
    """A Go struct or pointer as a template sees it: only what `GO_FIELDS` and `GO_METHODS` name can be reached.

    `GO_FIELDS` maps a Go field name to a Python attribute, `GO_METHODS` a Go method name to a Python method that takes
    positional arguments; `GO_PARAMS` gives the Go parameter types of methods that have any (as `Function.params` does).
    `GO_RETURNS` names the result types of methods that a template cannot call because they return several values.
    `STRINGER` says that `str()` is Go's String(), which `%v` prints; `go_json()`, where present, is what json encodes.
    """

    GO_TYPE: ClassVar[str] = "struct"
    GO_KIND: ClassVar[str] = "struct"
    GO_FIELDS: ClassVar[Mapping[str, str]] = {}
    GO_METHODS: ClassVar[Mapping[str, str]] = {}
    GO_PARAMS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    GO_RETURNS: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    STRINGER: ClassVar[bool] = False


class GoError(Exception):
    """A function returned an error, or panicked: its text, without any location. The runtime adds where."""


_NAMES: dict[type, tuple[str, str]] = {
    bool: ("bool", "bool"),
    int: ("int", "int"),
    float: ("float64", "float64"),
    complex: ("complex128", "complex128"),
    str: ("string", "string"),
    bytes: ("[]uint8", "slice"),
    list: ("[]interface {}", "slice"),
    dict: ("map[string]interface {}", "map"),
}


def type_name(value: Any) -> str:
    """Go's `%T` of a value: "int", "[]interface {}", "<nil>"."""
    if value is None:
        return "<nil>"
    known = _NAMES.get(type(value))
    return known[0] if known else str(value.GO_TYPE)


def kind_name(value: Any) -> str:
    """Go's reflect.Kind of a value as text: "int", "slice", "map", "invalid" for nil."""
    if value is None:
        return "invalid"
    known = _NAMES.get(type(value))
    return known[1] if known else str(value.GO_KIND)


def plain_map(mapping: dict[str, Any]) -> dict[str, Any]:
    """A map as a function with a parameter of type map[string]interface {} returns it: its own named type is lost."""
    return mapping if type(mapping) is dict or not hasattr(mapping, "plain_map") else mapping.plain_map()


SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Go's strings.TrimSpace takes off (Python's strip() takes off more)."""


def go_bytes(text: str) -> bytes:
    """The bytes of a Go string."""
    return text.encode("utf-8", "surrogateescape")


def go_string(data: bytes) -> str:
    """A Go string from its bytes; what is not UTF-8 becomes lone surrogates and survives the way back."""
    return data.decode("utf-8", "surrogateescape")


def wrap64(number: int) -> int:
    """An integer as Go's 64-bit arithmetic leaves it: overflow wraps around."""
    return ((number - INT64_MIN) & 0xFFFF_FFFF_FFFF_FFFF) + INT64_MIN
