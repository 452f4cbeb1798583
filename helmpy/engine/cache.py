"""Parsed and compiled templates, kept from one run to the next.

Called by `go_dialect`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from helmpy.engine.functions import TABLE
from helmpy.gotemplate.templates import Unit


class Units:
    """The units of the texts of one chart."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        self.texts = dict(texts)

    def get(self, name: str) -> Unit:
        """The unit of a text. Raises ParseError."""
        return Unit.parsed(name, self.texts[name], TABLE)


@contextmanager
def units(texts: Sequence[tuple[str, str]]) -> Iterator[Units]:
    """The units of a chart's (name, text) pairs."""
    yield Units(texts)
