"""The command line: a file per command, read by click; `fast` is a short way for hot ones."""

HOT = ("template",)
"""Commands whose flags are read without click."""
