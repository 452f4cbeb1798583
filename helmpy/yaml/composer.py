"""YAML events to values: anchors, merges, duplicate keys and limits as Go's yaml.v2 has them.

Called by the loader for any document that its line reader leaves alone. It keeps a stack of its own, so depth costs no
recursion. Must not know where the events come from.
"""

from collections.abc import Callable, Iterator
from typing import Any

from helmpy.golang.types import GoError
from helmpy.yaml import resolver
from helmpy.yaml.syntax.cursor import YAMLSyntaxError
from helmpy.yaml.syntax.parser import Event

MAX_DEPTH = 10_000
_MERGE_TAG = resolver.TAG_PREFIX + "merge"
_LOW, _HIGH = 400_000, 4_000_000


class _Anchor:
    """What an anchor names. `weight` counts the decoding steps that one copy takes in Go; 0 while still open."""

    __slots__ = ("value", "weight")

    def __init__(self, value: Any = None, weight: int = 0) -> None:
        self.value = value
        self.weight = weight


class _Frame:
    """One open collection. A mapping waits for a key, then for its value; `merging` means that the key was `<<`."""

    __slots__ = ("anchor", "items", "key", "merging", "start", "wants_key")

    def __init__(self, items: Any, anchor: _Anchor | None, start: int) -> None:
        self.items = items
        self.anchor = anchor
        self.start = start
        self.key: Any = None
        self.wants_key = type(items) is dict
        self.merging = False


def allowed_alias_ratio(steps: int) -> float:
    """The share of decoding steps that may come from aliases in a document of that many steps."""
    if steps <= _LOW:
        return 0.99
    if steps >= _HIGH:
        return 0.10
    return 0.99 - 0.89 * ((steps - _LOW) / (_HIGH - _LOW))


class Composer:
    """Takes the events of one document in order and builds its value.

    `key` turns a decoded key into what the dict shall hold, `number` a number that is no key; both may raise.
    """

    def __init__(self, key: Callable[[Any], Any], number: Callable[[Any], Any]) -> None:
        self._key = key
        self._number = number
        self._repeats: Any = None  # a key that its mapping already had, until its value's line is known
        self.repeated: list[tuple[int, Any]] = []  # (line of the value, key) of each of them
        self._result: Any = None
        self._anchors: dict[str, _Anchor] = {}
        self._frames: list[_Frame] = []
        self._steps = 1
        self._aliased = 0

    def compose(self, events: Iterator[Event]) -> Any:
        """The value of the document. Raises GoError; a syntax error further on goes first, as Go parses before it decodes."""
        handlers = {
            "scalar": self._scalar,
            "mapping": self._mapping,
            "sequence": self._sequence,
            "end": self._close,
            "alias": self._alias,
        }
        try:
            for event in events:
                if self._repeats is not None:
                    self.repeated.append((event.line + 1, self._repeats))
                    self._repeats = None
                handlers[event.kind](event)
        except YAMLSyntaxError:
            raise
        except GoError:
            self._parse_on(events)
            raise
        return self._result

    def _parse_on(self, events: Iterator[Event]) -> None:
        """Look for faults that Go, which parses all before it decodes, would have met first."""
        for event in events:
            self._know_anchor(event)

    def _know_anchor(self, event: Event) -> None:
        if event.kind == "alias" and event.anchor not in self._anchors:
            raise YAMLSyntaxError(f"unknown anchor '{event.anchor}' referenced", 0)
        if event.anchor is not None:
            self._anchors.setdefault(event.anchor, _Anchor())

    def _scalar(self, event: Event) -> None:
        text, tag = event.value, event.tag
        if event.anchor is not None:
            self._anchors.setdefault(event.anchor, _Anchor())  # known before anything is decoded
        if text == "<<" and (event.plain or tag == _MERGE_TAG) and self._frames and self._frames[-1].wants_key:
            frame = self._frames[-1]
            frame.merging, frame.wants_key = True, False
            return
        if self._frames and self._frames[-1].merging:
            raise _no_mapping()
        self._steps += 1
        if tag:
            value = resolver.tagged(tag, text)
        else:
            value = resolver.plain(text) if event.plain else text
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(value, 1)
        self._add(value)

    def _mapping(self, event: Event) -> None:
        self._open({}, event.anchor)

    def _sequence(self, event: Event) -> None:
        self._open([], event.anchor)

    def _open(self, items: Any, name: str | None) -> None:
        if len(self._frames) >= MAX_DEPTH:
            raise GoError(f"yaml: exceeded max depth of {MAX_DEPTH}")
        anchor = None
        if name is not None:
            anchor = self._anchors[name] = _Anchor()
        self._frames.append(_Frame(items, anchor, self._steps))
        self._steps += 1

    def _close(self, _event: Event) -> None:
        frame = self._frames.pop()
        if frame.anchor is not None:
            frame.anchor.value, frame.anchor.weight = frame.items, self._steps - frame.start
        self._add(frame.items)

    def _alias(self, event: Event) -> None:
        anchor = self._anchors.get(event.anchor or "")
        if anchor is None:
            raise YAMLSyntaxError(f"unknown anchor '{event.anchor}' referenced", 0)
        if not anchor.weight:
            raise GoError(f"yaml: anchor '{event.anchor}' value contains itself")
        self._count_alias(anchor.weight)
        if self._frames and self._frames[-1].merging and type(anchor.value) is not dict:
            raise _no_mapping()
        self._add(_copy(anchor.value))

    def _count_alias(self, weight: int) -> None:
        self._steps += 1 + weight
        self._aliased += weight
        share = self._aliased / self._steps
        if self._aliased > 100 and self._steps > 1000 and share > allowed_alias_ratio(self._steps):
            raise GoError("yaml: document contains excessive aliasing")

    def _add(self, value: Any) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.wants_key:
            frame.key, frame.wants_key = self._key(value), False
            if frame.key in frame.items:
                self._repeats = frame.key
            return
        if type(value) is int or type(value) is float:
            value = self._number(value)
        if frame is None:
            self._result = value
        elif type(frame.items) is list:
            frame.items.append(value)
        else:
            if frame.merging:
                _merge(frame.items, value)
            else:
                frame.items[frame.key] = value
            frame.merging, frame.wants_key = False, True


def _merge(into: dict[Any, Any], value: Any) -> None:
    """`<<`: a mapping, or several of which the earlier ones win."""
    parts = [value] if type(value) is dict else value
    if type(parts) is not list or not all(type(part) is dict for part in parts):
        raise _no_mapping()
    for part in reversed(parts):
        into.update(part)


def _no_mapping() -> GoError:
    return GoError("yaml: map merge requires map or sequence of maps as the value")


def _copy(value: Any) -> Any:
    """A copy that shares no collection: Go decodes the target of an alias anew."""
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value
