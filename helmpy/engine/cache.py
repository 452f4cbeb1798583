"""Compiled templates, kept in memory and on disk from one run to the next.

Called by `go_dialect`. On disk a chart's templates make one bundle, named by a digest of their texts and of whatever
compiled them; `helmpy.disk_cache` says when it can be trusted. Texts given to `tpl` never reach the disk, since values may
hold secrets.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from helmpy import disk_cache
from helmpy.engine.functions import TABLE
from helmpy.gotemplate.templates import Unit

_MAX_UNITS = 4096
_MAX_BUNDLES = 200
# How long a run compiles for the next one: seconds, and shares of the time that it took itself. A large chart is compiled in
# the course of a few runs.
_LEAST, _MOST = 0.025, 1.0
_LESS, _MORE = 0.25, 0.5  # the former where the run had to read all templates, too

_memory: dict[tuple[str, str], Unit] = {}


class Units:
    """The units of one chart's texts, parsed at most once."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        self.texts = dict(texts)
        self.found: dict[str, Unit] = {}
        self._shelf: disk_cache.Shelf | None = None
        self._bundle = ""
        self._was_stored = False
        if any(text not in _memory for text in texts):
            self._shelf = disk_cache.Shelf.of("templates")
            self._bundle = _name(texts) if self._shelf else ""
            stored = self._shelf.read(self._bundle) if self._shelf else None
            self._was_stored = stored is not None
            for name, trees in (stored or {}).items():
                self.found[name] = Unit.restored(name, self.texts[name], TABLE, trees)

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
        """Write the bundle if there is more to keep than was read."""
        units = self.found.values()
        if self._shelf is None:
            return
        self._compile()
        if not any(unit.changed for unit in units):
            return
        content = {unit.name: [tree.kept for tree in unit.trees.values()] for unit in units}
        self._shelf.write(self._bundle, content, _MAX_BUNDLES)
        for unit in units:
            unit.changed = False

    def _compile(self) -> None:
        """Compile what was interpreted, for the next run, for as long as this run may take longer than it must."""
        start = time.process_time()
        share = _MORE if self._was_stored else _LESS
        end = start + min(max(_LEAST, start * share), _MOST)
        for unit in self.found.values():
            for tree in unit.trees.values():
                tree.compile()
                if time.process_time() > end:
                    return


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
