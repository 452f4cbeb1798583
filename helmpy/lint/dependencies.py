"""Rules about what a chart says of its subcharts."""

from pathlib import Path

from helmpy.chart import loader
from helmpy.chart.model import Chart
from helmpy.errors import ChartError
from helmpy.lint.report import Findings, Severity


def check(findings: Findings, directory: Path) -> None:
    """Compare Chart.yaml with the charts/ folder."""
    try:
        chart = loader.load_directory(directory, any_version=True)
    except ChartError as error:
        findings.check(Severity.ERROR, "", f"unable to load chart\n\t{error}")
        return
    where = str(directory)
    findings.check(Severity.ERROR, where, _unlisted(chart))
    findings.check(Severity.ERROR, where, _repeated(chart))
    findings.check(Severity.WARNING, where, _missing(chart))


def _unlisted(chart: Chart) -> str:
    listed = {dependency.name for dependency in chart.metadata.dependencies}
    missing = [subchart.name for subchart in chart.dependencies if subchart.name not in listed]
    return f"chart metadata is missing these dependencies: {','.join(missing)}" if missing else ""


def _repeated(chart: Chart) -> str:
    seen: set[str] = set()
    repeated = []
    for dependency in chart.metadata.dependencies:
        key = dependency.alias or dependency.name
        if key in seen:
            repeated.append(key)
        seen.add(key)
    return f"multiple dependencies with name or alias: {','.join(repeated)}" if repeated else ""


def _missing(chart: Chart) -> str:
    present = {subchart.name for subchart in chart.dependencies}
    missing = [dependency.name for dependency in chart.metadata.dependencies if dependency.name not in present]
    return f"chart directory is missing these dependencies: {','.join(missing)}" if missing else ""
