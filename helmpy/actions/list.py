"""Listing releases: the newest revision of each, filtered, sorted and cut."""

from collections.abc import Callable
from dataclasses import dataclass

from helmpy.actions.configuration import Configuration
from helmpy.errors import KubeError, UsageError
from helmpy.golang.types import GoError
from helmpy.release import model, storage, times
from helmpy.release.drivers.objects import QueryError
from helmpy.release.model import Release


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Helm's flags of `list`. `statuses` empty means all of them; `limit` 0 means no limit."""

    statuses: frozenset[str] = frozenset()
    filter: str = ""
    selector: str = ""
    by_date: bool = False
    reverse: bool = False
    limit: int = 256
    offset: int = 0


def list_releases(configuration: Configuration, options: ListOptions) -> list[Release]:
    """The releases that the options select. Raises UsageError for a bad pattern or selector."""
    matches = _matcher(options.filter)
    found = [r for r in _every(configuration) if matches(r.name)]
    if options.statuses != {model.SUPERSEDED}:
        found = storage.latest(found)
    if options.statuses:
        found = [r for r in found if r.info.status in options.statuses]
    if options.selector and found:
        found = _selected(found, options.selector)
    found.sort(key=lambda r: (r.name, r.namespace, r.version), reverse=options.reverse and not options.by_date)
    if options.by_date:
        found.sort(key=lambda r: times.seconds(r.info.last_deployed), reverse=options.reverse)
    end = options.offset + options.limit if options.limit > 0 else None
    return found[options.offset : end]


def _every(configuration: Configuration) -> list[Release]:
    try:
        return configuration.releases.all()
    except QueryError as error:
        raise KubeError(f"list: failed to list: {error.__cause__}") from error


def _selected(found: list[Release], selector: str) -> list[Release]:
    """Those whose record's labels match; the newest revisions were chosen before, so older ones cannot stand in."""
    from cluster_core.apimachinery import selectors

    try:
        wanted = selectors.parse(selector)
    except selectors.SelectorError as error:
        raise UsageError(str(error)) from error
    return [release for release in found if wanted.matches(release.labels)]


def _matcher(pattern: str) -> Callable[[str], bool]:
    if not pattern:
        return lambda _name: True
    from helmpy.functions import regex

    try:
        compiled = regex.must_compile(pattern)
    except GoError as error:
        raise UsageError(str(error)) from error
    return lambda name: compiled.search(name.encode()) is not None
