"""What can go wrong with an expression.

CelError
├── CompileError        the text does not parse or its types do not fit: several problems, each with its place
├── InstantiationError  a constant part cannot be converted
└── EvaluationError     a value does not fit at run time
    └── CostLimitError  too much work
"""

from typing import NamedTuple


class Problem(NamedTuple):
    """One problem; `offset` counts characters of the source."""

    offset: int
    message: str


class CelError(Exception):
    """Base of all."""


class CompileError(CelError):
    """Shows each problem with its line of the source and a pointer below."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.offset)
        super().__init__("\n".join(_shown(source, problem) for problem in self.problems))


class InstantiationError(CelError):
    """A constant argument of a conversion is no such value."""


class EvaluationError(CelError):
    """The message is what the original says, for example `no such key: a`."""


class CostLimitError(EvaluationError):
    """The expression does more work than one call may."""

    def __init__(self) -> None:
        super().__init__("operation cancelled: actual cost limit exceeded")


def no_overload() -> EvaluationError:
    """Operands that no operator or function takes."""
    return EvaluationError("no such overload")


def _shown(source: str, problem: Problem) -> str:
    before = source[: problem.offset]
    line_start = before.rfind("\n") + 1
    line, column = before.count("\n") + 1, problem.offset - line_start
    text = source[line_start:].partition("\n")[0].replace("\t", " ")
    pointer = "." * column + "^"
    return f"ERROR: <input>:{line}:{column + 1}: {problem.message}\n | {text}\n | {pointer}"
