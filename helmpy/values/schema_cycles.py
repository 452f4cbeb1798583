"""References of a JSON Schema that lead back to themselves before anything is checked.

Called by `schema`: the library behind it takes such a schema for one that allows everything.
"""

from helmpy.annotations import Any


def of_root(document: Any, location: str) -> str:
    """The fault of a schema whose own `$ref` ends in a circle, as Helm words it; empty if it does not."""
    seen: dict[str, str] = {}
    pointer, path = "", ""
    while pointer not in seen:
        seen[pointer] = path
        schema = _at(document, pointer)
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            return ""
        pointer, path = reference[1:], f"{path}/$ref"
    return f"- at '': both {path} and {seen[pointer]} resolve to \"{location}#{pointer}\" causing reference cycle\n"


def _at(document: Any, pointer: str) -> Any:
    """What a JSON pointer names; None if there is nothing."""
    from urllib.parse import unquote

    for part in unquote(pointer).split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        else:
            document = document.get(key) if isinstance(document, dict) else None
    return document
