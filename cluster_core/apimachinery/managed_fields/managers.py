"""Ownership: managers with their field sets, changed by updates and applies as upstream's field manager does."""

from typing import Any, NamedTuple

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.managed_fields import sets, typed
from cluster_core.apimachinery.managed_fields.sets import Node
from cluster_core.apimachinery.managed_fields.types import Type

Object = dict[str, Any]
APPLY, UPDATE = "Apply", "Update"
MAX_UPDATERS = 10
BEFORE_FIRST_APPLY, ANCIENT = "before-first-apply", "ancient-changes"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
STRIPPED = sets.of_paths(
    ("apiVersion",),
    ("kind",),
    ("metadata",),
    ("metadata", "name"),
    ("metadata", "namespace"),
    ("metadata", "creationTimestamp"),
    ("metadata", "selfLink"),
    ("metadata", "uid"),
    ("metadata", "clusterName"),
    ("metadata", "generation"),
    ("metadata", "managedFields"),
    ("metadata", "resourceVersion"),
)


class Manager(NamedTuple):
    """Who: an applier is the same in every apiVersion, an updater one per apiVersion."""

    name: str
    operation: str
    api_version: str
    subresource: str


class Owned(NamedTuple):
    """A manager's fields, the apiVersion they were written in, and when they last changed."""

    fields: Node
    api_version: str
    time: str


Managers = dict[Manager, Owned]


class Context(NamedTuple):
    """What a write is about: the object's type, its version, the subresource, and fields that this endpoint ignores."""

    type: Type
    api_version: str
    subresource: str
    ignored: Node
    now: str


class ApplyConflictError(Exception):
    """Somebody else owns what is applied."""

    def __init__(self, conflicts: dict[Manager, Node]) -> None:
        super().__init__("apply conflict")
        self.conflicts = conflicts


def _manager(name: str, operation: str, context: Context) -> Manager:
    version = "" if operation == APPLY else context.api_version
    return Manager(name or "unknown", operation, version, context.subresource)


# Reading and writing the API's form


def decode(entries: list[Object]) -> Managers:
    """Managers from metadata.managedFields; raises ValueError."""
    found: Managers = {}
    for index, entry in enumerate(entries):
        operation, version = entry.get("operation", ""), entry.get("apiVersion", "")
        if operation not in (APPLY, UPDATE):
            raise ValueError("operation must be `Apply` or `Update`")
        if not version:
            raise ValueError("apiVersion must not be empty")
        if entry.get("fieldsType") != "FieldsV1":
            raise ValueError(f"missing fieldsType in managed fields entry {index}")
        name = Manager(
            entry.get("manager", ""), operation, "" if operation == APPLY else version, entry.get("subresource", "")
        )
        found[name] = Owned(sets.from_fields(entry.get("fieldsV1") or {}), version, entry.get("time") or "")
    return found


def encode(managers: Managers) -> list[Object]:
    """metadata.managedFields, sorted as upstream sorts."""

    def order(item: tuple[Manager, Owned]) -> tuple[str, ...]:
        manager, owned = item
        return (manager.operation, owned.time, manager.name, owned.api_version, manager.subresource)

    entries = []
    for manager, owned in sorted(managers.items(), key=order):
        entry: Object = {"manager": manager.name, "operation": manager.operation, "apiVersion": owned.api_version}
        if owned.time:
            entry["time"] = owned.time
        entry["fieldsType"] = "FieldsV1"
        entry["fieldsV1"] = sets.to_fields(owned.fields)
        if manager.subresource:
            entry["subresource"] = manager.subresource
        entries.append(entry)
    return entries


# Updates


def update(context: Context, managers: Managers, name: str, live: Object, new: Object) -> Managers:
    """Ownership after an update, patch or create by `name` turned `live` into `new`."""
    change = typed.compare(context.type, live, new)
    change = typed.Comparison(*(sets.without_trees(part, context.ignored) for part in change))
    result = _release(context, managers, change)
    written = sets.difference(sets.union(change.modified, change.added), STRIPPED)
    if written:
        manager = _manager(name, UPDATE, context)
        before = result.get(manager)
        fields = sets.union(before.fields, written) if before else written
        result[manager] = Owned(fields, context.api_version, context.now)
    return _capped(result)


def _release(context: Context, managers: Managers, change: typed.Comparison) -> Managers:
    """Everybody loses what was changed or removed."""
    lost = sets.union(sets.union(change.modified, change.added), change.removed)
    if not lost:
        return dict(managers)
    result: Managers = {}
    for manager, owned in managers.items():
        if owned.api_version != context.api_version:
            result[manager] = owned
            continue
        fields = sets.difference(owned.fields, lost)
        if fields:
            result[manager] = owned._replace(fields=fields)
    return result


