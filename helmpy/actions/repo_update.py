"""Download the indexes of the user's chart repositories again."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from helmpy.errors import HelmpyError, RepositoryError
from helmpy.repo import repositories
from helmpy.repo.access import DEFAULT_TIMEOUT
from helmpy.repo.repositories import Entry

_WORKERS = 8


@dataclass(frozen=True, slots=True)
class RepoUpdateOptions:
    """Where things are; `timeout` in seconds for each index."""

    config: Path
    cache: Path
    timeout: float = DEFAULT_TIMEOUT


def update(names: Sequence[str], options: RepoUpdateOptions, report: Callable[[str], None]) -> None:
    """Updates all repositories, or those named, side by side; raises RepositoryError naming those that failed."""
    known = repositories.load(options.config).entries
    if not known:
        raise RepositoryError("no repositories found. You must add one before updating")
    for name in names:
        if name not in {entry.name for entry in known}:
            raise RepositoryError(f"no repositories found matching '{name}'.  Nothing will be updated")
    wanted = [entry for entry in known if not names or entry.name in names]
    for entry in wanted:
        repositories.check_scheme(entry)
    report("Hang tight while we grab the latest from your chart repositories...\n")
    failed = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        for entry, problem in zip(wanted, pool.map(lambda entry: _try(entry, options), wanted), strict=True):
            if problem is None:
                report(f'...Successfully got an update from the "{entry.name}" chart repository\n')
            else:
                report(
                    f'...Unable to get an update from the "{entry.name}" chart repository ({entry.url}):\n\t{problem}\n'
                )
                failed.append(entry.url)
    if failed:
        raise RepositoryError(f"failed to update the following repositories: [{' '.join(failed)}]")
    report("Update Complete. ⎈Happy Helming!⎈\n")


def _try(entry: Entry, options: RepoUpdateOptions) -> HelmpyError | None:
    try:
        repositories.update_cache(entry, options.cache, options.timeout)
    except HelmpyError as error:
        return error
    return None
