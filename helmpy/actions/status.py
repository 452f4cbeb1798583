"""The status of a release, and a table of its objects and their pods."""

from collections.abc import Callable
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from helmpy.actions import get
from helmpy.actions.configuration import Configuration
from helmpy.errors import HelmpyError
from helmpy.kube import documents, resources, tables
from helmpy.kube.resources import Resource
from helmpy.release.model import Release

POD_OWNERS = frozenset({"ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicationController"})


def status(configuration: Configuration, name: str, revision: int = 0) -> Release:
    """One revision of a release. Raises ReleaseError."""
    return get.release(configuration, name, revision)


def resource_table(configuration: Configuration, release: Release) -> str:
    """The release's objects as kubectl shows them, one section per kind, pods that belong to them included.

    What cannot be read is left out. Raises HelmpyError when the manifest names unknown kinds.
    """
    client = configuration.connection.client
    found = _gather(configuration, release, lambda gvr, where, **query: [tables.fetch(client, gvr, where, **query)])
    return "".join(f"==> {title}\n{_section(parts)}\n" for title, parts in found.items() if _has_rows(parts))


def _has_rows(parts: list[dict[str, Any]]) -> bool:
    return any(part.get("rows") for part in parts)


def resource_objects(configuration: Configuration, release: Release) -> dict[str, list[dict[str, Any]]]:
    """The same objects as the cluster has them, by "version/Kind"; keys sorted, as Go writes maps."""
    client = configuration.connection.client
    found = _gather(configuration, release, lambda gvr, where, **query: [documents.fetch(client, gvr, where, **query)])
    return {title: [json_order(obj) for obj in found[title]] for title in sorted(found)}


def json_order(value: Any) -> Any:
    """A value with the keys of its maps sorted."""
    if isinstance(value, dict):
        return {key: json_order(value[key]) for key in sorted(value)}
    return [json_order(item) for item in value] if isinstance(value, list) else value


Fetch = Callable[..., list[dict[str, Any]]]
"""(resource, namespace, name=…, label_selector=…) -> what there is. Raises ApiError."""


def _gather(configuration: Configuration, release: Release, fetch: Fetch) -> dict[str, list[dict[str, Any]]]:
    """What `fetch` gives for each object of the release, by "version/Kind", and for the pods that belong to them."""
    built = resources.build(configuration.connection.client, release.manifest, release.namespace)
    found: dict[str, list[dict[str, Any]]] = {}
    pods: list[dict[str, Any]] = []
    seen = set()
    for item in built:
        own = _found(fetch, item.gvr, item.namespace, name=item.name)
        if own:
            found.setdefault(f"{item.gvk.version}/{item.gvk.kind}", []).extend(own)
        selector = _selector(item)
        if own and selector and selector not in seen:
            seen.add(selector)
            pods += _found(fetch, resources.PODS, item.namespace, label_selector=selector)
    return {**found, "v1/Pod(related)": pods} if pods else found


def _found(fetch: Fetch, gvr: GVR, namespace: str, **query: str) -> list[dict[str, Any]]:
    try:
        return fetch(gvr, namespace, **query)
    except (ApiError, HelmpyError):
        return []


def _section(parts: list[dict[str, object]]) -> str:
    headings: list[str] = []
    rows: list[list[str]] = []
    for part in parts:
        headings, more = tables.header_and_rows(part)
        rows += more
    return tables.align(headings, rows)


def _selector(item: Resource) -> str:
    if item.gvk.kind not in POD_OWNERS:
        return ""
    selector = (item.obj.get("spec") or {}).get("selector") or {}
    labels = selector if item.gvk.kind == "ReplicationController" else selector.get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
