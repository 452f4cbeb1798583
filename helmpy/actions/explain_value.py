"""Where a value comes from: who set it last, and whom that overrode."""

from dataclasses import dataclass
from typing import Any

from helmpy.actions import rendering
from helmpy.chart.model import Chart
from helmpy.values import merge, provenance, sources
from helmpy.values.sources import Read, ValueSources


@dataclass(frozen=True, slots=True)
class Explained:
    """The value of a path as templates see it (`found` False: nobody sets it), and its sources, the strongest first."""

    path: str
    value: Any
    found: bool
    sources: tuple[tuple[str, Any], ...]


def explain(chart: Chart, given: ValueSources, path: str, read: Read) -> Explained:
    """Explain one path ("image.tag", "sub.replicas"). Raises HelmpyError."""
    user = sources.merge(given, read=read)
    rendering.process_dependencies(chart, user)
    found, value = provenance.look_up(merge.coalesce(chart, user), tuple(path.split(".")))
    who = provenance.explain(chart, given, path, read=read)
    return Explained(path, value, found, tuple(reversed(who)))
