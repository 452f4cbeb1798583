"""Media types: what a client accepts, bodies in JSON, YAML and protobuf, answers in JSON and YAML."""

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, NamedTuple

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import Request

JSON, YAML = "application/json", "application/yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
PROTOBUF = "application/vnd.kubernetes.protobuf"
CONNECTIONS = frozenset(("attach", "exec", "portforward", "proxy"))
"""Subresources that pass on what they are sent, whatever it is."""
APPLY = "application/apply-patch+yaml"
_BODY_TYPES = (JSON, YAML, PROTOBUF)
_PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC, APPLY)


class Accepted(NamedTuple):
    """The answer's media type and, with `as_`, the form that the client asked for (Table, PartialObjectMetadata …)."""

    media_type: str
    as_: str = ""
    group: str = ""
    version: str = ""


def _clauses(header: str) -> list[tuple[str, dict[str, str]]]:
    found = []
    for clause in header.split(","):
        media_type, *parameters = (p.strip() for p in clause.split(";"))
        found.append((media_type, dict(p.partition("=")[::2] for p in parameters)))
    return found


_FORMS = {
    ("Table", "meta.k8s.io"): ("v1", "v1beta1"),
    ("PartialObjectMetadata", "meta.k8s.io"): ("v1", "v1beta1"),
    ("PartialObjectMetadataList", "meta.k8s.io"): ("v1", "v1beta1"),
    ("APIGroupDiscoveryList", "apidiscovery.k8s.io"): ("v2", "v2beta1"),
}


def accepted_of(request: Request) -> Accepted:
    """The first of the Accept header's clauses that this server can fulfil; raises not acceptable."""
    if not request.accept:
        return Accepted(JSON)
    known = False
    for media_type, parameters in _clauses(request.accept):
        if media_type == "*/*":
            media_type = JSON
        if media_type not in (JSON, YAML):
            continue
        known = True
        as_ = parameters.get("as", "")
        if not as_:
            return Accepted(media_type)
        group, version = parameters.get("g", ""), parameters.get("v", "")
        if version in _FORMS.get((as_, group), ()):
            return Accepted(media_type, as_, group, version)
    listed = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    if known:
        text = f"only the following media types are accepted: {listed}"
        raise errors.ApiError(406, "NotAcceptable", text)
    streams = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch"
    text = f"406: Not Acceptable\n\nAvailable representations: {listed}, {streams}"
    raise errors.ApiError(406, "NotAcceptable", text, {})


def decode_body(request: Request, body: bytes) -> tuple[Any, tuple[str, ...]]:
    """A request's body as JSON values, and the fields that it states twice; None without a body."""
    if request.subresource in CONNECTIONS:
        return None, ()
    media_type = request.content_type.partition(";")[0].strip() if request.content_type else JSON
    _check_type(request, media_type, bool(body))
    if not body and request.verb not in ("create", "update"):
        if media_type in (JSON_PATCH, MERGE_PATCH):
            raise errors.bad_request("error decoding patch: unexpected end of JSON input")
        if media_type == STRATEGIC:
            raise errors.bad_request("unexpected end of JSON input")
        return None, ()
    if media_type in (YAML, APPLY):
        return _yaml(request, body)
    if media_type == PROTOBUF:
        return _protobuf(request, body), ()
    return _json(request, media_type, body)


def _check_type(request: Request, media_type: str, has_body: bool) -> None:
    """Refuse what a verb does not take; raises ApiError."""
    if request.verb == "patch":
        if media_type not in _PATCH_TYPES:
            raise errors.unsupported_patch_type()
    elif has_body and media_type not in _BODY_TYPES:
        raise errors.unsupported_media_type(_BODY_TYPES)


def _json(request: Request, media_type: str, body: bytes) -> tuple[Any, tuple[str, ...]]:
    import json

    from cluster_core.apiserver.go_json import problem

    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_refuse)
    except (ValueError, RecursionError):
        text = problem(body)
        if media_type in (JSON_PATCH, MERGE_PATCH):
            raise errors.bad_request(f"error decoding patch: {text}") from None
        if media_type == STRATEGIC:
            raise errors.bad_request(text) from None
        text = f"couldn't get version/kind; json parse error: {text}"
        if request.verb in ("create", "update"):
            raise _unrecognized(request, text, body) from None
        raise errors.bad_request(text) from None
    duplicates: list[str] = []
    plain = _plain(value, "", duplicates)
    if "\\ud" in text or "\\uD" in text:
        plain = _without_lone_surrogates(plain)
    if request.verb in ("create", "update") and not isinstance(plain, dict):
        return _other_form(request, plain, body), ()
    if request.verb in ("create", "update"):
        _check_type_meta(request, plain, body)
    return plain, tuple(duplicates)


def _without_lone_surrogates(value: Any) -> Any:
    """Half of a surrogate pair becomes U+FFFD, as in Go."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_lone_surrogates(k): _without_lone_surrogates(v) for k, v in value.items()}
    return value


class _Pairs(list[tuple[str, Any]]):
    """An object's members as written, repeats included."""


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _plain(value: Any, path: str, duplicates: list[str]) -> Any:
    if isinstance(value, _Pairs):
        result: dict[str, Any] = {}
        for key, child in value:
            place = f"{path}.{key}" if path else key
            if key in result:
                duplicates.append(f'duplicate field "{place}"')
            result[key] = _plain(child, place, duplicates)
        return result
    if isinstance(value, list):
        return [_plain(child, f"{path}[{index}]", duplicates) for index, child in enumerate(value)]
    return value


