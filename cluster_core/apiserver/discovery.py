"""Discovery and the other documents that are no resources: groups, versions, resource lists, health, version.

Served for non-resource paths; everything is made of what `served` knows.
"""

from collections.abc import Callable, Iterable
from typing import Any

from cluster_core.api.resource import Resource
from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import Request
from cluster_core.apiserver import health
from cluster_core.apiserver.served import ServedResources

Object = dict[str, Any]
READ_WRITE = ("get", "patch", "update")
PROXY = ("create", "delete", "get", "patch", "update")
STREAM = ("create", "get")
SCALE = ("autoscaling", "v1", "Scale", READ_WRITE)

_SUBRESOURCES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "namespaces/finalize": ("", "", "Namespace", ("update",)),
    "nodes/proxy": ("", "", "NodeProxyOptions", PROXY),
    "pods/attach": ("", "", "PodAttachOptions", STREAM),
    "pods/binding": ("", "", "Binding", ("create",)),
    "pods/eviction": ("policy", "v1", "Eviction", ("create",)),
    "pods/exec": ("", "", "PodExecOptions", STREAM),
    "pods/log": ("", "", "Pod", ("get",)),
    "pods/portforward": ("", "", "PodPortForwardOptions", STREAM),
    "pods/proxy": ("", "", "PodProxyOptions", PROXY),
    "serviceaccounts/token": ("authentication.k8s.io", "v1", "TokenRequest", ("create",)),
    "services/proxy": ("", "", "ServiceProxyOptions", PROXY),
}
"""Subresources whose kind or verbs are not simply the parent's: group, version, kind, verbs."""


def serve(served: ServedResources, request: Request, aggregated: str = "") -> Any:
    """The document under a non-resource path: an object, or text. `aggregated` is the version of the aggregated form, if asked."""
    if request.path.startswith("//"):
        raise errors.PageNotFoundError
    parts = request.path.strip("/").split("/")
    if parts[0] in health.CHECKS:
        if request.path.endswith("/"):
            raise errors.PageNotFoundError
        return health.serve(parts, request.query)
    fixed = _FIXED.get("/".join(parts))
    if fixed is not None:
        return fixed(served)
    if aggregated and parts in (["api"], ["apis"]):
        return aggregated_list(served, parts[0] == "api", aggregated)
    if len(parts) == 1 and parts[0] in _LEGACY:
        return _LEGACY[parts[0]](served)
    if parts[0] == "api" and len(parts) == 2:
        return resource_list(served, "", parts[1])
    if parts[0] == "apis" and len(parts) == 2:
        return group(served, parts[1])
    if parts[0] == "apis" and len(parts) == 3:
        return resource_list(served, parts[1], parts[2])
    if parts[0] == "openapi":
        from cluster_core.apiserver import openapi

        return openapi.serve(served, parts)
    raise errors.PageNotFoundError


def version(served: ServedResources) -> Object:
    """/version."""
    major, minor = served.kubernetes_version.split(".")[:2]
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": f"v{major}.{minor}.{PATCHES.get(minor, 0)}",
        "gitCommit": "helmpy",
        "gitTreeState": "clean",
        "buildDate": "2026-01-01T00:00:00Z",
        "goVersion": "go1.26",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


PATCHES = {"36": 3}
"""Patch releases that the behaviour was taken from; 0 for the rest."""


def api_versions(_: ServedResources) -> Object:
    """/api."""
    address = {"clientCIDR": "0.0.0.0/0", "serverAddress": "10.0.0.1:6443"}
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]}


def _group_version(group: str, version: str) -> Object:
    return {"groupVersion": f"{group}/{version}", "version": version}


