"""Remember a chart repository under a name."""

from dataclasses import dataclass
from pathlib import Path

from helmpy.errors import RepositoryError
from helmpy.repo import repositories
from helmpy.repo.access import DEFAULT_TIMEOUT
from helmpy.repo.repositories import Entry

_GONE = {
    "//kubernetes-charts.storage.googleapis.com": "https://charts.helm.sh/stable",
    "//kubernetes-charts-incubator.storage.googleapis.com": "https://charts.helm.sh/incubator",
}


@dataclass(frozen=True, slots=True)
class RepoAddOptions:
    """`force_update`: replace a repository of the same name. `timeout` in seconds."""

    config: Path
    cache: Path
    force_update: bool = False
    allow_deprecated: bool = False
    timeout: float = DEFAULT_TIMEOUT


def add(entry: Entry, options: RepoAddOptions) -> bool:
    """Downloads the repository's index and adds it; False if it was there already, unchanged. Raises RepositoryError."""
    for old, new in _GONE.items():
        if old in entry.url and not options.allow_deprecated:
            raise RepositoryError(f'repo "{entry.url}" is no longer available; try "{new}" instead')
    with repositories.locked(options.config):
        known = repositories.load(options.config)
        if "/" in entry.name:
            raise RepositoryError(
                f"repository name ({entry.name}) contains '/', please specify a different name without '/'"
            )
        if not options.force_update and (existing := known.get(entry.name)):
            if existing != entry:
                raise RepositoryError(f"repository name ({entry.name}) already exists, please specify a different name")
            return False
        repositories.check_scheme(entry)
        try:
            repositories.update_cache(entry, options.cache, options.timeout)
        except RepositoryError as error:
            raise RepositoryError(
                f'looks like "{entry.url}" is not a valid chart repository or cannot be reached: {error}'
            ) from None
        known.put(entry)
        known.write(options.config)
    return True
