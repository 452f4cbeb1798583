"""`dependency update` and `dependency build`: fills charts/ and writes the lock.

New archives are complete and checked before the first file of charts/ changes. Called by the dependency actions and by
`package --dependency-update`. Reports progress through a callable; must not print.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from helmpy import log
from helmpy.chart import archive, dependencies, loader
from helmpy.chart.metadata import Dependency, Lock
from helmpy.chart.model import Chart
from helmpy.chart.versions import Constraint, Version, VersionError
from helmpy.errors import ChartError, HelmpyError, RepositoryError
from helmpy.repo import index, oci, repositories, urls
from helmpy.repo.access import ANONYMOUS, Access, Paths
from helmpy.repo.downloader import Downloader, Verify, find_in_repository
from helmpy.repo.index import ChartVersion, Index
from helmpy.repo.repositories import Entry, Repositories
from helmpy.repo.resolver import FILE, Resolver, local_path

_UNMANAGED = "helm-manager-"
_ALIASES = ("@", "alias:")
_WORKERS = 8
_OUT_OF_SYNC = (
    "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). "
    "Please update the dependencies with 'helm dependency update'"
)
_OUT_OF_SYNC_V1 = (
    "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). "
    "Please update the dependencies"
)
_NAMES_HINT = """
Note that repositories must be URLs or aliases. For example, to refer to the "example"
repository, use "https://charts.example.com/" or "@example" instead of
"example". Don't forget to add the repo, too ('helm repo add')."""


