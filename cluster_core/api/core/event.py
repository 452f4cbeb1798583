"""Event (core/v1): the stored form of every event, and its columns."""

from collections.abc import Callable

from cluster_core.api.cells import get, since
from cluster_core.api.resource import Column, Object, Resource


def _first(event: Object, now: float) -> str:
    return since(event.get("firstTimestamp") or event.get("eventTime"), now)


def _last(event: Object, now: float) -> str:
    series = event.get("series")
    if series:
        return since(series.get("lastObservedTime"), now)
    return since(event["lastTimestamp"], now) if event.get("lastTimestamp") else _first(event, now)


def _object(event: Object, _now: float) -> str:
    involved = event.get("involvedObject") or {}
    kind, name = involved.get("kind", "").lower(), involved.get("name")
    return f"{kind}/{name}" if name else kind


def _source(event: Object, _now: float) -> str:
    source = event.get("source") or {}
    component = source.get("component") or event.get("reportingComponent") or ""
    instance = source.get("host") or event.get("reportingInstance") or ""
    return f"{component}, {instance}" if instance else component


def _count(event: Object, _now: float) -> int:
    series = event.get("series")
    if series:
        return int(series.get("count", 0))
    return event.get("count") or 1


COLUMNS = (
    Column("Last Seen", _last),
    Column("Type", get("type")),
    Column("Reason", get("reason")),
    Column("Object", _object),
    Column("Subobject", get("involvedObject", "fieldPath"), priority=1),
    Column("Source", _source, priority=1),
    Column("Message", lambda event, _: event.get("message", "").strip()),
    Column("First Seen", _first, priority=1),
    Column("Count", _count, priority=1),
    Column("Name", get("metadata", "name"), format="name", priority=1),
)


def _involved(field: str) -> Callable[[Object], str]:
    return lambda event: (event.get("involvedObject") or {}).get(field, "")


SELECTABLE = {
    **{f"involvedObject.{field}": _involved(field) for field in (
        "kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath",
    )},
    "reason": lambda event: event.get("reason", ""),
    "reportingComponent": lambda event: event.get("reportingComponent", ""),
    "source": lambda event: (event.get("source") or {}).get("component") or event.get("reportingComponent", ""),
    "type": lambda event: event.get("type", ""),
}  # fmt: skip

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Event",
        plural="events",
        short_names=("ev",),
        generation=False,
        columns=COLUMNS,
        selectable_fields=SELECTABLE,
    ),
)
