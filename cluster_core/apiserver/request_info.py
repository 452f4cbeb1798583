"""Reads a URL path and HTTP method as Kubernetes does: which resource, namespace, name, subresource and verb."""

from collections.abc import Mapping
from typing import NamedTuple

from cluster_core.apimachinery.errors import PageNotFoundError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request

_VERBS = {"get": "get", "post": "create", "put": "update", "patch": "patch", "delete": "delete"}
_NAMESPACE_SUBRESOURCES = frozenset(("status", "finalize"))


class ResourcePath(NamedTuple):
    """What a resource path names; empty strings where it says nothing."""

    gvr: GVR
    namespace: str
    name: str
    subresource: str
    subpath: str
    watch: bool


def split_query(path: str) -> tuple[str, dict[str, str]]:
    """A path and its query as a map; of repeated keys the first counts."""
    bare, _, text = path.partition("?")
    if not text:
        return bare, {}
    from urllib.parse import parse_qsl

    query: dict[str, str] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        query.setdefault(key, value)
    return bare, query


def is_true(query: Mapping[str, str], name: str) -> bool:
    """Whether an option is on: whatever is stated, but "false" and "0"."""
    return name in query and query[name].lower() not in ("false", "0")


def parse_path(path: str) -> ResourcePath | None:
    """A resource path under /api or /apis; None for every other path."""
    if path.startswith("//"):
        return None
    parts = path.strip("/").split("/")
    if "%" in path:
        from urllib.parse import unquote

        parts = [unquote(p) for p in parts]
    if parts[0] == "api" and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    watch = rest[0] == "watch"
    if watch:
        rest = rest[1:]
    if not rest:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in _NAMESPACE_SUBRESOURCES:
            rest = rest[2:]
        elif not group:
            return ResourcePath(GVR("", version, "namespaces"), "", namespace, "/".join(rest[2:3]), "", watch)
    name, subresource = "".join(rest[1:2]), "".join(rest[2:3])
    return ResourcePath(GVR(group, version, rest[0]), namespace, name, subresource, "/".join(rest[3:]), watch)


def resolve(request: Request) -> Request:
    """The request with its URL path read into gvr, namespace, name, subresource and a Kubernetes verb, if it names a resource; raises
    not found for a path below one."""
    bare, query = split_query(request.path)
    query = {**query, **request.query}
    found = parse_path(bare)
    if found is None:
        return request._replace(path=bare, query=query)
    if "/" in found.name or (found.subpath and found.subresource != "proxy"):
        raise PageNotFoundError(plain=False)
    verb = _VERBS.get(request.verb, request.verb)
    if verb == "get" and not found.name:
        verb = "watch" if is_true(query, "watch") or found.watch else "list"
    elif verb == "get" and found.watch and not found.subresource:
        verb = "watch"
        query["fieldSelector"] = f"metadata.name={found.name}"
    elif verb == "delete" and not found.name:
        verb = "deletecollection"
    return request._replace(
        verb=verb,
        gvr=found.gvr,
        namespace=found.namespace,
        name=found.name,
        subresource=found.subresource,
        path=bare,
        query=query,
    )