@dataclass(frozen=True, slots=True)
class Manager:
    """One run on the chart at `chart_path`. `modtime` (seconds) replaces file times in archives made from folders."""

    chart_path: str
    paths: Paths
    report: Callable[[str], None]
    verify: Verify = Verify.NEVER
    keyring: str = ""
    skip_refresh: bool = False
    debug: bool = False
    modtime: float | None = None
    access: Access = field(default=ANONYMOUS)

    def update(self) -> None:
        """Picks the newest versions that Chart.yaml allows, fetches them, and writes the lock if it changed."""
        chart = self._load()
        asked = chart.metadata.dependencies
        if not chart.metadata.lists_dependencies:
            return
        known = repositories.load(self.paths.repository_config)
        names = self._repository_names(asked, known)
        names |= self._fetch_unmanaged(asked, names)
        if not self.skip_refresh:
            self._refresh(known)
        registry = oci.Client(self.access, self.paths.registry_config)
        lock = Resolver(self.chart_path, self.paths.repository_cache, registry).resolve(asked, names)
        self._fetch_all(lock.dependencies, known)
        lock.digest = dependencies.lock_digest(asked, lock.dependencies)
        if chart.lock is None or chart.lock.digest != lock.digest:
            self._write_lock(lock, chart)

    def build(self) -> None:
        """Fetches exactly what the lock says; without a lock, updates."""
        chart = self._load()
        if chart.lock is None:
            self.update()
            return
        asked = chart.metadata.dependencies
        # Helm 2 hashed the list before aliases of repositories were replaced.
        helm2 = dependencies.helm2_digest(asked)
        known = repositories.load(self.paths.repository_config)
        self._repository_names(asked, known)
        if None in chart.lock.dependencies:
            raise ChartError("the lock file must not contain empty or null dependencies")
        self._check_lock(chart, chart.lock, helm2)
        self._check_known(chart.lock.dependencies, known)
        if not self.skip_refresh:
            self._refresh(known)
        self._fetch_all(chart.lock.dependencies, known)

    def _load(self) -> Chart:
        path = self.chart_path
        if not os.path.exists(path):
            raise ChartError(f"could not find {path}: stat {path}: no such file or directory")
        if not os.path.isdir(path):
            raise ChartError("only unpacked charts can be updated")
        return loader.load_directory(path, any_version=True)

    def _check_lock(self, chart: Chart, lock: Lock, helm2: str) -> None:
        if dependencies.lock_digest(chart.metadata.dependencies, lock.dependencies) == lock.digest:
            return
        if chart.metadata.api_version != "v1":
            raise ChartError(_OUT_OF_SYNC)
        log.info("warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash...")
        if helm2 != lock.digest:
            raise ChartError(_OUT_OF_SYNC_V1)

    def _check_known(self, locked: Iterable[Dependency], known: Repositories) -> None:
        """`build` trusts only repositories that the user has added."""
        missing = [
            dependency.repository
            for dependency in locked
            if dependency.repository
            and not dependency.repository.startswith((FILE, urls.OCI))
            and not any(urls.equal(entry.url, dependency.repository.removesuffix("/")) for entry in known.entries)
        ]
        if missing:
            raise RepositoryError(
                f"no repository definition for {', '.join(missing)}. Please add the missing repos via 'helm repo add'"
            )

    def _repository_names(self, asked: Sequence[Dependency], known: Repositories) -> dict[str, str]:
        """Dependency → name of the repository it comes from; replaces `@name` by the repository's URL."""
        names, missing = {}, []
        for dependency in asked:
            repository = dependency.repository
            if repository.startswith(FILE):
                local_path(repository, self.chart_path)
            if repository.startswith((FILE, urls.OCI)):
                names[dependency.name] = repository
            elif repository and (entry := _find(repository, known)):
                if repository.startswith(_ALIASES):
                    dependency.repository = entry.url
                names[dependency.name] = entry.name
            elif repository and not urls.parse(repository).scheme and not repository.startswith("/"):
                missing.append(repository)
        if missing:
            text = f"no repository definition for {', '.join(missing)}. Please add them via 'helm repo add'"
            plain = any("//" not in name and not name.startswith(_ALIASES) for name in missing)
            raise RepositoryError(text + (_NAMES_HINT if plain else ""))
        return names

    def _fetch_unmanaged(self, asked: Sequence[Dependency], names: dict[str, str]) -> dict[str, str]:
        """Indexes of repositories that Chart.yaml names but the user never added: dependency → name in the cache."""
        unmanaged = [dependency for dependency in asked if dependency.repository and dependency.name not in names]
        made = {
            dependency.name: _UNMANAGED + hashlib.sha256(dependency.repository.encode()).hexdigest()
            for dependency in unmanaged
        }
        if unmanaged and not self.skip_refresh:
            self.report("Getting updates for unmanaged Helm repositories...\n")
            self._update_indexes([Entry(made[d.name], d.repository) for d in unmanaged])
        return made

    def _refresh(self, known: Repositories) -> None:
        if not known.entries:
            return
        self.report("Hang tight while we grab the latest from your chart repositories...\n")
        self._update_indexes(known.entries)
        self.report("Update Complete. ⎈Happy Helming!⎈\n")

    def _update_indexes(self, entries: Iterable[Entry]) -> None:
        """Updates indexes side by side; one that fails is reported, and whoever needs it fails later."""
        unique = list({entry.url.removesuffix("/"): entry for entry in entries}.values())
        for entry in unique:
            repositories.check_scheme(entry)
        with ThreadPoolExecutor(_WORKERS) as pool:
            for entry, problem in zip(unique, pool.map(self._try_update, unique), strict=True):
                label = entry.url if entry.name.startswith(_UNMANAGED) else entry.name
                if problem is None:
                    self.report(f'...Successfully got an update from the "{label}" chart repository\n')
                else:
                    where = "" if label == entry.url else f" ({entry.url})"
                    self.report(
                        f'...Unable to get an update from the "{label}" chart repository{where}:\n\t{problem}\n'
                    )

    def _try_update(self, entry: Entry) -> HelmpyError | None:
        try:
            repositories.update_cache(entry, self.paths.repository_cache)
        except HelmpyError as error:
            return error
        return None

    def _fetch_all(self, locked: Sequence[Dependency], known: Repositories) -> None:
        charts = Path(self.chart_path, "charts")
        if charts.is_symlink():
            raise ChartError(f'"{charts}" is a symbolic link: not written')
        if charts.exists() and not charts.is_dir():
            raise ChartError(f'"{charts}" is not a directory')
        charts.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="tmpcharts-", dir=self.chart_path) as folder:
            fetched = Path(folder)
            self.report(f"Saving {len(locked)} charts\n")
            try:
                self._fetch_into(fetched, locked, known)
                for path in sorted(fetched.glob("*.tgz")):
                    loader.load_archive_file(path)
            except HelmpyError as error:
                self.report(f"Save error occurred:  {error}\n")
                raise
            self._move(locked, fetched, charts)

    def _fetch_into(self, folder: Path, locked: Sequence[Dependency], known: Repositories) -> None:
        indexes = self._indexes(known)
        done: set[str] = set()
        for dependency in locked:
            if not dependency.repository:
                self._check_vendored(dependency)
            elif dependency.repository.startswith(FILE):
                dependency.version = self._pack_local(dependency, folder)
            else:
                self._download(dependency, folder, indexes, done)

    def _check_vendored(self, dependency: Dependency) -> None:
        self.report(
            f"Dependency {dependency.name} did not declare a repository. Assuming it exists in the charts directory\n"
        )
        path = os.path.join(self.chart_path, "charts", dependency.name)
        try:
            version = loader.load_directory(path, any_version=True).metadata.version
        except ChartError as error:
            raise ChartError(f"unable to load chart '{path}': {error}") from None
        if not _constraint(dependency).check(Version.parse(version)):
            raise ChartError(
                f"dependency {dependency.name} at version {version} does not satisfy the constraint {dependency.version}"
            )

    def _pack_local(self, dependency: Dependency, folder: Path) -> str:
        if self.debug:
            self.report(f"Archiving {dependency.name} from repo {dependency.repository}\n")
        chart = loader.load(local_path(dependency.repository, self.chart_path), any_version=True)
        if not _constraint(dependency).check(Version.parse(chart.metadata.version)):
            raise ChartError(f"can't get a valid version for dependency {dependency.name}")
        archive.save(chart, folder, self.modtime)
        return chart.metadata.version

    def _download(
        self, dependency: Dependency, folder: Path, indexes: list[tuple[Entry, Index]], done: set[str]
    ) -> None:
        reference, access = self._locate(dependency, indexes)
        if reference in done:
            self.report(f"Already downloaded {dependency.name} from repo {dependency.repository}\n")
            return
        self.report(f"Downloading {dependency.name} from repo {dependency.repository}\n")
        downloader = Downloader(self.paths, access, self.verify, self.keyring)
        try:
            package = downloader.download(reference, "", folder)
        except HelmpyError as error:
            raise RepositoryError(f"could not download {reference}: {error}") from None
        if package.notices:
            self.report(package.notices)
        done.add(reference)

    def _locate(self, dependency: Dependency, indexes: list[tuple[Entry, Index]]) -> tuple[str, Access]:
        """The URL of a locked dependency, and the access that its repository was added with."""
        if urls.is_oci(dependency.repository):
            return f"{dependency.repository}/{dependency.name}:{dependency.version}", self.access
        for entry, known in indexes:
            if urls.equal(dependency.repository, entry.url):
                found = _pick(known, dependency)
                return urls.resolve(dependency.repository, found.urls[0]), replace(entry.access(), url=entry.url)
        try:
            source = find_in_repository(dependency.repository, dependency.name, dependency.version, ANONYMOUS)
        except RepositoryError as error:
            raise RepositoryError(
                f"could not find : chart {dependency.name} not found in {dependency.repository}: {error}"
            ) from None
        return source.url, source.access

    def _indexes(self, known: Repositories) -> list[tuple[Entry, Index]]:
        cache = self.paths.repository_cache
        return [(entry, index.load(repositories.index_path(cache, entry.name), cached=True)) for entry in known.entries]

    def _move(self, locked: Sequence[Dependency], fetched: Path, charts: Path) -> None:
        """Puts new archives in place, then takes away those that are no dependency any more."""
        outdated = [path for path in sorted(charts.iterdir()) if not path.is_dir()]
        fresh = sorted(fetched.iterdir())
        for path in fresh:
            os.replace(path, charts / path.name)
        self.report("Deleting outdated charts\n")
        vendored = {dependency.name for dependency in locked if not dependency.repository}
        kept = {path.name for path in fresh}
        for path in outdated:
            if path.name not in kept:
                self._delete(path, vendored)

    def _delete(self, path: Path, vendored: set[str]) -> None:
        try:
            name = loader.load_archive_file(path).name
        except ChartError as error:
            self.report(f"Could not verify {path} for deletion: {error} (Skipping)\n")
            return
        if name not in vendored:
            path.unlink()

    def _write_lock(self, lock: Lock, chart: Chart) -> None:
        from helmpy.yaml import emitter

        name = "requirements.lock" if chart.metadata.api_version == "v1" else "Chart.lock"
        path = Path(self.chart_path, name)
        if path.is_symlink():
            raise ChartError(f'the {name} file is a symlink to "{os.readlink(path)}"')
        archive.write_atomically(path, emitter.dump(lock.to_dict()).encode())


def _find(repository: str, known: Repositories) -> Entry | None:
    alias = repository.removeprefix("@").removeprefix("alias:") if repository.startswith(_ALIASES) else None
    for entry in known.entries:
        if entry.name == alias or urls.equal(entry.url, repository):
            return entry
    return None


def _pick(known: Index, dependency: Dependency) -> ChartVersion:
    if dependency.name not in known.entries:
        raise RepositoryError("could not find : entry not found")
    for entry in known.entries[dependency.name]:
        if entry.urls and (not dependency.version or _same_version(dependency.version, entry.version)):
            return entry
    raise RepositoryError("could not find : no matching version")


def _same_version(a: str, b: str) -> bool:
    try:
        return Version.parse(a).compare(Version.parse(b)) == 0
    except VersionError:
        return a == b


def _constraint(dependency: Dependency) -> Constraint:
    try:
        return Constraint(dependency.version)
    except VersionError as error:
        raise ChartError(f"dependency {dependency.name} has an invalid version/constraint format: {error}") from None
