"""Which template line wrote a faulty line, and whose value it is.

Called by the actions and the lint rule that report `Problem`s, and by explanations of errors. Works on source maps and
provenance, which both were made for a rendering that is done; it renders nothing itself.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from helmpy.engine.origins import Origin, SourceMap, values_read
from helmpy.schemas.positions import FieldPath
from helmpy.values import provenance
from helmpy.values.provenance import Parts, Setters

if TYPE_CHECKING:
    from helmpy.schemas.check import Problem


class Cause(NamedTuple):
    """A value that went into a line: its path, and who set it ("-f prod.yaml"; empty if nobody did)."""

    path: Parts
    source: str

    def __str__(self) -> str:
        return f"{self.source or 'not set:'} {'.'.join(self.path)}"


class Message(NamedTuple):
    """Where (FILE:LINE of the template) and what."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class Blame:
    """Answers for one rendering: its source maps, the values it used, and who set them (None: not known)."""

    def __init__(self, maps: Mapping[str, SourceMap], values: Mapping[str, Any], setters: Setters | None) -> None:
        self.maps = maps
        self._values = values
        self._setters = setters

    def origins(self, file: str, line: int) -> list[Origin]:
        """The template places behind a line of a rendered file."""
        found = self.maps.get(file)
        return found.origins(line) if found is not None else []

    def causes(self, origins: Sequence[Origin], field: FieldPath = ()) -> list[Cause]:
        """The values behind a line, as precisely as the field tells."""
        paths = [provenance.refined(self._values, path, field) for path in values_read(origins)]
        return [self.cause(path) for path in paths]

    def cause(self, path: Parts) -> Cause:
        """A value and who set it."""
        return Cause(path, self._setters.last(path) if self._setters else "")

    def value(self, path: Parts) -> Any:
        """What the rendering had there; None for nothing."""
        return provenance.look_up(self._values, path)[1]

    def message(self, problem: "Problem", root: str) -> "Message":
        """A problem in words; `root` is the name of the chart, whose folder the place leaves out."""
        origins = self.origins(problem.file, problem.line)
        place = f"{problem.file.removeprefix(root + '/')}:{origins[0].line if origins else problem.line}"
        subject = f'{problem.kind or "object"} "{problem.name}"' if problem.name else problem.kind or "object"
        text = f"{subject}: " + (f"{problem.field}: " if problem.path else "") + problem.text
        if len(origins) > 1:
            text += f", written by {origins[-1].location.removeprefix(root + '/')}"
        causes = [cause for cause in self.causes(origins, problem.path) if cause.source]
        if problem.kind == "Secret":
            causes = [Cause(cause.path, provenance.without_value(cause.source)) for cause in causes]
        return Message(place, f"{text} (from values: {', '.join(map(str, causes))})" if causes else text)
