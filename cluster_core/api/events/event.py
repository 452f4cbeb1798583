"""Event (events.k8s.io/v1): the newer form of core/v1's events, which are what is stored."""

from collections.abc import Callable

from cluster_core.api.core.event import COLUMNS, SELECTABLE, common_errors
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable
from cluster_core.apimachinery import field
from cluster_core.apimachinery.gvk import GVR

_TO_CORE = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
_FROM_CORE = {core: name for name, core in _TO_CORE.items()}


def to_core(event: Object) -> Object:
    """The core/v1 form."""
    found = {_TO_CORE.get(name, name): value for name, value in event.items()}
    return {**found, "apiVersion": "v1", "involvedObject": found.get("involvedObject") or {}}


def from_core(event: Object) -> Object:
    """The events.k8s.io form of a core/v1 event."""
    found = {_FROM_CORE.get(name, name): value for name, value in event.items()}
    return {**found, "apiVersion": "events.k8s.io/v1", "regarding": found.get("regarding") or {}}


def _on_stored(get: Callable[[Object], str]) -> Callable[[Object], str]:
    return lambda event: get(stored_form(event))


def _column(column: Column) -> Column:
    cell = column.cell
    return column._replace(cell=lambda event, now: cell(stored_form(event), now))


def _selectable() -> dict[str, Callable[[Object], str]]:
    fields = {name.replace("involvedObject.", "regarding."): _on_stored(get) for name, get in SELECTABLE.items()}
    fields["reportingController"] = fields.pop("reportingComponent")
    fields.pop("source")
    return fields


_UNSET = "needs to be unset"
_FIXED = (
    "involvedObject", "reason", "message", "source", "firstTimestamp", "lastTimestamp", "count", "type", "eventTime",
    "action", "related", "reportingComponent", "reportingInstance",
)  # fmt: skip


def stored_form(event: Object) -> Object:
    """The core/v1 form of an event in either form."""
    return event if event["apiVersion"] == "v1" else to_core(event)


def validate(event: Object) -> Errors:
    """An event made through events.k8s.io."""
    event = stored_form(event)
    errors = common_errors(event, "reportingController")
    _validate_series(errors, event)
    if event.get("eventTime") is None:
        errors.append(field.required("eventTime"))
    kind = event.get("type", "")
    if kind not in ("Normal", "Warning"):
        errors.append(field.invalid("type", "", f"has invalid value: {kind}"))
    for each in ("firstTimestamp", "lastTimestamp", "count"):
        if event.get(each):
            errors.append(field.invalid(each, "", _UNSET))
    source = event.get("source") or {}
    if source.get("component") or source.get("host"):
        errors.append(field.invalid("source", "", _UNSET))
    return errors


_NOTHING = dict.fromkeys(("reason", "action", "reportingComponent", "reportingInstance", "type", "message"), "")
"""What is shown of texts that are not there."""


def validate_update(new: Object, old: Object) -> Errors:
    """Only the series may change."""
    new, old = stored_form(new), stored_form(old)
    errors = common_errors(new, "reportingController")
    if new.get("series") != old.get("series"):
        _validate_series(errors, new)
    for each in _FIXED:
        path = "reportingController" if each == "reportingComponent" else each
        immutable(errors, path, new.get(each), old.get(each), None if each in new else _NOTHING.get(each))
    return errors


def _validate_series(errors: Errors, event: Object) -> None:
    series = event.get("series")
    if series is None:
        return
    if series.get("count", 0) < 2:
        errors.append(field.invalid("series.count", "", "should be at least 2"))
    if not series.get("lastObservedTime"):
        errors.append(field.required("series.lastObservedTime"))


RESOURCES = (
    Resource(
        group="events.k8s.io",
        version="v1",
        kind="Event",
        plural="events",
        short_names=("ev",),
        generation=False,
        validate=validate,
        validate_update=validate_update,
        columns=tuple(_column(column) for column in COLUMNS),
        selectable_fields=_selectable(),
        storage=GVR("", "v1", "events"),
        to_storage=to_core,
        from_storage=from_core,
    ),
)
