"""On which line of a YAML document each field stands.

Called by `check` and by explanations of faults. Must not judge what the document says.
"""

from dataclasses import dataclass

from helmpy.golang.types import go_bytes
from helmpy.yaml.syntax.parser import Event, events

FieldPath = tuple[str | int, ...]


@dataclass(slots=True)
class _Open:
    """A collection that is being read; `key` waits for its value."""

    path: FieldPath
    is_map: bool
    key: Event | None = None
    items: int = 0

    def place(self, event: Event, found: dict[FieldPath, int]) -> FieldPath:
        """Note the line of what comes next, and say where it belongs."""
        if not self.is_map:
            self.items += 1
            path: FieldPath = (*self.path, self.items - 1)
            found[path] = event.line + 1
            return path
        if self.key is None:
            self.key = event
            found[(*self.path, event.value)] = event.line + 1
            return (*self.path, event.value)
        path = (*self.path, self.key.value)
        if event.kind in ("scalar", "alias") and event.value:
            found[path] = event.line + 1
        self.key = None
        return path


def field_lines(text: str) -> dict[FieldPath, int]:
    """Path of every field and list item -> its line (from 1); of a scalar, the line of its value. Raises GoError."""
    found: dict[FieldPath, int] = {(): 1}
    open_: list[_Open] = []
    for event in events(go_bytes(text)):
        if event.kind == "end":
            open_.pop()
            continue
        path = open_[-1].place(event, found) if open_ else ()
        if event.kind in ("mapping", "sequence"):
            found.setdefault(path, event.line + 1)
            open_.append(_Open(path, event.kind == "mapping"))
    return found


def line_of(lines: dict[FieldPath, int], path: FieldPath) -> int:
    """The line of a field, or of the nearest thing around it that is there."""
    while path not in lines:
        path = path[:-1]
    return lines[path]
