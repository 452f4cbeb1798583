"""What a template function is: a Python callable with the Go signature that the real one has.

Made by helmpy.functions, helmpy.gotemplate.builtins and helmpy.engine; called by the template runtime, which checks the
number and the types of the arguments first. Must not import anything of helmpy.
"""

from collections.abc import Callable

from helmpy.annotations import Any


class Function:
    """One function as templates see it (treat as immutable).

    `params` are Go parameter types: "string", "int", "int64", "float64", "bool", "any" (interface {}), "[]any",
    "map[string]any", "[]string", "map[string]string", "time" …; the last may be variadic ("...any"). `returns` is the Go
    type of the result in the same notation. `call` takes positional arguments and raises GoError for a returned error or
    a panic.
    """

    __slots__ = ("call", "name", "params", "returns")

    def __init__(self, name: str, call: Callable[..., Any], params: tuple[str, ...] = (), returns: str = "any") -> None:
        self.name = name
        self.call = call
        self.params = params
        self.returns = returns

    def __repr__(self) -> str:
        return f"Function({self.name!r}, {self.params!r} -> {self.returns!r})"
