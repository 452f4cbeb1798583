"""The forms in which an answer may be shown: the object itself, a Table, or PartialObjectMetadata."""

from typing import Any

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.field import value_text
from cluster_core.apiserver.media import Accepted
from cluster_core.apiserver.ownership import with_managed_fields
from cluster_core.apiserver.served import Served

Object = dict[str, Any]
META = "meta.k8s.io/"
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
"""An annotation that only whole DaemonSets show."""


def present(served: Served, accepted: Accepted, include: str, obj: Object, now: float) -> Object:
    """`obj` (an object or a list of them) in the form that the client accepts; a Status stays what it is."""
    if obj.get("kind") == "Status" and obj.get("apiVersion") == "v1":
        return obj
    if obj.get("kind") == "Scale":
        return scale_table(accepted.version, obj, now) if accepted.as_ == "Table" else obj
    obj = _list_shown(served, obj, not accepted.as_) if "items" in obj else with_managed_fields(obj)
    if accepted.as_ == "Table":
        if include not in ("", "None", "Metadata", "Object"):
            text = f"Invalid value: {value_text(include)}: must be 'Metadata', 'Object', 'None', or empty"
            raise errors.bad_request(f"Unable to convert to Table as requested: includeObject: {text}")
        return table(served, accepted.version, include or "Metadata", obj, now)
    if accepted.as_ == "PartialObjectMetadata":
        if "items" in obj:
            shown = go_type(served, obj)
            text = f"you requested PartialObjectMetadata, but the requested object is a list ({shown})"
            raise errors.ApiError(406, "NotAcceptable", text)
        return partial(obj, accepted.version)
    if accepted.as_ == "PartialObjectMetadataList":
        if "items" not in obj:
            shown = go_type(served, obj)
            text = f"you requested PartialObjectMetadataList, but the requested object is not a list ({shown})"
            raise errors.ApiError(406, "NotAcceptable", text)
        items = [partial(o, accepted.version) for o in obj["items"]]
        return {
            "kind": accepted.as_,
            "apiVersion": META + accepted.version,
            "metadata": obj["metadata"],
            "items": items or None,
        }
    return obj


def go_type(served: Served, obj: Object) -> str:
    """How messages name an object's type."""
    if served.custom is not None:
        return "*unstructured.Unstructured" + ("List" if "items" in obj else "")
    package = served.resource.group.partition(".")[0] or "core"
    return f"*{'core' if package == 'events' else package}.{obj['kind']}"


def _list_shown(served: Served, listed: Object, plain: bool) -> Object:
    """A list as HTTP shows it: items of built-in kinds do not repeat kind and apiVersion."""
    items = [with_managed_fields(o) for o in listed["items"]]
    if served.custom is None and plain:
        items = [{k: v for k, v in o.items() if k not in ("kind", "apiVersion")} for o in items]
    return {**listed, "items": items}


def partial(obj: Object, version: str) -> Object:
    """Only an object's metadata."""
    metadata = obj["metadata"]
    if obj.get("kind") == "DaemonSet" and TEMPLATE_GENERATION in (metadata.get("annotations") or {}):
        metadata = _without_annotation(metadata, TEMPLATE_GENERATION)
    return {"kind": "PartialObjectMetadata", "apiVersion": META + version, "metadata": metadata}


def _without_annotation(metadata: Object, name: str) -> Object:
    left = {key: value for key, value in metadata["annotations"].items() if key != name}
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**rest, "annotations": left} if left else rest


def table(served: Served, version: str, include: str, obj: Object, now: float) -> Object:
    """Rows of cells as kubectl prints them."""
    items = obj.get("items", [obj])
    shown = ("resourceVersion", "continue", "remainingItemCount")
    metadata = {k: v for k, v in obj["metadata"].items() if k in shown and v != ""}
    columns = served.resource.columns or default_columns()
    return {
        "kind": "Table",
        "apiVersion": META + version,
        "metadata": metadata if "items" in obj else {"resourceVersion": metadata["resourceVersion"]},
        "columnDefinitions": [column_definition(c) for c in columns if c.name],
        "rows": [_row(served, columns, o, include, version, now) for o in items],
    }


def column_definition(column: Any) -> Object:
    """What a client learns of a column."""
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": "",
        "priority": column.priority,
    }


def _row(served: Served, columns: Any, obj: Object, include: str, version: str, now: float) -> Object:
    shown: Any = None
    if include == "Metadata":
        shown = partial(obj, version)
    elif include == "Object":
        shown = obj
    row = {"cells": [c.cell(obj, now) for c in columns], "object": shown}
    conditions = served.resource.row_conditions(obj)
    return {**row, "conditions": conditions} if conditions else row


def scale_table(version: str, scale: Object, now: float) -> Object:
    """The scale of a workload as one row."""
    from cluster_core.api import cells
    from cluster_core.api.resource import Column

    columns = (
        Column("Name", cells.get("metadata", "name")),
        Column("Desired", lambda obj, _now: (obj.get("spec") or {}).get("replicas", 0), type="integer"),
        Column("Available", lambda obj, _now: obj["status"].get("replicas", 0), type="integer"),
        cells.AGE,
    )
    row = {"cells": [c.cell(scale, now) for c in columns], "object": partial(scale, version)}
    return {
        "kind": "Table",
        "apiVersion": META + version,
        "metadata": {"resourceVersion": scale["metadata"].get("resourceVersion", "")},
        "columnDefinitions": [column_definition(c) for c in columns],
        "rows": [row],
    }


def default_columns() -> tuple[Any, ...]:
    """Name and creation time, for kinds without columns of their own."""
    from cluster_core.api.resource import Column

    return (
        Column("Name", lambda obj, _now: obj["metadata"]["name"], format="name"),
        Column("Created At", lambda obj, _now: obj["metadata"].get("creationTimestamp"), type="date"),
    )
