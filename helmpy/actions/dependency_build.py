"""Fetch the dependencies that the lock names."""

from collections.abc import Callable
from dataclasses import replace

from helmpy.actions.chart_source import ChartSource
from helmpy.actions.dependency_update import manager
from helmpy.repo.downloader import Verify


def build(path: str, source: ChartSource, report: Callable[[str], None], skip_refresh: bool = False) -> None:
    """Fills charts/ of the chart folder from Chart.lock; without one, updates. Raises HelmpyError."""
    verify = Verify.IF_POSSIBLE if source.verify else Verify.NEVER
    replace(manager(path, source, report, verify), skip_refresh=skip_refresh).build()
