"""Search the cached indexes of the user's repositories."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helmpy import log
from helmpy.chart.versions import Constraint, Version, VersionError
from helmpy.errors import RepositoryError, UsageError
from helmpy.repo import index, repositories
from helmpy.repo.index import ChartVersion

_MAX_SCORE = 25
_SEPARATOR = "\v"


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Helm's flags of `search repo`. `version` is a range; `versions`: every version, not only the newest."""

    config: Path
    cache: Path
    version: str = ""
    devel: bool = False
    versions: bool = False
    regexp: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A chart that was found: `name` is repository/chart. A low `score` means found early in name, path, description."""

    name: str
    chart: ChartVersion
    score: int = 0


def search(keyword: str, options: SearchOptions) -> list[Result]:
    """Charts whose name, description or keywords hold the keyword ("" for all), best first. Raises RepositoryError."""
    version = options.version or (">0.0.0-0" if options.devel else ">0.0.0")
    candidates = _candidates(options)
    found = _matching(candidates, keyword, options.regexp) if keyword else candidates
    try:
        constraint = Constraint(version)
    except VersionError as error:
        raise UsageError(f"an invalid version/constraint format: {error}") from None
    results, seen = [], set()
    for result in _sorted(found):
        if (options.versions or result.name not in seen) and _fits(result, constraint):
            results.append(result)
            seen.add(result.name)
    return results


def _candidates(options: SearchOptions) -> list[Result]:
    known = repositories.load(options.config).entries
    if not known:
        raise RepositoryError("no repositories configured")
    results = []
    for entry in known:
        try:
            listed = index.load(repositories.index_path(options.cache, entry.name), cached=True)
        except RepositoryError as error:
            log.warn("repo is corrupt or missing", repo=entry.name, error=error)
            continue
        for name, versions in listed.entries.items():
            results += [Result(f"{entry.name}/{name}", version) for version in versions]
    return results


def _matching(candidates: list[Result], keyword: str, regexp: bool) -> list[Result]:
    find = _regexp(keyword) if regexp else _literal(keyword)
    results = []
    for result in candidates:
        line = _line(result)
        position = find(line)
        score = line.count(_SEPARATOR, 0, max(position, 0))
        if position >= 0 and score < _MAX_SCORE:
            results.append(Result(result.name, result.chart, score))
    return results


def _literal(keyword: str) -> Callable[[str], int]:
    wanted = keyword.lower()
    return lambda line: line.lower().find(wanted)


def _regexp(pattern: str) -> Callable[[str], int]:
    import re2

    try:
        compiled = re2.compile(pattern)
    except re2.error as error:
        raise UsageError(f"error parsing regexp: {error}") from None

    def find(line: str) -> int:
        match = compiled.search(line)
        return match.start() if match else -1

    return find


def _line(result: Result) -> str:
    metadata = result.chart.metadata
    repository = result.name.partition("/")[0]
    parts = (metadata.name, f"{repository}/{metadata.name}", metadata.description, " ".join(metadata.keywords))
    return _SEPARATOR.join(parts)


def _sorted(results: list[Result]) -> list[Result]:
    newest_first = sorted(results, key=lambda result: _version(result), reverse=True)
    return sorted(newest_first, key=lambda result: (result.score, result.name))


def _version(result: Result) -> Version:
    try:
        return Version.parse(result.chart.version)
    except VersionError:
        return Version()


def _fits(result: Result, constraint: Constraint) -> bool:
    try:
        return constraint.check(Version.parse(result.chart.version))
    except VersionError:
        return False