def _kind(request: Request) -> str:
    from cluster_core.api import scheme

    row = scheme.row_for(*request.gvr) if request.gvr else None
    return row.kind if row else "Unstructured"


def _check_type_meta(request: Request, value: dict[str, Any], body: bytes) -> None:
    """apiVersion and kind are text; raises ApiError."""
    for name in ("apiVersion", "kind"):
        stated = value.get(name, "")
        if stated is not None and not isinstance(stated, str):
            form = {list: "array", dict: "object", bool: "bool"}.get(type(stated), "number")
            text = f"json: cannot unmarshal {form} into Go struct field .{name} of type string"
            raise _unrecognized(request, f"couldn't get version/kind; json parse error: {text}", body)


def _unrecognized(request: Request, text: str, body: bytes) -> errors.ApiError:
    """A body that is no object at all."""
    start = f"the object provided is unrecognized (must be of type {_kind(request)})"
    return errors.bad_request(f"{start}: {text} ({_dump(body)})")


def _other_form(request: Request, value: Any, body: bytes) -> Any:
    """null is an empty object, everything else refused."""
    found = {list: "array", str: "string", bool: "bool"}.get(type(value), "number")
    if value is None:
        return {}
    wanted = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
    text = f"couldn't get version/kind; json parse error: json: cannot unmarshal {found} into Go value of type {wanted}"
    raise _unrecognized(request, text, body)


SUMMARY = 30


def _dump(body: bytes) -> str:
    """The start of a body as the error shows it: text if it looks like an object, else hexadecimal."""
    if not body:
        return "<empty>"
    start = body[:SUMMARY].decode(errors="replace") if body.startswith(b"{") else body[:SUMMARY].hex()
    return start + (" ..." if len(body) > SUMMARY else "")


EXPANDED_LIMIT = 200_000


def _protobuf(request: Request, body: bytes) -> Any:
    from cluster_core.apiserver.protobuf import ProtobufError, decode

    try:
        return decode(body)
    except ProtobufError as error:
        if request.verb in ("create", "update"):
            raise _unrecognized(request, str(error), body) from None
        raise errors.bad_request(str(error)) from None


@cache
def _yaml_loader() -> Any:
    """Reads YAML as Go's library does: y and n are booleans, and tags that nobody knows say nothing."""
    import re

    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        bool_values: ClassVar[dict[str, bool]] = {**base.bool_values, "y": True, "n": False}

    def plain(loader: Any, _tag: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_mapping(node, deep=True)

    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^[yYnN]$"), list("yYnN"))
    Loader.add_multi_constructor("", plain)
    return Loader


def _yaml(request: Request, body: bytes) -> tuple[Any, tuple[str, ...]]:
    """The value of a YAML document, and which keys it states twice."""
    import yaml

    loader = _yaml_loader()(body)
    try:
        node = loader.get_single_node()
        value = None if node is None else loader.construct_document(node)
        if _expanded(value, {}) > EXPANDED_LIMIT:
            raise errors.bad_request("error decoding YAML: document contains excessive aliasing")
        if request.verb in ("create", "update") and not isinstance(value, dict):
            return _other_form(request, value, body), ()
        return value, tuple(_doubled_keys(node, set()))
    except (yaml.YAMLError, ValueError) as error:
        raise _broken_yaml(request, body, error) from None
    finally:
        loader.dispose()


def _broken_yaml(request: Request, body: bytes, error: Exception) -> errors.ApiError:
    """What Go's YAML library says of text that is not YAML."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    line = mark.line + (type(error).__name__ == "ScannerError") if mark is not None else 0
    text = f"yaml: line {line}: {problem}" if line else f"yaml: {problem}"
    if request.verb in ("create", "update"):
        return _unrecognized(request, text, body)
    if request.verb == "patch":
        from cluster_core.apiserver import options

        options.check(request)
        options.check_patch(request)
    return errors.bad_request(f"error decoding YAML: error converting YAML to JSON: {text}")


def _doubled_keys(node: Any, seen: set[int]) -> Iterator[str]:
    """What a strict reader says of keys that a mapping states again."""
    if node is None or id(node) in seen or isinstance(node.value, str):
        return
    seen.add(id(node))
    found: set[str] = set()
    for child in node.value:
        if isinstance(child, tuple):
            key, child = child
            if isinstance(key.value, str) and key.value in found:
                yield f'line {key.start_mark.line + 1}: key "{key.value}" already set in map'
            elif isinstance(key.value, str) and key.value != "<<":
                found.add(key.value)
        yield from _doubled_keys(child, seen)


def _expanded(value: Any, known: dict[int, int]) -> int:
    """How many values a document has once its aliases are written out."""
    if not isinstance(value, (dict, list)):
        return 1
    found = known.get(id(value))
    if found is None:
        known[id(value)] = EXPANDED_LIMIT + 1  # one that contains itself never ends
        children = value.values() if isinstance(value, dict) else value
        found = known[id(value)] = 1 + sum(_expanded(child, known) for child in children)
    return found


def encode(accepted: Accepted, obj: Any) -> tuple[str, bytes]:
    """(media type, bytes) of an answer; JSON without the end of line."""
    if accepted.media_type == YAML:
        import yaml

        return YAML, yaml.dump(obj, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=True).encode()
    import orjson

    return JSON, orjson.dumps(obj)
