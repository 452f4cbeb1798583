"""What a user typed where a chart is wanted → the path of a chart.

A path is taken as it is; `repository/chart`, a URL or `oci://…` is downloaded into the cache. Called by every command that
takes a chart.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from helmpy.chart import provenance
from helmpy.errors import RepositoryError
from helmpy.repo.access import ANONYMOUS, Access, Paths
from helmpy.repo.downloader import Downloader, Verify, find_in_repository


@dataclass(frozen=True, slots=True)
class ChartSource:
    """The flags that say where charts come from: --version, --repo, --verify, --keyring and those of `Access`."""

    version: str = ""
    repo_url: str = ""
    verify: bool = False
    keyring: str = ""
    access: Access = ANONYMOUS


def locate(name: str, source: ChartSource, paths: Paths) -> str:
    """The absolute path of the chart; raises RepositoryError or ChartError."""
    name, version = name.strip(), source.version.strip()
    if not source.repo_url:
        if os.path.exists(name):
            path = os.path.abspath(name)
            if source.verify:
                provenance.verify_file(path, f"{path}.prov", source.keyring)
            return path
        if os.path.isabs(name) or name.startswith("."):
            raise RepositoryError(f'path "{name}" not found')
    verify = Verify.ALWAYS if source.verify else Verify.NEVER
    access, reference = source.access, name
    if source.repo_url:
        found = find_in_repository(source.repo_url, name, version, access)
        access, reference = found.access, found.url
    downloader = Downloader(paths, access, verify, source.keyring)
    return os.path.abspath(downloader.download_to_cache(reference, version).path)


def paths_from(config: str, cache: str, content: str, registry: str) -> Paths:
    """Paths from the texts of settings."""
    return Paths(Path(config), Path(cache), Path(content), Path(registry))
