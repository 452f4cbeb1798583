"""Go types of parameters: their names, what can be nil, and whether a value may be passed.

Called by the compiler (tables) and by generated code (`check`).
"""

from helmpy.annotations import Any
from helmpy.golang.types import NilList, NilMap, NilStringSlice, type_name
from helmpy.gotemplate.errors import OperationError

# As they stand in `Function.params`, and as Go prints them where that differs.
GO_NAMES = {
    "any": "interface {}",
    "[]any": "[]interface {}",
    "map[string]any": "map[string]interface {}",
    "[]map[string]any": "[]map[string]interface {}",
    "map[string]map[string]any": "map[string]map[string]interface {}",
    "time": "time.Time",
    "duration": "time.Duration",
    "[]byte": "[]uint8",
}
# Parameter types that one exact Python class stands for: tested for first.
PYTHON_TYPES: dict[str, type] = {
    "string": str,
    "bool": bool,
    "int": int,
    "float64": float,
    "map[string]any": dict,
    "[]any": list,
}
PYTHON_NAMES = {name: class_.__name__ for name, class_ in PYTHON_TYPES.items()}
# What a nil becomes for parameters that can take one.
NIL_EXPRESSIONS = {
    "any": "None",
    "map[string]any": "nil_map()",
    "[]any": "nil_list()",
    "[]string": "nil_strings()",
    "map[string]string": "nil_map()",
    "[]map[string]any": "nil_list()",
    "[]byte": "b''",
}
NIL_MAKERS = {"nil_map": NilMap, "nil_list": NilList, "nil_strings": NilStringSlice}


def check(value: Any, type_: str, nested: Any = False) -> Any:
    """The value as an argument of that type. Raises OperationError as reflect's assignability rules ask."""
    name = GO_NAMES.get(type_, type_)
    if value is None:
        return _nil(type_, name, in_interface(nested))
    if type_ == "any" or type_name(value) == name or getattr(type(value), "GO_UNDERLYING", "") == name:
        return value
    raise OperationError(f"wrong type for value; expected {name}; got {type_name(value)}")


def _nil(type_: str, name: str, nested: bool) -> Any:
    if type_ == "any":
        return None
    if nested:
        raise OperationError(f"wrong type for value; expected {name}; got interface {{}}")
    if type_ not in NIL_EXPRESSIONS:
        raise OperationError(f"invalid value; expected {name}")
    return b"" if type_ == "[]byte" else NIL_MAKERS[NIL_EXPRESSIONS[type_][:-2]]()


def in_interface(nested: Any) -> bool:
    """Whether a value came out of a container of interfaces: `nested` says so itself or is that container."""
    if nested is True or nested is False:
        return bool(nested)
    return "interface {}" in type_name(nested).rpartition("]")[2] or type_name(nested) == "common.Values"
