"""Dotted paths into values, as conditions, import-values and `.Values.Table` read them.

Must not change values.
"""

from helmpy.annotations import Any


class NoValueError(Exception):
    """Nothing of the wanted kind lies at the path; the message is Helm's."""


def table(values: dict[str, Any], path: str) -> dict[str, Any]:
    """The mapping at "a.b". Raises NoValueError, naming the part that is missing."""
    found = values
    for name in path.split("."):
        below = found.get(name)
        if not isinstance(below, dict):
            raise NoValueError(f'"{name}" is not a table')
        found = below
    return found


def value(values: dict[str, Any], path: str) -> Any:
    """The value at "a.b", which must be there and no mapping. Raises NoValueError."""
    if not path:
        raise NoValueError("YAML path cannot be empty")
    above, _, name = path.rpartition(".")
    try:
        found = table(values, above) if above else values
    except NoValueError:
        found = {}
    if name not in found or isinstance(found[name], dict):
        raise NoValueError(f'"{name}" is not a value')
    return found[name]
