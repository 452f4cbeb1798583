"""Any object: its fields as a tree, names spelled out, as kubectl describes kinds that it does not know."""

from typing import Any

from helmpy.actions.describe.context import Context
from helmpy.actions.describe.pods import heading, marks
from helmpy.actions.describe.writer import Writer

SHOWN = frozenset({"name", "namespace", "labels", "annotations", "managedFields"})


def general(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """An object of any kind."""
    heading(w, obj)
    marks(w, obj)
    w.field(0, "API Version", obj.get("apiVersion", ""))
    w.field(0, "Kind", obj.get("kind", ""))
    w.line(0, "Metadata:")
    _tree(w, 1, {key: value for key, value in obj["metadata"].items() if key not in SHOWN})
    _tree(w, 0, {key: value for key, value in obj.items() if key not in ("apiVersion", "kind", "metadata")})


def _tree(w: Writer, level: int, fields: dict[str, Any]) -> None:
    for key in sorted(fields):
        value, label = fields[key], spelled(key)
        if isinstance(value, dict):
            w.line(level, f"{label}:")
            _tree(w, level + 1, value)
        elif isinstance(value, list):
            w.line(level, f"{label}:")
            for item in value:
                if isinstance(item, dict):
                    _tree(w, level + 1, item)
                else:
                    w.line(level + 1, item)
        else:
            w.field(level, label, value)


def spelled(name: str) -> str:
    """ "clusterIPs" → "Cluster I Ps", as kubectl splits names; known abbreviations stay whole."""
    words: list[str] = []
    for letter in name:
        if words and letter.isupper() and not (words[-1][-1:].isupper()):
            words.append(letter)
        elif words:
            words[-1] += letter
        else:
            words.append(letter.upper())
    return " ".join(words).replace("Api Version", "API Version").replace("Uid", "UID").replace("Url", "URL")
