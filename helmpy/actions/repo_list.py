"""The chart repositories that the user has added."""

from pathlib import Path

from helmpy.errors import RepositoryError
from helmpy.repo import repositories
from helmpy.repo.repositories import Entry


def list_repositories(config: Path) -> list[Entry]:
    """In the order of the file; none if there is no file or it cannot be read."""
    try:
        return repositories.load(config).entries
    except RepositoryError:
        return []
