"""What the system says about a file, as an error of a chart."""

from helmpy.errors import ChartError


def os_error(operation: str, path: str, error: OSError) -> ChartError:
    """An error of the system in Go's words: "open x: no such file or directory"."""
    return ChartError(f"{operation} {path}: {(error.strerror or str(error)).lower()}")
