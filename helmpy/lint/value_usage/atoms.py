"""The abstract data of the walk.

A value is a set of atoms, each of them one thing that it may be; the empty set is anything that holds no values (text, numbers,
`.Chart`). Must not know about templates.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

Path = tuple[str, ...]
ANY = "*"
"""The name of a key that is not known."""


_METHODS = ("AsMap", "YAML")
"""Methods of `.Values` that hand out all of them."""


class At(NamedTuple):
    """The value at a path of the root chart's values."""

    path: Path


class Context(NamedTuple):
    """The top-level context of the chart whose values are at `scope`."""

    scope: Path


class Subcharts(NamedTuple):
    """`.Subcharts` of the chart at `scope`."""

    scope: Path


class Constant(NamedTuple):
    """A text that the template itself gives."""

    text: str


class Record(NamedTuple):
    """A dict or list that the template made; keys that are not known (and those of lists) are ANY."""

    entries: "frozenset[tuple[str, Data]]"


Atom = At | Context | Subcharts | Constant | Record
Data = frozenset[Atom]
NOTHING: Data = frozenset()


def record(entries: Mapping[str, Data]) -> Data:
    """A dict with these entries."""
    return frozenset({Record(frozenset(entries.items()))})


def union(values: Iterable[Data]) -> Data:
    """Any of these values."""
    return frozenset(atom for value in values for atom in value)


def constants(data: Data) -> list[str]:
    """The texts that a value may be, as far as they are known."""
    return [atom.text for atom in data if isinstance(atom, Constant)]


def within(data: Data) -> Iterator[At | Context]:
    """Every path and context in a value, also inside of records."""
    for atom in data:
        if isinstance(atom, Record):
            for _, entry in atom.entries:
                yield from within(entry)
        elif isinstance(atom, (At, Context)):
            yield atom


def field(data: Data, name: str, scopes: frozenset[Path]) -> Data:
    """What `.name` of a value may be. Globals of a subchart (a path of `scopes`) are those of the root."""
    return union(_field(atom, name, scopes) for atom in data)


def _field(atom: Atom, name: str, scopes: frozenset[Path]) -> Data:
    if isinstance(atom, At):
        if atom.path in scopes and name in _METHODS:
            return frozenset({atom})
        if name == "global" and atom.path in scopes:
            return frozenset({At((name,))})
        return frozenset({At((*atom.path, name))})
    if isinstance(atom, Context):
        if name == "Values":
            return frozenset({At(atom.scope)})
        return frozenset({Subcharts(atom.scope)}) if name == "Subcharts" else NOTHING
    if isinstance(atom, Subcharts):
        return frozenset({Context((*atom.scope, name))})
    if isinstance(atom, Record):
        return union(entry for key, entry in atom.entries if name in (key, ANY) or key == ANY)
    return NOTHING


def element(data: Data, scopes: frozenset[Path]) -> Data:
    """What an item of a list or an entry of a map may be."""
    return field(data, ANY, scopes)