def _group_document(name: str, versions: tuple[str, ...]) -> Object:
    listed = [_group_version(name, v) for v in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def group_list(served: ServedResources) -> Object:
    """/apis."""
    groups = [_group_document(name, versions) for name, versions in served.groups().items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(served: ServedResources, name: str) -> Object:
    """/apis/GROUP."""
    versions = served.groups().get(name)
    if not name or not versions:
        raise errors.PageNotFoundError
    return {"kind": "APIGroup", "apiVersion": "v1", **_group_document(name, versions)}


def paths(served: ServedResources) -> Object:
    """/: every path that is served."""
    found = ["/api", "/api/v1", "/apis", "/apis/", "/flagz", "/metrics", "/metrics/slis", "/statusz", "/version"]
    found += ["/.well-known/openid-configuration", "/openapi/v2", "/openapi/v3", "/openapi/v3/", "/openid/v1/jwks"]
    found += health.paths()
    for name, versions in served.groups().items():
        if name:
            found.append(f"/apis/{name}")
            found += [f"/apis/{name}/{v}" for v in versions]
    return {"paths": sorted(found)}


def subresources(resource: Resource) -> Iterable[tuple[str, str, str, str, tuple[str, ...]]]:
    """(name, group, version, kind, verbs) of a resource's subresources; group and version only where they differ."""
    for name in sorted(resource.subresources):
        if name == "scale":
            yield name, *SCALE
        else:
            default = ("", "", resource.kind, READ_WRITE)
            yield name, *_SUBRESOURCES.get(f"{resource.plural}/{name}", default)


def resource_list(served: ServedResources, group: str, version: str) -> Object:
    """/api/v1 and /apis/GROUP/VERSION."""
    resources: list[Object] = []
    for resource in served.resources(group, version):
        resources.append(_entry(resource))
        for name, sub_group, sub_version, kind, verbs in subresources(resource):
            entry: Object = {
                "name": f"{resource.plural}/{name}",
                "singularName": "",
                "namespaced": resource.namespaced,
            }
            if sub_group:
                entry["group"], entry["version"] = sub_group, sub_version
            resources.append({**entry, "kind": kind, "verbs": list(verbs)})
    if not resources:
        raise errors.PageNotFoundError(plain=group not in served.groups())
    group_version = f"{group}/{version}" if group else version
    head: Object = {"kind": "APIResourceList"} if not group else {"kind": "APIResourceList", "apiVersion": "v1"}
    return {**head, "groupVersion": group_version, "resources": resources}


def _entry(resource: Resource) -> Object:
    entry: Object = {
        "name": resource.plural,
        "singularName": resource.singular or resource.kind.lower(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    return entry


# The aggregated form


def aggregated_list(served: ServedResources, core: bool, version: str) -> Object:
    """/api or /apis with everything below in one document."""
    items = []
    for name, versions in served.groups().items():
        if (name == "") == core:
            listed = [
                {"version": v, "resources": _resources(served, name, v), "freshness": "Current"} for v in versions
            ]
            items.append({"metadata": {"name": name} if name else {}, "versions": listed})
    head = {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}"}
    return {**head, "metadata": {}, "items": items}


def _resources(served: ServedResources, group: str, version: str) -> list[Object]:
    found = []
    for resource in served.resources(group, version):
        entry: Object = {
            "resource": resource.plural,
            "responseKind": {"group": "", "version": "", "kind": resource.kind},
            "scope": "Namespaced" if resource.namespaced else "Cluster",
            "singularResource": resource.singular or resource.kind.lower(),
            "verbs": list(resource.verbs),
        }
        if resource.short_names:
            entry["shortNames"] = list(resource.short_names)
        if resource.categories:
            entry["categories"] = list(resource.categories)
        below = [_subresource(*s) for s in subresources(resource)]
        if below:
            entry["subresources"] = below
        found.append(entry)
    return found


def _subresource(name: str, group: str, version: str, kind: str, verbs: tuple[str, ...]) -> Object:
    response = {"group": group, "version": version, "kind": kind}
    return {"subresource": name, "responseKind": response, "verbs": list(verbs)}


_FIXED: dict[str, Callable[[ServedResources], Object]] = {"version": version, "": paths}
_LEGACY: dict[str, Callable[[ServedResources], Object]] = {"api": api_versions, "apis": group_list}
