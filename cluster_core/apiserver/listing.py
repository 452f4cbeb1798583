"""Lists: selectors, limit and continue tokens, a list as of one revision."""

from collections.abc import Callable, Mapping
from typing import Any

from cluster_core.apimachinery import errors, selectors
from cluster_core.apiserver import conversion, options
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.served import Served
from cluster_core.store.store import CompactedError, Store

Object = dict[str, Any]
Matches = Callable[[Object], bool]

EXPIRED = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter."
COMPACTED = "The resourceVersion for the provided list is too old."


def matcher(served: Served, query: Mapping[str, str]) -> Matches | None:
    """What the request's selectors say of an object; None if they say nothing. Raises bad request."""
    label_text, field_text = query.get("labelSelector", ""), query.get("fieldSelector", "")
    try:
        labels = selectors.parse(label_text) if label_text else None
    except selectors.SelectorError as error:
        raise errors.bad_request(str(error)) from None
    try:
        fields = selectors.parse_fields(field_text) if field_text else None
    except selectors.SelectorError as error:
        raise errors.bad_request(str(error)) from None
    if fields is not None:
        _check_fields(served, fields)
    if labels is None and not (fields and fields.terms):
        return None
    return _both(served, labels, fields)


def _both(served: Served, labels: selectors.LabelSelector | None, fields: selectors.FieldSelector | None) -> Matches:
    def matches(obj: Object) -> bool:
        if labels is not None and not labels.matches(obj["metadata"].get("labels")):
            return False
        return fields is None or fields.matches(lambda path: field_value(served, obj, path))

    return matches


def _check_fields(served: Served, fields: selectors.FieldSelector) -> None:
    for term in fields.terms:
        known = term.path in ("metadata.name", "metadata.namespace") or term.path in served.resource.selectable_fields
        if not known:
            raise errors.bad_request(_unknown_field(served, term.path))


def _unknown_field(served: Served, path: str) -> str:
    """Kinds with selectable fields of their own word it themselves."""
    resource = served.resource
    if served.custom is not None and resource.selectable_fields:
        return f"field label not supported: {path}"
    if not resource.selectable_fields:
        return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    if resource.kind == "Job":
        return f'field label "{path}" not supported for Job'
    if resource.group == "resource.k8s.io":
        return f"field label not supported for {resource.gvk.api_version}, Kind={resource.kind}: {path}"
    return f"field label not supported: {path}"


def field_value(served: Served, obj: Object, path: str) -> str:
    """The text that a field selector compares."""
    if path == "metadata.name":
        return obj["metadata"]["name"]  # type: ignore[no-any-return]
    if path == "metadata.namespace":
        return obj["metadata"].get("namespace", "")  # type: ignore[no-any-return]
    return served.resource.selectable_fields[path](obj)


def list_objects(store: Store, call: Call) -> Object:
    """A list object of the matching objects."""
    query, namespace = call.request.query, call.request.namespace or None
    matches = matcher(call.served, query)
    token, limit = query.get("continue", ""), _limit(query)
    revision, after = _parse_token(token) if token else (store.revision, None)
    if not token:
        stated = query.get("resourceVersion", "")
        asked = _list_version(stated, store.revision)
        if query.get("resourceVersionMatch") == "Exact" or (asked and limit and not query.get("resourceVersionMatch")):
            revision = asked or revision
        if stated == "0":
            limit = 0
    try:
        items = store.list_at(call.served.bucket, namespace, revision)
    except CompactedError:
        raise errors.gone(EXPIRED if token else COMPACTED) from None
    items = [conversion.shown(call.served, o) for o in items] if _needs_conversion(call.served) else items
    if after is not None:
        items = [o for o in items if _place(o) > after]
    metadata: Object = {"resourceVersion": str(revision)}
    found, left = _page(items, matches, limit)
    if left:
        metadata["continue"] = _token(revision, found[-1])
        if matches is None:
            metadata["remainingItemCount"] = left
    elif call.served.custom is not None:
        metadata["continue"] = ""
    resource = call.served.resource
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.gvk.api_version,
        "metadata": metadata,
        "items": found,
    }


def _needs_conversion(served: Served) -> bool:
    return served.custom is not None or served.stored_version != served.api_version


def _page(items: list[Object], matches: Matches | None, limit: int) -> tuple[list[Object], int]:
    """The first `limit` matching items (0: all), and how many items were not looked at."""
    if not limit:
        return (items if matches is None else [o for o in items if matches(o)]), 0
    found: list[Object] = []
    for index, obj in enumerate(items):
        if len(found) == limit:
            return found, len(items) - index
        if matches is None or matches(obj):
            found.append(obj)
    return found, 0


def _limit(query: Mapping[str, str]) -> int:
    return max(options.whole_number(query.get("limit") or "0"), 0)


def _list_version(stated: str, current: int) -> int:
    """The resourceVersion that a list asks for; 0 if it does not say."""
    if not stated or stated == "0":
        return 0
    if not stated.isdigit():
        text = f'resourceVersion: Invalid value: "{stated}": strconv.ParseUint: parsing "{stated}": invalid syntax'
        raise errors.bad_request(f"invalid resource version: {text}")
    if int(stated) > current:
        raise errors.too_large_version(int(stated), current)
    return int(stated)


def check_version(stated: str, current: int) -> None:
    """The resourceVersion of a get or watch must be a number, and not in the future for a get."""
    if not stated:
        return
    if not stated.isdigit():
        text = f'resourceVersion: Invalid value: "{stated}": strconv.ParseUint: parsing "{stated}": invalid syntax'
        raise errors.plain_failure(text)
    if int(stated) > current:
        raise errors.too_large_version(int(stated), current)


def _place(obj: Object) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _token(revision: int, last: Object) -> str:
    import base64
    import json

    namespace, name = _place(last)
    start = f"{namespace}/{name}\0" if namespace else f"{name}\0"
    text = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _parse_token(token: str) -> tuple[int, tuple[str, str]]:
    import base64
    import json

    start = "invalid continue token: continue key is not valid: "
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise errors.bad_request(f"{start}illegal base64 data") from None
    try:
        fields = json.loads(data)
        version, revision = fields.get("v", ""), int(fields.get("rv") or 0)
    except (ValueError, AttributeError):
        from cluster_core.apiserver.go_json import problem

        raise errors.bad_request(start + problem(data)) from None
    if version != "meta.k8s.io/v1":
        raise errors.bad_request(f"{start}server does not recognize this encoded version {version}")
    if revision == 0:
        raise errors.bad_request(f"{start}incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
    namespace, _, name = str(fields.get("start", "")).rstrip("\0").rpartition("/")
    return revision, (namespace, name)
