"""PATCH: JSON patch, merge patch, strategic merge patch and server-side apply onto the current object."""

from typing import Any

from cluster_core.apimachinery import errors, patch_json, patch_merge, patch_strategic
from cluster_core.apimachinery.meta import deep_copy
from cluster_core.apiserver.registry import Call, Registry

Object = dict[str, Any]
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = ("application/apply-patch+yaml", "application/apply-patch+cbor")


def patch(registry: Registry, call: Call) -> Object:
    """Apply the request's patch; the answer is the stored object."""
    content_type = call.request.content_type.partition(";")[0].strip()
    body = call.request.body
    if content_type in APPLY:
        return _apply(registry, call, body)
    current = registry.get(call)
    patched = _patched(call, content_type, current, body)
    _check_identity(call, patched)
    obj = registry.decode(call, patched)
    return registry.replace(call, obj, current)


def _patched(call: Call, content_type: str, current: Object, body: Any) -> Object:
    try:
        if content_type == JSON_PATCH:
            if isinstance(body, list) and len(body) > patch_json.MAX_OPERATIONS:
                limit = patch_json.MAX_OPERATIONS
                text = f"The allowed maximum operations in a JSON patch is {limit}, got {len(body)}"
                raise errors.request_entity_too_large(text)
            return patch_json.apply(current, body)  # type: ignore[no-any-return]
        if content_type == MERGE_PATCH:
            return patch_merge.merge(current, body)  # type: ignore[no-any-return]
        if content_type == STRATEGIC and call.served.custom is None:
            return patch_strategic.apply(current, body, call.served.shape)
    except patch_json.PatchError as error:
        raise errors.ApiError(
            422, "Invalid", f"the server rejected our request due to an error in our request: {error}"
        ) from None
    except patch_strategic.StrategicPatchError as error:
        raise errors.bad_request(str(error)) from None
    accepted = [JSON_PATCH, MERGE_PATCH, *([STRATEGIC] if call.served.custom is None else []), *APPLY]
    raise errors.unsupported_media_type(accepted)


def _check_identity(call: Call, patched: Object) -> None:
    metadata = patched.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if name != call.request.name:
        text = f"the name of the object ({name or ''}) does not match the name on the URL ({call.request.name})"
        raise errors.bad_request(text)


def _apply(registry: Registry, call: Call, body: Any) -> Object:
    """Server-side apply."""
    current = registry.store.get(call.key)
    metadata = body.setdefault("metadata", {}) if isinstance(body, dict) else {}
    metadata.setdefault("name", call.request.name)
    if current is None:
        return registry.create_decoded(call, registry.decode(call, body))
    merged = patch_strategic.apply(deep_copy(current), body, call.served.shape)
    return registry.replace(call, registry.decode(call, merged), current)
