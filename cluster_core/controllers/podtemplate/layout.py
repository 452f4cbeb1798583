"""The Go structs behind a PodTemplateSpec: order, names and types of their fields.

`layout.txt` holds one type per line: `=Name underlying` for a named scalar, list or map, and
`Name Field:GoType:jsonName ...` for a struct, where `!` after the JSON name means "written even when zero" and a missing
JSON name means "inlined". Pointers, slices and maps are spelled as in Go. Read once, on first use.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple


class Field(NamedTuple):
    """One field of a struct. `json` is "" for an inlined struct; `required` fields appear in JSON even when zero."""

    name: str
    type: str
    json: str
    required: bool


@cache
def structs() -> dict[str, tuple[Field, ...]]:
    """Every struct by its Go name, fields in order of declaration."""
    return _tables()[0]


@cache
def named() -> dict[str, str]:
    """Named types that are not structs -> what they are, such as "PullPolicy" -> "string"."""
    return _tables()[1]


@cache
def _tables() -> tuple[dict[str, tuple[Field, ...]], dict[str, str]]:
    all_structs: dict[str, tuple[Field, ...]] = {}
    all_named: dict[str, str] = {}
    for line in Path(__file__).with_name("layout.txt").read_text("utf-8").splitlines():
        name, *rest = line.split()
        if name.startswith("="):
            all_named[name[1:]] = rest[0]
        else:
            all_structs[name] = tuple(map(_field, rest))
    return all_structs, all_named


def _field(text: str) -> Field:
    name, go_type, json = text.rsplit(":", 2)
    return Field(name, go_type, json.rstrip("!"), json.endswith("!"))
