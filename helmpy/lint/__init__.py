"""Checks of a chart: `helm lint`.

`linter` runs the rules and words the result; each rule file holds the rules about one thing, as functions that return a
complaint or nothing, and a table that says which run in which order, with what severity. `run` is the way in.
"""

from helmpy.lint.linter import LintResult, run
from helmpy.lint.report import Message, Severity

__all__ = ["LintResult", "Message", "Severity", "run"]
