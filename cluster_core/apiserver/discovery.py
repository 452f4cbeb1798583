"""Discovery documents: which groups, versions and resources are served."""

from typing import Any

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import Request
from cluster_core.apiserver.served import ServedResources

Object = dict[str, Any]


def serve(served: ServedResources, request: Request) -> Object:
    """The document under a non-resource path; raises PageNotFoundError."""
    parts = request.path.strip("/").split("/")
    if parts == ["version"]:
        return version(served.kubernetes_version)
    if parts == ["api"]:
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if parts == ["apis"]:
        return group_list(served)
    if parts[0] == "api" and len(parts) == 2:
        return resource_list(served, "", parts[1])
    if parts[0] == "apis" and len(parts) == 2:
        return group(served, parts[1])
    if parts[0] == "apis" and len(parts) == 3:
        return resource_list(served, parts[1], parts[2])
    raise errors.PageNotFoundError


def version(kubernetes_version: str) -> Object:
    """/version."""
    major, minor = kubernetes_version.split(".")[:2]
    return {"major": major, "minor": minor, "gitVersion": f"v{major}.{minor}.0", "platform": "linux/amd64"}


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


def resource_list(served: ServedResources, group: str, version: str) -> Object:
    """/api/v1 and /apis/GROUP/VERSION."""
    resources: list[Object] = []
    for resource in served.resources(group, version):
        base: Object = {
            "name": resource.plural,
            "singularName": resource.singular or resource.kind.lower(),
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": list(resource.verbs),
        }
        if resource.short_names:
            base["shortNames"] = list(resource.short_names)
        if resource.categories:
            base["categories"] = list(resource.categories)
        resources.append(base)
        if "status" in resource.subresources:
            resources.append(
                {
                    "name": f"{resource.plural}/status",
                    "singularName": "",
                    "namespaced": resource.namespaced,
                    "kind": resource.kind,
                    "verbs": ["get", "patch", "update"],
                }
            )
    if not resources:
        raise errors.PageNotFoundError
    group_version = f"{group}/{version}" if group else version
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}
