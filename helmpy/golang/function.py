"""What the template runtime needs to know of a callable: its name, its Go parameter types and its result.

Made by `helmpy.functions`, `helmpy.gotemplate.builtins` and `helmpy.engine`; read by the template runtime, which checks
the count and the types of the arguments as reflect does before it calls. Must not import anything of helmpy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Function:
    """One template function.

    `params` are Go parameter types ("string", "int", "any", "map[string]any", …); the last may be variadic ("...any").
    `call` takes positional Python values and raises GoError for a returned error or a panic.
    """

    name: str
    call: Callable[..., Any]
    params: tuple[str, ...]
    returns: str
