"""Finding and loading the chart that a command names: a folder, an archive, REPO/NAME, a URL, an OCI reference."""

import os

from helmpy import log
from helmpy.actions.chart_source import ChartSource
from helmpy.chart import loader
from helmpy.chart.metadata import Dependency
from helmpy.chart.model import Chart
from helmpy.errors import ChartError, HelmpyError


def locate(reference: str, source: ChartSource) -> str:
    """The absolute path of the chart, downloaded into the cache if need be. Raises HelmpyError."""
    reference = reference.strip()
    if not source.repo:
        if os.path.exists(reference):
            path = os.path.abspath(reference)
            if source.verify:
                from helmpy.chart import provenance

                provenance.verify_file(path, source.keyring)
            return path
        if os.path.isabs(reference) or reference.startswith("."):
            raise ChartError(f'path "{reference}" not found')
    from helmpy.repo import downloader

    return downloader.locate(reference, source)


def load(path: str, source: ChartSource, installing: bool = True) -> Chart:
    """Load a chart to install: installable, its dependencies there (updated first with `--dependency-update`).

    An upgrade (`installing` false) takes library charts too, as Helm's does.
    """
    chart = loader.load(path)
    check_installable(chart, installing)
    if chart.metadata.deprecated:
        log.warn("this chart is deprecated")
    try:
        check_dependencies(chart, chart.metadata.dependencies)
    except ChartError as error:
        if not source.dependency_update:
            raise _incomplete(error) from error
        chart = _updated(path, source)
    return chart


def check_installable(chart: Chart, installing: bool = True) -> None:
    """Raise ChartError for library charts (when installing), and for charts of the next apiVersion.

    Helm 4 reads the latter but does not install them, and trips over subcharts that Chart.yaml does not list.
    """
    if installing and chart.metadata.type not in ("", "application"):
        raise ChartError(f"{chart.metadata.type} charts are not installable")
    if chart.metadata.api_version == "v3":
        if len(chart.dependencies) > len(chart.metadata.dependencies):
            raise _incomplete("unsupported chart dependency type")
        raise ChartError("invalid chart apiVersion")


def _incomplete(reason: object) -> ChartError:
    return ChartError(
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' "
        f"to fetch missing dependencies: {reason}"
    )


def check_dependencies(chart: Chart, wanted: list[Dependency]) -> None:
    """Raise ChartError for dependencies that Chart.yaml lists and charts/ lacks."""
    have = {sub.name for sub in chart.dependencies}
    missing = [dependency.name for dependency in wanted if dependency.name not in have]
    if missing:
        raise ChartError(f"found in Chart.yaml, but missing in charts/ directory: {', '.join(missing)}")


def _updated(path: str, source: ChartSource) -> Chart:
    from helmpy.actions import dependency_update

    dependency_update.update_for_install(path, source)
    try:
        return loader.load(path)
    except HelmpyError as error:
        raise ChartError(f"failed reloading chart after repo update: {error}") from error
