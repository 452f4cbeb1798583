"""Event (core/v1): the stored form of every event, and its columns."""

from collections.abc import Callable

from cluster_core.api.cells import get, since
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, label_name, name
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_subdomain


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

_LIMIT, _NOTE_LIMIT = 128, 1024
_FOREIGN = "does not match event.namespace"


def validate(event: Object) -> Errors:
    """An event made through core/v1."""
    return common_errors(event, "reportingComponent")


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def common_errors(event: Object, controller: str) -> Errors:
    """What both versions demand of an event; they differ in what they call its `controller`."""
    errors: Errors = []
    namespace = event["metadata"].get("namespace", "")
    involved = (event.get("involvedObject") or {}).get("namespace", "")
    if event.get("eventTime") is None:
        fits = namespace == involved if involved else namespace in ("", "default")
    else:
        fits = bool(involved) or namespace in ("default", "kube-system")
    if not fits:
        errors.append(field.invalid("involvedObject.namespace", involved, _FOREIGN))
    if event.get("eventTime") is not None:
        _validate_new_style(errors, event, controller)
    name(errors, "namespace", namespace, dns1123_subdomain)
    return errors


def _validate_new_style(errors: Errors, event: Object, controller: str) -> None:
    reporter = event.get("reportingComponent", "")
    if not reporter:
        errors.append(field.required(controller))
    label_name(errors, controller, reporter)
    for each in ("reportingInstance", "action", "reason"):
        text = event.get(each, "")
        if not text:
            errors.append(field.required(each))
        _validate_length(errors, each, text, _LIMIT)
    _validate_length(errors, "message", event.get("message", ""), _NOTE_LIMIT)


def _validate_length(errors: Errors, path: str, text: str, limit: int) -> None:
    if len(text.encode(errors="surrogateescape")) > limit:
        errors.append(field.invalid(path, "", f"can have at most {limit} characters"))


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Event",
        plural="events",
        short_names=("ev",),
        generation=False,
        validate=validate,
        validate_update=validate_update,
        columns=COLUMNS,
        selectable_fields=SELECTABLE,
    ),
)
