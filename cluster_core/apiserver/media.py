"""Media types: what a client accepts, bodies in JSON and YAML, answers in JSON and YAML."""

from typing import Any, NamedTuple

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import Request

JSON, YAML = "application/json", "application/yaml"
_BODY_TYPES = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")


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
    for media_type, parameters in _clauses(request.accept):
        if media_type in ("*/*", "application/*"):
            media_type = JSON
        if media_type not in (JSON, YAML):
            continue
        as_ = parameters.get("as", "")
        if not as_:
            return Accepted(media_type)
        group, version = parameters.get("g", ""), parameters.get("v", "")
        if version in _FORMS.get((as_, group), ()):
            return Accepted(media_type, as_, group, version)
    listed = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    text = f"only the following media types are accepted: {listed}"
    raise errors.ApiError(406, "NotAcceptable", text)


def decode_body(request: Request, body: bytes) -> Any:
    """A request's body as JSON values; None without one."""
    if not body:
        return None
    media_type = request.content_type.partition(";")[0].strip() or JSON
    if media_type == YAML or media_type == "application/apply-patch+yaml":
        return _yaml(body)
    if media_type == JSON or media_type.endswith("+json"):
        return _json(body)
    raise errors.unsupported_media_type(_BODY_TYPES)


def _json(body: bytes) -> Any:
    import orjson

    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.bad_request(f"couldn't get version/kind; json parse error: {error}") from None


def _yaml(body: bytes) -> Any:
    import yaml

    try:
        return yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise errors.bad_request(f"error decoding YAML: {error}") from None


def encode(accepted: Accepted, obj: Any) -> tuple[str, bytes]:
    """(media type, bytes) of an answer."""
    if accepted.media_type == YAML:
        import yaml

        return YAML, yaml.dump(obj, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=True).encode()
    import orjson

    return JSON, orjson.dumps(obj) + b"\n"
