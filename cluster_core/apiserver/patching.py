"""PATCH: JSON patch, merge patch, strategic merge patch and server-side apply onto the current object."""

from typing import Any

from cluster_core.apimachinery import errors, field, patch_json, patch_merge, patch_strategic
from cluster_core.apimachinery.managed_fields import managers, sets
from cluster_core.apimachinery.managed_fields.typed import TypeMismatchError
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver import conversion, strategy
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.ownership import Ownership, context, ownership_of, with_managed_fields, zero
from cluster_core.apiserver.registry import Registry

Object = dict[str, Any]
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


def patch(registry: Registry, call: Call) -> tuple[int, Object]:
    """Apply the request's patch: HTTP status (201 if server-side apply created it) and the stored object."""
    content_type = call.request.content_type.partition(";")[0].strip()
    body = call.request.body
    if content_type == APPLY:
        return _apply(registry, call, body)
    return 200, registry.replace(call, patched(registry, call), registry.get(call))


def patched(registry: Registry, call: Call) -> Object:
    """The decoded result of a JSON, merge or strategic patch on the current object."""
    content_type = call.request.content_type.partition(";")[0].strip()
    known = (JSON_PATCH, MERGE_PATCH) if call.served.custom is not None else (JSON_PATCH, MERGE_PATCH, STRATEGIC)
    if content_type == STRATEGIC and content_type not in known:
        raise errors.unsupported_media_type((*known, APPLY))
    if content_type not in known:
        raise errors.unsupported_patch_type()
    body, current = call.request.body, registry.get(call)
    _check_form(call, content_type, body)
    result = _patched(call, content_type, current, body)
    if isinstance(result.get("metadata"), dict):
        strategy.check_namespace(result["metadata"], call.served.resource.namespaced, call.request.namespace)
    obj = _decoded(registry, call, content_type, result, current)
    _check_name(call, obj)
    return obj


def _check_form(call: Call, content_type: str, body: Any) -> None:
    """A patch must be a list of operations, or an object; null patches nothing where that is allowed."""
    if content_type == JSON_PATCH:
        if body is not None and not isinstance(body, list):
            wanted = "[]handlers.jsonPatchOp"
            raise errors.bad_request(
                f"error decoding patch: json: cannot unmarshal {_json_kind(body)} into Go value of type {wanted}"
            )
        for index, operation in enumerate(body or ()):
            if isinstance(operation, dict):
                unknown = sorted(k for k in operation if k not in ("op", "path", "from", "value"))
                call.warnings.extend(f'json patch unknown field "[{index}].{k}"' for k in unknown)
    else:
        if body is None and content_type == MERGE_PATCH:
            raise errors.bad_request("Invalid JSON Patch")
        if body is not None and not isinstance(body, dict):
            start = "error decoding patch: " if content_type == MERGE_PATCH else ""
            text = f"json: cannot unmarshal {_json_kind(body)} into Go value of type map[string]interface {{}}"
            raise errors.bad_request(start + text)


def _json_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "number"


def _patched(call: Call, content_type: str, current: Object, body: Any) -> Object:
    """The patched object, not decoded yet."""
    shown = current if "managedFields" not in repr(body) else with_managed_fields(current)
    if content_type == JSON_PATCH:
        operations = body or []
        if len(operations) > patch_json.MAX_OPERATIONS:
            limit = patch_json.MAX_OPERATIONS
            text = f"The allowed maximum operations in a JSON patch is {limit}, got {len(operations)}"
            raise errors.request_entity_too_large(text)
        try:
            return patch_json.apply(shown, operations)  # type: ignore[no-any-return]
        except (patch_json.PatchError, AttributeError, TypeError):
            raise errors.rejected_patch() from None
    if content_type == MERGE_PATCH:
        return patch_merge.merge(shown, body)  # type: ignore[no-any-return]
    try:
        result = patch_strategic.apply(shown, body or {}, call.served.shape)
    except patch_strategic.StrategicPatchError as error:
        raise (errors.plain_failure if error.internal else errors.bad_request)(str(error)) from None
    return {**result, "apiVersion": current["apiVersion"], "kind": current["kind"]}


def _decoded(registry: Registry, call: Call, content_type: str, result: Object, current: Object) -> Object:
    """The result as the kind's own; what does not decode is the patch's fault."""
    try:
        return registry.decode(call, result, current)
    except errors.ApiError as error:
        if error.code != 400:
            raise
        text = error.message
        marker = f"cannot be handled as a {call.served.resource.kind}: "
        text = text.partition(marker)[2] or text
        if content_type == STRATEGIC:
            shown, text = patch_strategic.go_text(call.request.body), _strategic_text(text)
        else:
            shown = _quoted(call, content_type, result, current)
        raise errors.invalid("", "", [field.invalid("patch", shown, text)]) from None


def _strategic_text(text: str) -> str:
    """Strategic patches are decoded field by field, with shorter words."""
    found, _, rest = text.removeprefix("json: cannot unmarshal ").partition(" into ")
    wanted = rest.rpartition("of type ")[2]
    if not text.startswith("json: cannot unmarshal"):
        return text
    if found.startswith("number"):
        return f"cannot convert int64 to {wanted}"
    kind = {"object": "map", "array": "slice"}.get(found, found)
    if wanted.startswith("[]") and kind != "slice":
        return f"cannot restore slice from {kind}"
    return f"unrecognized type: {wanted}"


