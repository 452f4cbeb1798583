"""Write the index.yaml of a folder of packages."""

from dataclasses import dataclass
from pathlib import Path

from helmpy.errors import RepositoryError
from helmpy.repo import index
from helmpy.repo.index import Index


@dataclass(frozen=True, slots=True)
class RepoIndexOptions:
    """`url`: where the packages will be served; `merge`: an index whose other entries are kept."""

    url: str = ""
    merge: str = ""
    json: bool = False


def write_index(directory: str, options: RepoIndexOptions) -> None:
    """Indexes a folder and one level below it. Raises HelmpyError."""
    top = Path(directory).absolute()
    made = index.from_directory(top, options.url)
    if options.merge:
        made.merge(_other(Path(options.merge), options.json))
    made.sort()
    if not top.is_dir():
        raise RepositoryError(f"open {top / 'index.yaml'}: no such file or directory")
    made.write(top / "index.yaml", options.json)


def _other(path: Path, as_json: bool) -> Index:
    if not path.exists():
        empty = Index()
        empty.write(path, as_json)
        return empty
    try:
        return index.load(path)
    except RepositoryError as error:
        raise RepositoryError(f"merge failed: {error}") from None
