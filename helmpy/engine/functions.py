"""Every function that a Go template of a chart may call, and those that belong to one run: include, tpl, required and others.

Called by `go_dialect`. The families of helmpy.functions are imported one by one, when a template first uses them.
"""

from helmpy.functions import registry
from helmpy.golang.function import Function
from helmpy.gotemplate.builtins import BUILTINS


def _absent(*values: object) -> str:
    return ""


# Signatures of the functions that each run brings along (their calls are bound by `go_dialect`).
SIGNATURES = {
    "include": Function("include", _absent, ("string", "any"), "string"),
    "tpl": Function("tpl", _absent, ("string", "any"), "string"),
    "required": Function("required", _absent, ("string", "any"), "any"),
    "fail": Function("fail", _absent, ("string",), "string"),
    "lookup": Function("lookup", _absent, ("string", "string", "string", "string"), "map[string]any"),
    "getHostByName": Function("getHostByName", _absent, ("string",), "string"),
}


class FunctionTable:
    """Names to functions."""

    def __contains__(self, name: object) -> bool:
        return name in SIGNATURES or name in registry.FAMILIES or name in BUILTINS

    def get(self, name: str) -> Function | None:
        """The function of that name, imported now if need be. Sprig's `slice` hides Go's."""
        return SIGNATURES.get(name) or registry.get(name) or BUILTINS.get(name)


TABLE = FunctionTable()
