"""Listing releases: the newest revision of each, filtered, sorted and cut."""

from collections.abc import Callable
from dataclasses import dataclass

from helmpy.actions.configuration import Configuration
from helmpy.errors import UsageError
from helmpy.release import model, storage
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
    found = [r for r in configuration.releases.all(options.selector) if matches(r.name)]
    if options.statuses != {model.SUPERSEDED}:
        found = storage.latest(found)
    if options.statuses:
        found = [r for r in found if r.info.status in options.statuses]
    found.sort(key=lambda r: (r.name, r.namespace, r.version), reverse=options.reverse and not options.by_date)
    if options.by_date:
        found.sort(key=lambda r: r.info.last_deployed, reverse=not options.reverse)
    end = options.offset + options.limit if options.limit > 0 else None
    return found[options.offset : end]


def _matcher(pattern: str) -> Callable[[str], bool]:
    if not pattern:
        return lambda _name: True
    import re2

    try:
        compiled = re2.compile(pattern)
    except re2.error as error:
        text = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise UsageError(f"error parsing regexp: {text}") from error
    return lambda name: compiled.search(name) is not None
