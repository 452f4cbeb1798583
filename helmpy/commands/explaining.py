"""`--explain-errors`: behind Helm's message, which template line and whose value brought an error about.

`explained` goes around what a command does. Explanations are given with the flag, with HELMPY_EXPLAIN=1, and by default on a
terminal; never in between Helm's own lines. Nothing is imported for it unless a command fails.
"""

import os
import sys
from functools import wraps

from helmpy.errors import HelmpyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def explained(run: "Callable[..., None]") -> "Callable[..., None]":
    """A command's function whose errors carry an explanation as a note."""

    @wraps(run)
    def running(args: list[str], **params: "Any") -> None:
        try:
            run(args, **params)
        except HelmpyError as error:
            if _wanted(params.get("explain_errors")):
                _explain(error, params)
            raise

    return running


def _wanted(flag: "bool | None") -> bool:
    if flag is not None:
        return flag
    variable = os.environ.get("HELMPY_EXPLAIN", "")
    if variable:
        return variable.lower() not in ("0", "f", "false", "no", "off")
    return sys.stderr.isatty()


def _explain(error: HelmpyError, flags: "dict[str, Any]") -> None:
    from helmpy.actions import explain_error
    from helmpy.commands import parameters

    text = explain_error.explain(error, parameters.value_sources(dict(flags)), parameters.read_source)
    if text:
        error.add_note(f"\n{text}")
