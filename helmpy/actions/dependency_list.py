"""The dependencies of a chart and whether charts/ has them."""

from dataclasses import dataclass

from helmpy.chart import dependencies, loader


@dataclass(frozen=True, slots=True)
class DependencyList:
    """Rows of name, version range, repository and state, and warnings about strangers in charts/.

    `listed`: whether Chart.yaml has a list of dependencies at all.
    """

    listed: bool

    rows: tuple[tuple[str, str, str, str], ...]
    warnings: tuple[str, ...]


def list_dependencies(path: str) -> DependencyList:
    """What Chart.yaml lists against what is there. Raises ChartError."""
    chart = loader.load(path, any_version=True)
    asked = chart.metadata.dependencies
    rows = ((d.name, d.version, d.repository, dependencies.status(path, d, chart)) for d in asked)
    listed = chart.metadata.lists_dependencies
    return DependencyList(listed, tuple(rows), tuple(dependencies.strays(path, asked)) if listed else ())
