"""From a request's body to the server's own typed copy: type check, decoding by field schema, unknown and doubled fields.

Called by the registry for every write. Knows fields, not kinds' rules.
"""

from typing import Any

from cluster_core.apimachinery import errors, field
from cluster_core.apimachinery.meta import deep_copy
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.served import Served

Object = dict[str, Any]


def decode(call: Call, body: Any, current: Object | None = None) -> Object:
    """The request's own, typed copy of a body; unknown fields become warnings or a refusal.

    Parts that are `current`'s own (path copies in process) are good as they are and stay shared.
    """
    served, resource = call.served, call.served.resource
    if not isinstance(body, dict):
        raise errors.bad_request(f"the object provided is unrecognized (must be of type {resource.kind})")
    _check_type(call, body)
    if served.custom is not None:
        obj, unknown = _typed(call, served.custom.decode, body)
        if not call.request.content_type.startswith("application/apply-patch"):
            served.custom.drop_nulls(obj)
    elif served.shape is None:
        return deep_copy(body)  # type: ignore[no-any-return]
    else:
        obj, unknown = _by_shape(call, body, current)
    if call.duplicates:
        unknown = [*call.duplicates, *unknown]
    if unknown:
        _report_unknown(call, unknown)
    stated = body.get("metadata")
    if isinstance(stated, dict) and stated.get("managedFields") == []:
        obj["metadata"]["managedFields"] = []
    return obj


def _by_shape(call: Call, body: Object, current: Object | None) -> tuple[Object, list[str]]:
    from cluster_core.api.schema import decode as decode_shape

    kept = _shared_parts(body, current) if current is not None else {}
    if kept:
        body = {k: v for k, v in body.items() if k not in kept}
    elif type(body) is not dict:
        body = dict(body)
    obj, unknown = _typed(call, lambda b: decode_shape(call.served.shape, b), body)
    obj.update(kept)
    obj["apiVersion"], obj["kind"] = call.served.api_version, call.served.resource.kind
    return obj, unknown


def _typed(call: Call, decoder: Any, body: Object) -> tuple[Object, list[str]]:
    from cluster_core.api.schema import DecodeError

    try:
        obj, unknown = decoder(body)
    except DecodeError as error:
        raise errors.bad_request(f"{unfit(call)}: {error}") from None
    return obj, unknown


def unfit(call: Call) -> str:
    """How messages begin when a body is not of its kind."""
    kind = call.served.resource.kind
    return f'{kind} in version "{call.served.resource.version}" cannot be handled as a {kind}'


def _shared_parts(body: Object, current: Object) -> Object:
    """Top-level parts of a body that are the stored object's very own; metadata as a copy, since it will change."""
    kept = {k: v for k, v in body.items() if v is current.get(k) and isinstance(v, dict)}
    if "metadata" in kept:
        kept["metadata"] = dict(kept["metadata"])
    return kept


def part_alone(call: Call, part: str, body: Any, current: Object) -> Object | None:
    """The typed status or spec of a body that otherwise is made of the stored object's own parts; None for any other body."""
    if not isinstance(body, dict) or call.duplicates or call.served.shape is None:
        return None
    if body.keys() != current.keys() or any(v is not current[k] for k, v in body.items() if k != part):
        return None
    if call.request.typed:
        return body[part]  # type: ignore[no-any-return]
    from cluster_core.api.schema.decode import decode_part

    value: Object | None = decode_part(call.served.shape.fields[part].shape, body[part])
    return value


def _check_type(call: Call, body: Object) -> None:
    served, resource = call.served, call.served.resource
    version, kind = body.get("apiVersion") or served.api_version, body.get("kind") or resource.kind
    if version != served.api_version and served.custom is None and _is_unknown(version, kind):
        stated = version.rpartition("/")[2]
        text = (
            f'{kind} in version "{stated}" cannot be handled as a {resource.kind}: no kind "{kind}" is registered for'
        )
        raise errors.bad_request(f'{text} version "{version}" in scheme "pkg/runtime/scheme.go:111"')
    if version != served.api_version:
        text = f"the API version in the data ({version}) does not match the expected API version ({served.api_version})"
        raise errors.bad_request(text)
    if kind != resource.kind and served.custom is not None:
        wrong = field.invalid("kind", kind, f"must be {resource.kind}")
        name = (body.get("metadata") or {}).get("name", "") if isinstance(body.get("metadata"), dict) else ""
        raise errors.invalid(f"{kind}.{resource.group}", name, [wrong])
    if kind != resource.kind:
        stated = f'{kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
        raise errors.bad_request(f"{stated}: {_other_kind(served, kind, body)}")


def _is_unknown(version: str, kind: str) -> bool:
    """Whether there is no built-in kind of this name in a version."""
    from cluster_core.api import scheme

    group, _, short = version.rpartition("/")
    return scheme.row_for_kind(group, short, kind) is None


def _other_kind(served: Served, kind: str, body: Object) -> str:
    """What is wrong with a body of another kind: it is read as what it says it is, and then does not fit."""
    from cluster_core.api import scheme
    from cluster_core.api.schema import DecodeError, shape_for
    from cluster_core.api.schema import decode as decode_shape

    resource = served.resource
    row = scheme.row_for_kind(resource.group, resource.version, kind)
    if row is None and served.custom is None:
        version = served.api_version
        return f'no kind "{kind}" is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"'
    shape = shape_for(row.gvk) if row is not None else None
    try:
        if shape is not None:
            decode_shape(shape, body)
    except DecodeError as error:
        return str(error)
    package = resource.group.partition(".")[0] or "core"
    return f"converting ({resource.version}.{kind}) to ({package}.{resource.kind}): unknown conversion"


def _report_unknown(call: Call, unknown: list[str]) -> None:
    mode = call.request.query.get("fieldValidation") or "Warn"
    if mode == "Strict":
        raise errors.bad_request(f"{unfit(call)}: strict decoding error: {', '.join(unknown)}")
    if mode == "Warn":
        call.warnings.extend(unknown)
