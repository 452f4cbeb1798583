"""Fetch the newest dependencies that Chart.yaml allows and write the lock."""

from collections.abc import Callable
from dataclasses import replace

from helmpy.actions.chart_source import ChartSource
from helmpy.actions.package import source_date_epoch
from helmpy.repo import downloader
from helmpy.repo.downloader import Verify
from helmpy.repo.manager import Manager


def update(path: str, source: ChartSource, report: Callable[[str], None], skip_refresh: bool = False) -> None:
    """Fills charts/ of the chart folder; `report` gets progress as text. Raises HelmpyError."""
    verify = Verify.ALWAYS if source.verify else Verify.NEVER
    replace(manager(path, source, report, verify), skip_refresh=skip_refresh).update()


def update_for_install(path: str, source: ChartSource) -> None:
    """What install and package do with --dependency-update: the same, without a word."""
    update(path, source, lambda text: None)


def manager(path: str, source: ChartSource, report: Callable[[str], None], verify: Verify) -> Manager:
    """The manager of a chart's dependencies that does as the flags say."""
    return Manager(
        path,
        downloader.paths_of(source),
        report,
        verify,
        source.keyring,
        modtime=source_date_epoch(),
        access=downloader.access_of(source),
    )
