"""Version ranges of Chart.yaml → one version each: the content of Chart.lock.

Called by the dependency manager. Reads cached indexes and asks registries for tags; must not download charts.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helmpy.chart import dependencies, loader, timestamps
from helmpy.chart.metadata import Dependency, Lock
from helmpy.chart.versions import Constraint, Version, VersionError
from helmpy.errors import ChartError, RepositoryError
from helmpy.repo import index, oci, repositories, urls

FILE = "file://"


@dataclass(frozen=True, slots=True)
class Resolver:
    """`chart_path` is the chart's folder as the user gave it; `cache` holds the indexes."""

    chart_path: str
    cache: Path
    registry: oci.Client

    def resolve(self, asked: Sequence[Dependency], repository_names: Mapping[str, str]) -> Lock:
        """The lock for a list of dependencies. `repository_names`: dependency → name of its cached repository.

        Raises RepositoryError naming every dependency that no version satisfies.
        """
        locked, missing = [], []
        for dependency in asked:
            try:
                constraint = Constraint(dependency.version)
            except VersionError as error:
                raise RepositoryError(
                    f'dependency "{dependency.name}" has an invalid version/constraint format: {error}'
                ) from None
            version = self._version(dependency, constraint, repository_names.get(dependency.name, ""))
            if version is None:
                place = f'repository "{dependency.repository}", version "{dependency.version}"'
                missing.append(f'"{dependency.name}" ({place})')
            else:
                locked.append(Dependency(dependency.name, version, dependency.repository))
        if missing:
            raise RepositoryError(
                f"can't get a valid version for {len(missing)} subchart(s): {', '.join(missing)}. Make sure a matching "
                "chart version exists in the repo, or change the version constraint in Chart.yaml"
            )
        return Lock(timestamps.now(), dependencies.lock_digest(asked, locked), locked)

    def _version(self, dependency: Dependency, constraint: Constraint, repository: str) -> str | None:
        """The version to lock, None if there is none in the range."""
        if not dependency.repository:
            local_path(os.path.join("charts", dependency.name), self.chart_path)
            return dependency.version
        if dependency.repository.startswith(FILE):
            version = loader.load(local_path(dependency.repository, self.chart_path), any_version=True).metadata.version
            return version if constraint.check(Version.parse(version)) else None
        if urls.is_oci(dependency.repository):
            return self._registry_version(dependency, constraint)
        if not repository:
            return dependency.version
        return self._index_version(dependency, constraint, repository)

    def _registry_version(self, dependency: Dependency, constraint: Constraint) -> str | None:
        try:
            return Version.parse(dependency.version).original
        except VersionError:
            pass
        try:
            tags = self.registry.tags(f"{dependency.repository}/{dependency.name}")
        except RepositoryError as error:
            raise RepositoryError(
                f"could not retrieve list of tags for repository {dependency.repository}: {error}"
            ) from None
        return next((tag for tag in tags if constraint.check(Version.parse(tag))), None)

    def _index_version(self, dependency: Dependency, constraint: Constraint, repository: str) -> str | None:
        try:
            known = index.load(repositories.index_path(self.cache, repository), cached=True)
        except RepositoryError as error:
            raise RepositoryError(
                f"no cached repository for {repository} found. (try 'helm repo update'): {error}"
            ) from None
        if dependency.name not in known.entries:
            raise RepositoryError(f"{dependency.name} chart not found in repo {dependency.repository}")
        for entry in known.entries[dependency.name]:
            try:
                fits = bool(entry.urls) and constraint.check(Version.parse(entry.version))
            except VersionError:
                continue
            if fits:
                return entry.version
        return None


def local_path(repository: str, chart_path: str) -> str:
    """The folder that `file://…` or a path means, relative to the chart; raises ChartError if it is not there."""
    path = repository.removeprefix(FILE)
    path = os.path.normpath(path if os.path.isabs(path) else os.path.join(chart_path, path))
    if not os.path.exists(path):
        raise ChartError(f"directory {path} not found")
    return path
