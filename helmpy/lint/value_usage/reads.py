"""What the walk saw being read. Paths may hold ANY. Must not judge."""

from dataclasses import dataclass, field

from helmpy.lint.value_usage.atoms import ANY, At, Context, Data, Path, within


@dataclass(slots=True)
class Reads:
    """`whole`: printed or handed to a function, with all below it; `touched`: only asked for (if, with, default).

    `places` says where in a template a path was printed first, FILE:LINE:COLUMN. `written` are paths that templates set.
    """

    whole: set[Path] = field(default_factory=set)
    touched: set[Path] = field(default_factory=set)
    written: set[Path] = field(default_factory=set)
    places: dict[Path, str] = field(default_factory=dict)

    def use(self, data: Data, place: str) -> None:
        """A value is used as it is, whatever it holds. One that may be several things has no place."""
        certain = len(data) == 1
        for atom in within(data):
            path = atom.scope if isinstance(atom, Context) else atom.path
            self.whole.add(path)
            if place and certain and isinstance(atom, At):
                self.places.setdefault(path, place)

    def touch(self, data: Data) -> None:
        """Somebody asks whether a value is there."""
        self.touched |= {atom.path for atom in data if isinstance(atom, At)}

    def covers(self, path: Path) -> bool:
        """Whether the value at a path may be read: itself, with something around it, or something below it."""
        if any(_fits(read, path[: len(read)]) for read in self.whole):
            return True
        return any(_fits(read[: len(path)], path) for read in (*self.touched, *self.whole))

    def is_asked_for(self, path: Path) -> bool:
        """Whether templates can cope with the value being absent: somewhere it, or what is around it, is only asked for."""
        return any(_fits(read, path[: len(read)]) for read in (*self.touched, *self.written))


def _fits(pattern: Path, path: Path) -> bool:
    return len(pattern) == len(path) and all(
        one in (ANY, other) or other == ANY for one, other in zip(pattern, path, strict=True)
    )
