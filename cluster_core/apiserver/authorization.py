"""Joins the pipeline to the authorizer: what a request asks for, stored roles, and the hooks of roles and bindings."""

from typing import Any

from cluster_core.apimachinery.request import Request
from cluster_core.auth.rbac import BINDINGS, CLUSTER_BINDINGS, CLUSTER_ROLES, ROLES
from cluster_core.auth.rules import Attributes
from cluster_core.store.store import Key, Store

Object = dict[str, Any]
_BUCKETS = (ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS)


class StoredRoles:
    """Roles and bindings as the store has them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, bucket: str, namespace: str, name: str) -> Object | None:
        """One object, None without it."""
        return self._store.get(Key(bucket, namespace, name))

    def list(self, bucket: str, namespace: str | None = None) -> Any:
        """All objects of a bucket or of one of its namespaces."""
        return self._store.list(bucket, namespace)

    def changed(self) -> int:
        """The last revision that touched a role or binding."""
        return max(self._store.changed(bucket) for bucket in _BUCKETS)


def wanted(request: Request) -> Attributes:
    """What a request asks for."""
    gvr = request.gvr
    if gvr is None:
        return Attributes(request.verb, path=request.path)
    namespace, name = request.namespace, request.name
    if gvr.resource == "namespaces" and not gvr.group and name:
        namespace = name
    if not name and request.verb in ("list", "watch", "deletecollection"):
        name = _selected_name(request)
    return Attributes(request.verb, gvr.group, gvr.resource, request.subresource, namespace, name, "", gvr.version)


def _selected_name(request: Request) -> str:
    text = request.query.get("fieldSelector", "")
    if "metadata.name" not in text:
        return ""
    from cluster_core.apimachinery.selectors import SelectorError, parse_fields

    try:
        return parse_fields(text).exact("metadata.name") or ""
    except SelectorError:
        return ""
