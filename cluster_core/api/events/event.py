"""Event (events.k8s.io/v1): the newer form of core/v1's events, which are what is stored."""

from collections.abc import Callable

from cluster_core.api.core.event import COLUMNS, SELECTABLE
from cluster_core.api.resource import Object, Resource
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


def _selectable() -> dict[str, Callable[[Object], str]]:
    fields = {name.replace("involvedObject.", "regarding."): get for name, get in SELECTABLE.items()}
    fields["reportingController"] = fields.pop("reportingComponent")
    fields.pop("source")
    return fields


RESOURCES = (
    Resource(
        group="events.k8s.io",
        version="v1",
        kind="Event",
        plural="events",
        short_names=("ev",),
        generation=False,
        columns=COLUMNS,
        selectable_fields=_selectable(),
        storage=GVR("", "v1", "events"),
        to_storage=to_core,
        from_storage=from_core,
    ),
)
