"""Errors of the template language, with the texts of text/template.

GoError
├─ ParseError     "template: NAME:LINE: …"
├─ OperationError        an operation of the language itself went wrong; the place is still unknown
└─ ExecError      "template: NAME:LINE:COL: executing …"; `wrapped` is the error of the function that was called, if any
"""

from helmpy.golang.types import GoError


class ParseError(GoError):
    """A template text that is not valid."""


class OperationError(GoError):
    """An operation went wrong; `wrapped` is an error that it passes on (text included)."""

    def __init__(self, text: str, wrapped: GoError | None = None) -> None:
        super().__init__(text)
        self.wrapped = wrapped


class ExecError(GoError):
    """Execution failed at a place in a template.

    The text is put together on demand: a deep chain of includes would otherwise copy it at every level.
    """

    def __init__(self, text: str, wrapped: BaseException | None = None) -> None:
        super().__init__(text)
        self.own = text
        self.wrapped = wrapped

    def __str__(self) -> str:
        pieces = []
        error: BaseException | None = self
        while isinstance(error, ExecError):
            pieces.append(error.own)
            error = error.wrapped
        if error is not None:
            pieces.append(str(error))
        return "".join(pieces)
