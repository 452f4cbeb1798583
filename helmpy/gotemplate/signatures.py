"""What a function's signature asks of its arguments, as far as that is known before anything runs.

Called by `compiler` and `evaluation`.
"""

from helmpy.golang.function import Function
from helmpy.gotemplate import nodes
from helmpy.gotemplate.arguments import GO_NAMES


def constant_of(node: nodes.Node) -> tuple[object, str]:
    """A literal's value where no type is asked for, or the complaint that it has none."""
    if isinstance(node, (nodes.Bool, nodes.String)):
        return node.value, ""
    assert isinstance(node, nodes.Number)
    if node.complex_value is not None:
        return node.complex_value, ""
    if node.float_value is not None and _looks_float(node.text):
        return node.float_value, ""
    return (None, f"{node.text} overflows int") if node.int_value is None else (node.int_value, "")


def _looks_float(text: str) -> bool:
    is_hex = len(text) > 2 and text[:2] in ("0x", "0X") and not any(char in "pP" for char in text)
    return not is_hex and text[0] != "'" and any(char in ".eEpP" for char in text)


def is_result(pipe: nodes.Pipe) -> bool:
    """Whether a pipeline's value comes from a function, which hands out a copy of a struct instead of its place."""
    first = pipe.commands[-1].args[0]
    if isinstance(first, nodes.Pipe):
        return is_result(first)
    return isinstance(first, nodes.Identifier) and first.name not in ("and", "or", "index")


def literal_for(type_: str, node: nodes.Bool | nodes.Number | nodes.String) -> tuple[object, str]:
    """A literal's value as a Go type, or the complaint that it is none."""
    if type_ == "string":
        return (node.value, "") if isinstance(node, nodes.String) else (None, f"expected string; found {node}")
    if type_ == "bool":
        return (node.value, "") if isinstance(node, nodes.Bool) else (None, f"expected bool; found {node}")
    if type_ in ("int", "int64", "int32", "duration"):
        value = node.int_value if isinstance(node, nodes.Number) else None
        return value, "" if value is not None else f"expected integer; found {node}"
    if type_ in ("uint", "uint8", "uint32", "uint64"):
        value = node.uint_value if isinstance(node, nodes.Number) else None
        return value, "" if value is not None else f"expected unsigned integer; found {node}"
    if type_ == "float64":
        number = node.float_value if isinstance(node, nodes.Number) else None
        return number, "" if number is not None else f"expected float; found {node}"
    return None, f"can't handle {node} for arg of type {GO_NAMES.get(type_, type_)}"


def arity_error(function: Function, explicit: int, piped: bool) -> str:
    """The complaint about the number of arguments, "" when it is right."""
    params = function.params
    if params and params[-1].startswith("..."):
        wanted = len(params) - 1
        few = explicit + piped < wanted
        return f"wrong number of args for {function.name}: want at least {wanted} got {explicit}" if few else ""
    given = explicit + piped
    return "" if given == len(params) else f"wrong number of args for {function.name}: want {len(params)} got {given}"


def parameter_types(function: Function, count: int) -> list[str]:
    """The type of each of `count` arguments."""
    params = function.params
    if not (params and params[-1].startswith("...")):
        return list(params)
    fixed = list(params[:-1])
    return (fixed + [params[-1][3:]] * (count - len(fixed)))[:count]
