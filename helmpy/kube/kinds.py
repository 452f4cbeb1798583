"""What a user calls a kind: "po", "pod", "pods", "deployments.apps", "deploy.v1.apps", categories such as "all"."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.client.client import Client
from helmpy.errors import KubeError, UsageError


class ServedKind(NamedTuple):
    """One resource that the server offers; `title` is what kubectl puts before a name: "deployment.apps"."""

    gvr: GVR
    kind: str
    namespaced: bool
    singular: str
    short_names: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def title(self) -> str:
        """Singular and group, as in "deployment.apps/web"."""
        return f"{self.singular}.{self.gvr.group}" if self.gvr.group else self.singular


def served(client: Client) -> Iterator[ServedKind]:
    """Every resource of every group's preferred version. Raises KubeError."""
    try:
        groups = client.raw("GET", "/apis").get("groups", [])
    except ApiError as error:
        raise KubeError(str(error)) from error
    versions = ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]
    for version in versions:
        yield from _of_version(client, version)


def _of_version(client: Client, api_version: str) -> Iterator[ServedKind]:
    group, _, version = api_version.rpartition("/")
    try:
        listed = client.raw("GET", f"/apis/{group}/{version}" if group else f"/api/{version}")
    except ApiError:
        return
    for item in listed["resources"]:
        if "/" not in item["name"]:
            yield _kind(item, group, version)


def _kind(item: dict[str, Any], group: str, version: str) -> ServedKind:
    return ServedKind(
        GVR(group, version, item["name"]),
        item["kind"],
        bool(item["namespaced"]),
        item.get("singularName") or item["kind"].lower(),
        tuple(item.get("shortNames") or ()),
        tuple(item.get("categories") or ()),
    )


def resolve(client: Client, text: str) -> list[ServedKind]:
    """The kinds that a comma-separated argument means. Raises UsageError with kubectl's text for an unknown one."""
    every = list(served(client))
    found: list[ServedKind] = []
    for name in text.split(","):
        matching = _matching(every, name.lower())
        if not matching:
            raise UsageError(f'the server doesn\'t have a resource type "{name}"')
        found += [kind for kind in matching if kind not in found]
    return found


def _matching(every: list[ServedKind], name: str) -> list[ServedKind]:
    in_category = [kind for kind in every if name in kind.categories]
    if in_category:
        return in_category
    resource, _, group = name.partition(".")
    for kind in every:
        known = resource in (kind.gvr.resource, kind.singular, kind.kind.lower(), *kind.short_names)
        if known and _fits(kind.gvr, group):
            return [kind]
    return []


def _fits(gvr: GVR, group: str) -> bool:
    """Whether "", a group (or its beginning), or "version.group" names the resource's group."""
    return not group or gvr.group == group or gvr.group.startswith(group) or f"{gvr.version}.{gvr.group}" == group
