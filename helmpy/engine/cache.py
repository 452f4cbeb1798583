"""Compiled templates, kept in memory and on disk from one run to the next.

Called by `go_dialect`. On disk a chart's templates make one bundle, named by a digest of their texts and of whatever
compiled them; `helmpy.disk_cache` says when it can be trusted. Texts given to `tpl` never reach the disk, since values may
hold secrets.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from helmpy import disk_cache
from helmpy.engine.functions import TABLE
from helmpy.gotemplate.templates import Unit, kept_shapes

_MAX_UNITS = 4096
_MAX_BUNDLES = 200
_SMALL = 50_000  # characters of a chart whose templates are compiled for the next run, which then needs no interpreter

_memory: dict[tuple[str, str], Unit] = {}


class Units:
    """The units of one chart's texts, parsed at most once."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        self.texts = dict(texts)
        self.found: dict[str, Unit] = {}
        self._shelf: disk_cache.Shelf | None = None
        self._bundle = ""
        if any(text not in _memory for text in texts):
            self._shelf = disk_cache.Shelf.of("templates")
            self._bundle = _name(texts) if self._shelf else ""
            stored = self._shelf.read(self._bundle) if self._shelf else None
            shapes, trees_by_name = stored or ({}, {})
            for name, trees in trees_by_name.items():
                self.found[name] = Unit.restored(name, self.texts[name], TABLE, trees, shapes)

    def get(self, name: str) -> Unit:
        """The unit of a text. Raises ParseError."""
        key = (name, self.texts[name])
        unit = _memory.get(key)
        if unit is None:
            unit = self.found.get(name) or Unit.parsed(*key, TABLE)
            _remember(key, unit)
        self.found[name] = unit
        return unit

    def save(self) -> None:
        """Write the bundle if anything was parsed or compiled since it was read."""
        units = self.found.values()
        if self._shelf is None or not any(unit.changed for unit in units):
            return
        if sum(map(len, self.texts.values())) <= _SMALL:
            for unit in units:
                unit.compile()
        trees = {unit.name: [tree.kept for tree in unit.trees.values()] for unit in units}
        self._shelf.write(self._bundle, (kept_shapes(units), trees), _MAX_BUNDLES)
        for unit in units:
            unit.changed = False


def _remember(key: tuple[str, str], unit: Unit) -> None:
    if len(_memory) >= _MAX_UNITS:
        _memory.clear()
    _memory[key] = unit


@contextmanager
def units(texts: Sequence[tuple[str, str]]) -> Iterator[Units]:
    """The units of a chart's (name, text) pairs; what was compiled meanwhile is kept afterwards."""
    known = Units(texts)
    try:
        yield known
    finally:
        known.save()


def tpl_unit(name: str, text: str) -> Unit:
    """The unit of a text given to `tpl`: charts pass the same few over and over. Raises ParseError."""
    key = (name, text)
    unit = _memory.get(key)
    if unit is None:
        unit = Unit.parsed(name, text, TABLE)
        _remember(key, unit)
    return unit


def _name(texts: Sequence[tuple[str, str]]) -> str:
    """A digest of the texts and of what turns them into code."""
    digest = disk_cache.blake2b()(_compiler_state(), digest_size=20)
    for name, text in texts:
        for part in (name, text):
            data = part.encode("utf-8", "surrogateescape")
            digest.update(len(data).to_bytes(8, "little"))
            digest.update(data)
    return str(digest.hexdigest())


def _compiler_state() -> bytes:
    """Python's version, and the size and time of every source that shapes the code."""
    from helmpy import __version__, functions, gotemplate

    state = [__version__, sys.version, sys.implementation.cache_tag or ""]
    for package in (gotemplate, functions):
        state += disk_cache.sources_state(package.__path__[0])
    return "\n".join(state).encode()