def _quoted(call: Call, content_type: str, result: Object, current: Object) -> str:
    from cluster_core.apiserver.go_order import merge_path, operations_path, patched_text

    body, metadata = call.request.body, result.get("metadata")
    entries = with_managed_fields(current)["metadata"].get("managedFields")
    if entries and isinstance(metadata, dict):
        result = {**result, "metadata": {"managedFields": entries, **metadata}}
    path = operations_path(body) if content_type == JSON_PATCH else merge_path(body)
    return patched_text(result, call.served.resource.gvk, path)


def _check_name(call: Call, obj: Object) -> None:
    name = (obj.get("metadata") or {}).get("name")
    if not name:
        text = f"the name of the object ({call.request.name} based on URL) was undeterminable: name must be provided"
        raise errors.bad_request(text)
    if name != call.request.name:
        text = f"the name of the object ({name}) does not match the name on the URL ({call.request.name})"
        raise errors.bad_request(text)


def _apply(registry: Registry, call: Call, body: Any) -> tuple[int, Object]:
    """Server-side apply: merge what the manager wants into the object, and note who owns what."""
    config = _apply_config(call, body)
    found = registry.store.get(call.key)
    current = None if found is None else conversion.shown(call.served, found)
    if current is None and call.request.subresource:
        raise errors.not_found(call.served.group_resource, call.request.name)
    _check_uid(call, config, current)
    force = call.request.query.get("force", "") == "true"
    now = rfc3339(registry.loop.now())
    about = context(call.served, call.request.subresource, now)
    live = zero(call.served) if current is None else current
    owners_now = ownership_of(current).managers() if current is not None else {}
    if not owners_now and current is not None:
        owners_now = managers.update(about, owners_now, managers.BEFORE_FIRST_APPLY, zero(call.served), current)
    applied = _merged(call, about, owners_now, live, config, force)
    owners = Ownership(applied.managers)
    merged = dict(applied.object if applied.object is not None else live)
    merged = _with_last_applied(call, merged, config)
    obj = registry.decode(call, merged)
    if current is None:
        return 201, registry.create_decoded(call, obj, owners)
    return 200, registry.replace(call, obj, current, owners)


def apply_part(registry: Registry, call: Call, config: Object, current: Object) -> Object:
    """Server-side apply through a subresource that shows a part of the object: the stored object."""
    about = context(call.served, call.request.subresource, "")
    force = call.request.query.get("force", "") == "true"
    applied = _merged(call, about, ownership_of(current).managers(), current, config, force)
    obj = registry.decode(call, dict(applied.object if applied.object is not None else current))
    return registry.replace(call, obj, current, Ownership(applied.managers))


def _apply_config(call: Call, body: Any) -> Object:
    if not isinstance(body, dict):
        raise errors.bad_request(
            "error decoding YAML: json: cannot unmarshal into Go value of type map[string]interface {}"
        )
    resource = call.served.resource
    version, kind = body.get("apiVersion") or "", body.get("kind") or ""
    if not version or not kind or kind != resource.kind or version != resource.gvk.api_version:
        stated_group, _, stated_version = version.rpartition("/")
        raise errors.bad_request(f"invalid object type: {stated_group}/{stated_version}, Kind={kind}")
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if metadata.get("managedFields") is not None:
        raise errors.bad_request("metadata.managedFields must be nil")
    if not metadata.get("name"):
        name = call.request.name
        raise errors.bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )
    return {**body, "metadata": metadata}


def _check_uid(call: Call, config: Object, current: Object | None) -> None:
    stated = config["metadata"].get("uid")
    if stated and current is None:
        text = f"uid mismatch: the provided object specified uid {stated}, and no existing object was found"
        raise errors.conflict(call.served.group_resource, call.request.name, text)


def _merged(
    call: Call, about: managers.Context, found: managers.Managers, live: Object, config: Object, force: bool
) -> managers.Applied:
    manager = call.request.query.get("fieldManager", "")
    try:
        return managers.apply(about, found, manager, live, config, force)
    except TypeMismatchError as error:
        gvk = call.served.resource.gvk
        place = f"{config['metadata'].get('namespace') or ''}/{config['metadata'].get('name') or ''}"
        what = f"{gvk.group}/{gvk.version}, Kind={gvk.kind}"
        raise errors.ApiError(500, "", f"failed to create typed patch object ({place}; {what}): {error}") from None
    except managers.ApplyConflictError as error:
        if manager == "kubectl":
            allowed = managers.allowed_by_last_applied(about, live)
            left = {m: rest for m, node in error.conflicts.items() if (rest := sets.difference(node, allowed))}
            if not left:
                return managers.apply(about, found, manager, live, config, True)
            raise managers.conflict_error(left, found) from None
        raise managers.conflict_error(error.conflicts, found) from None


def _with_last_applied(call: Call, merged: Object, config: Object) -> Object:
    """kubectl's own annotation follows its server-side apply where it exists."""
    annotations = (merged.get("metadata") or {}).get("annotations") or {}
    if call.request.query.get("fieldManager") != "kubectl" or managers.LAST_APPLIED not in annotations:
        return merged
    import json

    text = json.dumps(config, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
    metadata = {**merged["metadata"], "annotations": {**annotations, managers.LAST_APPLIED: text}}
    return {**merged, "metadata": metadata}
