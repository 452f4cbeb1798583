"""A compiled expression: its type, whether it uses a variable, and how to run it."""

from collections.abc import Mapping
from typing import Any

from cluster_core.apimachinery.cel.checker import check, uses
from cluster_core.apimachinery.cel.errors import CompileError, EvaluationError
from cluster_core.apimachinery.cel.evaluate import BUDGET, compile_node
from cluster_core.apimachinery.cel.parser import parse
from cluster_core.apimachinery.cel.types import Type

CALL_LIMIT = 1_000_000
"""Work that one run may do."""


class Program:
    """Run it as often as wanted; it holds no state."""

    __slots__ = ("_code", "_tree", "type")

    def __init__(self, tree: Any, type: Type) -> None:
        self._tree, self.type = tree, type
        self._code = compile_node(tree)

    def uses(self, name: str) -> bool:
        """Whether the expression refers to a variable."""
        return uses(self._tree, name)

    def run(self, variables: Mapping[str, Any], limit: int = CALL_LIMIT) -> Any:
        """The value; raises EvaluationError."""
        try:
            return self._code({**variables, BUDGET: [limit]})
        except (RecursionError, OverflowError) as error:
            raise EvaluationError(str(error)) from None


def compile_expression(text: str, variables: Mapping[str, Type]) -> Program:
    """Raises CompileError, or InstantiationError if a constant part has no value."""
    tree = parse(text)
    try:
        return Program(tree, check(text, tree, variables))
    except RecursionError:
        from cluster_core.apimachinery.cel.errors import Problem

        raise CompileError(text, [Problem(0, "expression recursion limit exceeded: 250")]) from None
