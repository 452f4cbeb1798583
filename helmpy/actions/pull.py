"""Download a chart's archive, and unpack it if asked."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from helmpy.actions.chart_source import ChartSource
from helmpy.chart import archive, loader
from helmpy.errors import ChartError
from helmpy.repo import downloader
from helmpy.repo.downloader import Package, Verify


@dataclass(frozen=True, slots=True)
class PullOptions:
    """Helm's flags of `pull`. `provenance`: fetch the .prov without checking it."""

    destination: str = "."
    untar: bool = False
    untar_dir: str = "."
    provenance: bool = False


def pull(reference: str, source: ChartSource, options: PullOptions) -> str:
    """Writes the archive, or the chart's folder with `untar`; returns lines for the user. Raises HelmpyError."""
    verify = Verify.ALWAYS if source.verify else Verify.LATER if options.provenance else Verify.NEVER
    fetcher = downloader.for_request(source, verify)
    target = downloader.reference_of(reference, source)
    version = "" if source.repo else source.wanted_version
    if not options.untar:
        return _report(fetcher.download(target, version, _existing(options.destination)))
    with tempfile.TemporaryDirectory(prefix="helmpy-") as folder:
        package = fetcher.download(target, version, Path(folder))
        _unpack(package, options)
        return _report(package)


def _existing(destination: str) -> Path:
    path = Path(destination)
    if not path.is_dir():
        raise ChartError(f"open {path}: no such file or directory")
    return path


def _unpack(package: Package, options: PullOptions) -> None:
    files = archive.read(package.path.read_bytes())
    name = loader.load_files(files).name
    top = options.untar_dir
    folder = top if os.path.isabs(top) else os.path.normpath(os.path.join(options.destination, top))
    try:
        archive.unpack(files, Path(folder, name))
    except ChartError as error:
        raise ChartError(f"failed to untar: {error}") from None


def _report(package: Package) -> str:
    return package.notices + (package.verification.report() if package.verification else "")
