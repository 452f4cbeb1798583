"""What kinds do to an object before it is validated and stored: mostly, status belongs to the status subresource."""

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]
Strategy = Callable[[Object, Object | None], None]


def status_reset(**initial: Any) -> Strategy:
    """Status starts as `initial` and is kept through updates of the main resource, whatever the client sent."""

    def prepare(new: Object, old: Object | None) -> None:
        keep_status(new, old, initial)

    return prepare


def keep_status(new: Object, old: Object | None, initial: Object) -> None:
    """As `status_reset`, for a strategy that does more."""
    if old is None:
        new["status"] = dict(initial)
    elif "status" in old:
        new["status"] = old["status"]
    else:
        new.pop("status", None)
