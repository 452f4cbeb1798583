"""Compiled templates, kept in memory and on disk from one run to the next.

Called by `go_dialect`. On disk a chart's templates make one bundle, named by a digest of their texts and of whatever
compiled them; `helmpy.disk_cache` says when it can be trusted. Texts given to `tpl` never reach the disk, since values may
hold secrets.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from helmpy import disk_cache
from helmpy.engine.functions import TABLE
from helmpy.gotemplate.templates import Unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from helmpy.gotemplate.templates import Tree

_MAX_UNITS = 4096
_MAX_BUNDLES = 200
# How long a run compiles for the next one: seconds, and shares of the time that it took itself. A large chart is compiled in
# the course of a few runs.
_LEAST, _MOST = 0.025, 1.0
_MOST_IN_CHILD = 30.0
_LESS, _MORE = 0.25, 0.5  # the former where the run had to read all templates, too

_memory: dict[tuple[str, str], Unit] = {}
_left: "list[Units] | None" = None  # what is left to the end of the process, once `postpone` was called


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
        """Compile for the next run, and write the bundle if there is more to keep than was read; or leave that for later."""
        if self._shelf is None:
            return
        if _left is not None:
            _left.append(self)
            return
        start = time.process_time()
        share = _MORE if self._was_stored else _LESS
        self.compile(start + min(max(_LEAST, start * share), _MOST))
        self.write()

    def finish(self) -> None:
        """Compile and write all that was interpreted, unless another process has just done so."""
        if self._shelf is None:
            return
        self._shelf.claim()
        if self._was_stored or self._shelf.read(self._bundle) is None:
            self.compile(_MOST_IN_CHILD)
            self.write()

    def write(self) -> None:
        """Write the bundle if there is more to keep than was read."""
        units = self.found.values()
        if self._shelf is None or not any(unit.changed for unit in units):
            return
        content = {unit.name: [tree.kept for tree in unit.trees.values()] for unit in units}
        self._shelf.write(self._bundle, content, _MAX_BUNDLES)
        for unit in units:
            unit.changed = False

    def compile(self, end: float) -> None:
        """Compile what was interpreted, until the process has used `end` seconds."""
        for tree in self.interpreted():
            tree.compile()
            if time.process_time() > end:
                return

    def interpreted(self) -> "list[Tree]":
        """The templates that a next run would have to interpret again."""
        return [
            tree
            for unit in self.found.values()
            for tree in unit.trees.values()
            if tree.script is not None and not tree.is_compiled
        ]


def postpone() -> None:
    """Leave compiling and writing to `finish`: for a process that ends when its output is out."""
    global _left
    _left = []


def finish() -> None:
    """Let a child process compile and write what was left, so that nobody waits for it: the next run finds all of it.

    The child has no terminal, no files and little priority, writes each file in one step, and may be killed at any time.
    Where processes cannot be forked, as much is done here as a run does that nobody waits for.
    """
    global _left
    left, _left = _left or [], None
    if not any(units.interpreted() or any(unit.changed for unit in units.found.values()) for units in left):
        return
    if not hasattr(os, "fork"):
        for units in left:
            units.save()
        return
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if os.fork():
            return
    except OSError:
        return
    try:
        _detach()
        for units in left:
            units.finish()
    finally:
        os._exit(0)


def _detach() -> None:
    """Be no part of what the caller waits for: its terminal, its pipes, its locked files."""
    os.setsid()
    os.nice(10)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.closerange(3, 1024)


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