def _capped(managers: Managers) -> Managers:
    """At most ten updaters: the oldest share one entry per version."""
    updaters = [(o.time, m) for m, o in managers.items() if m.operation == UPDATE]
    surplus = len(updaters) - MAX_UPDATERS
    if surplus <= 0:
        return managers
    result = dict(managers)
    first: dict[str, Manager] = {}
    for time, manager in sorted(updaters):
        if surplus <= 0:
            break
        owned = result[manager]
        bucket = Manager(ANCIENT, UPDATE, owned.api_version, "")
        if owned.api_version not in first:
            first[owned.api_version] = manager
            continue
        if bucket not in result:
            result[bucket] = result.pop(first[owned.api_version])
        fields = sets.union(owned.fields, result[bucket].fields)
        del result[manager]
        result[bucket] = Owned(fields, owned.api_version, time)
        surplus -= 1
    return result


# Apply


class Applied(NamedTuple):
    """The merged object, or None if nothing changed, and who owns what now."""

    object: Object | None
    managers: Managers


def apply(context: Context, managers: Managers, name: str, live: Object, config: Object, force: bool) -> Applied:
    """Merge `config` into `live`; raises ApplyConflictError, or TypeMismatchError for a config that does not fit."""
    typed.validate(context.type, config)
    merged = typed.merge(context.type, live, config)
    manager = _manager(name, APPLY, context)
    last = managers.get(manager)
    fields = sets.without_trees(typed.field_set(context.type, config), context.ignored)
    result = dict(managers)
    result[manager] = Owned(fields, context.api_version, "")
    if last is not None and last.fields:
        merged = _prune(context, merged, result, last.fields)
    change = typed.compare(context.type, live, merged)
    change = typed.Comparison(*(sets.without_trees(part, context.ignored) for part in change))
    if not force:
        _check_conflicts(context, result, manager, change)
    others = {m: o for m, o in result.items() if m != manager}
    final = _release(context, others, change)
    fields = sets.difference(fields, STRIPPED)
    if fields:
        time = context.now if live != merged else (last.time if last else "")
        final[manager] = Owned(fields, context.api_version, time)
    return Applied(merged if live != merged else None, final)


def _check_conflicts(context: Context, managers: Managers, applier: Manager, change: typed.Comparison) -> None:
    written = sets.union(change.modified, change.added)
    conflicts = {}
    for manager, owned in managers.items():
        if manager == applier or owned.api_version != context.api_version:
            continue
        shared = sets.intersection(owned.fields, written)
        if shared:
            conflicts[manager] = shared
    if conflicts:
        raise ApplyConflictError(conflicts)


def _prune(context: Context, merged: Object, managers: Managers, last: Node) -> Object:
    """Take away what the applier owned before and nobody owns now."""
    type = context.type
    last_named = typed.ensure_named(type, last)
    pruned = typed.remove(type, merged, last_named) or {}
    managed: Node = {}
    for owned in managers.values():
        if owned.api_version == context.api_version:
            managed = sets.union(managed, owned.fields)
    merged_set = typed.ensure_named(type, typed.field_set(type, merged))
    pruned_set = typed.ensure_named(type, typed.field_set(type, pruned))
    gone = sets.difference(sets.difference(merged_set, pruned_set), typed.ensure_named(type, managed))
    pruned = typed.remove(type, merged, gone) or {}
    pruned_set = typed.ensure_named(type, typed.field_set(type, pruned))
    gone = sets.intersection(sets.difference(merged_set, pruned_set), last_named)
    return typed.remove(type, merged, gone) or {}


# Client-side apply's annotation


def allowed_by_last_applied(context: Context, live: Object) -> Node:
    """Fields that kubectl's client-side apply set and nobody changed since: kubectl's server-side apply may take them over."""
    import json

    text = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED, "")
    try:
        last = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(last, dict) or last.get("apiVersion") != context.api_version:
        return {}
    change = typed.compare(context.type, last, live)
    owned = typed.field_set(context.type, last)
    for part in change:
        owned = sets.difference(owned, part)
    return owned


# Errors


def conflict_error(conflicts: dict[Manager, Node], times: Managers) -> errors.ApiError:
    """409 with one cause per field."""
    found = [(m, p) for m, node in conflicts.items() for p in sets.paths(node)]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {_shown(m)}", "field": path} for m, path in found
    ]
    if len(found) == 1:
        text = f"Apply failed with 1 conflict: conflict with {_shown(found[0][0])}: {found[0][1]}"
    else:
        lines = []
        for manager in sorted(conflicts, key=_identifier):
            lines.append(f"conflicts with {_shown(manager)}:")
            lines += [f"- {path}" for m, path in found if m == manager]
        text = f"Apply failed with {len(found)} conflicts: " + "\n".join(lines)
    return errors.ApiError(409, "Conflict", text, {"causes": causes})


def _identifier(manager: Manager) -> tuple[str, ...]:
    return (manager.name, manager.operation, manager.api_version, manager.subresource)


def _shown(manager: Manager) -> str:
    text = f'"{manager.name}"'
    if manager.subresource:
        text += f' with subresource "{manager.subresource}"'
    if manager.operation == UPDATE:
        text += f" using {manager.api_version}"
    return text
