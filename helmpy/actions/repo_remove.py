"""Forget chart repositories."""

from collections.abc import Callable, Sequence
from pathlib import Path

from helmpy.errors import RepositoryError
from helmpy.repo import repositories


def remove(names: Sequence[str], config: Path, cache: Path, removed: Callable[[str], None]) -> None:
    """Removes repositories and their cached indexes, calling `removed` after each. Raises RepositoryError."""
    with repositories.locked(config):
        known = repositories.load(config)
        if not known.entries:
            raise RepositoryError("no repositories configured")
        for name in names:
            known.remove(name)
            known.write(config)
            repositories.drop_cache(cache, name)
            removed(name)
