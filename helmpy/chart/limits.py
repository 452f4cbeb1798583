"""How much a chart may hold. Every reader of charts spends from one `Budget`, so that a small archive cannot fill the memory."""

from helmpy.errors import ChartError

MAX_CHART_BYTES = 100 << 20
MAX_FILE_BYTES = 5 << 20
MAX_MEMBERS = 20_000
MAX_DEPTH = 50
"""Charts inside charts."""


class Budget:
    """The bytes that may still be read: one budget for a chart and every archive inside it."""

    __slots__ = ("_remaining",)

    def __init__(self, size: int = MAX_CHART_BYTES) -> None:
        self._remaining = size

    def take(self, size: int) -> None:
        """Spends bytes; raises ChartError if there are not as many left."""
        if size > self._remaining:
            raise ChartError(f"decompressed chart is larger than the maximum size {MAX_CHART_BYTES}")
        self._remaining -= size


def check_file(name: str, size: int) -> None:
    """Raises ChartError for a file that is too large to be part of a chart."""
    if size > MAX_FILE_BYTES:
        raise ChartError(f'decompressed chart file "{name}" is larger than the maximum file size {MAX_FILE_BYTES}')
