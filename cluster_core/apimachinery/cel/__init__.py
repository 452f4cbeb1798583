"""The Common Expression Language, as far as Kubernetes speaks it: a small compiler of our own.

`compile_expression(text, variables)` goes through `lexer` and `parser` (a tree of `nodes`, macros as nodes of their own),
`checker` (static types, overloads as declared in `library`) and `evaluate` (closures). Refusals are worded as the original words them,
since API servers show them to users: that, and unsigned and signed numbers kept apart, is why no library stands here.

Used by definitions of custom resources, by custom resources and by admission policies. Knows no Kubernetes object.
"""

from cluster_core.apimachinery.cel.errors import CompileError, CostLimitError, EvaluationError, InstantiationError
from cluster_core.apimachinery.cel.program import Program, compile_expression

__all__ = ["CompileError", "CostLimitError", "EvaluationError", "InstantiationError", "Program", "compile_expression"]
