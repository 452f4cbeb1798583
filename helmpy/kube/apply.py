"""Objects into and out of a cluster: create, update from one manifest to the next, delete.

Two ways to write, as in Helm: server-side apply (field manager "helm"), and client-side (create, then three-way merge
patches). Raises KubeError with Helm's texts; several problems of one step come together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.client import Client
from helmpy import log
from helmpy.errors import KubeError
from helmpy.kube import field_managers, ownership
from helmpy.kube.resources import Resource

KEEP_ANNOTATION = "helm.sh/resource-policy"
"""With the value "keep": an upgrade or uninstall leaves the object alone."""


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How to write: server-side apply or client-side, forced conflicts, replacement instead of patches."""

    server_side: bool = True
    force_conflicts: bool = False
    force_replace: bool = False
    upgrade_managers: bool = True
    """Whether fields that were written client-side become ours to apply."""
    field_validation: str = "Strict"

    def check(self) -> None:
        """Raise KubeError for combinations that cannot be meant."""
        if self.force_conflicts and not self.server_side:
            raise KubeError("invalid client update option(s): forceConflicts enabled when serverSideApply disabled")
        if self.force_conflicts and self.force_replace:
            raise KubeError("invalid operation: cannot use force conflicts and force replace together")
        if self.server_side and self.force_replace:
            raise KubeError("invalid operation: cannot use server-side apply and force replace together")


@dataclass(slots=True)
class UpdateResult:
    """What an update did, also when it failed half-way."""

    created: list[Resource] = field(default_factory=list)
    updated: list[Resource] = field(default_factory=list)
    deleted: list[Resource] = field(default_factory=list)


def create(client: Client, resources: Sequence[Resource], options: ApplyOptions) -> None:
    """Create the objects, kind after kind; every object of the list is tried before problems are raised."""
    problems = []
    for resource in resources:
        try:
            _create_one(client, resource, options)
        except KubeError as error:
            problems.append(str(error))
    if problems:
        raise KubeError("\n".join(problems))


def _create_one(client: Client, resource: Resource, options: ApplyOptions) -> None:
    if options.server_side and resource.name:
        _apply(client, resource, options)
        return
    try:
        client.create(resource.gvr, resource.obj, resource.namespace)
    except ApiError as error:
        raise KubeError(str(error)) from error


def _where(resource: Resource) -> str:
    gvk = resource.gvk
    return f"{resource.namespace}/{resource.name} {gvk.group}/{gvk.version}, Kind={gvk.kind}"


def _apply(client: Client, resource: Resource, options: ApplyOptions) -> None:
    try:
        client.patch(
            resource.gvr,
            resource.name,
            resource.obj,
            resource.namespace,
            type="apply",
            force=options.force_conflicts,
            field_validation=options.field_validation,
        )
    except ApiError as error:
        if error.code == 415:
            raise KubeError(f"server-side apply not available on the server: {error}") from error
        if error.reason == "Conflict":
            raise KubeError(f"conflict occurred while applying object {_where(resource)}: {error}") from error
        raise KubeError(f"server-side apply failed for object {_where(resource)}: {error}") from error


def update(
    client: Client,
    originals: Sequence[Resource],
    targets: Sequence[Resource],
    options: ApplyOptions,
    result: UpdateResult,
) -> None:
    """Bring the cluster from the objects of one manifest to those of another; fills `result` as it goes.

    Objects that only the old manifest has are deleted, unless their annotation says to keep them.
    """
    options.check()
    before = {resource.key: resource for resource in originals}
    problems: list[str] = []
    for target in targets:
        live = _live(client, target) if target.name else None
        if live is None:
            result.created.append(target)
            _create_new(client, target, options)
            continue
        try:
            _update_one(client, before.get(target.key), live, target, options)
        except KubeError as error:
            problems.append(str(error))
        result.updated.append(target)
    if problems:
        raise KubeError(" && ".join(problems))
    keys = {target.key for target in targets}
    _delete_obsolete(client, [old for old in originals if old.key not in keys], result)


def _live(client: Client, target: Resource) -> dict[str, Any] | None:
    try:
        return ownership.live(client, target)
    except KubeError as error:
        raise KubeError(f"could not get information about the resource: {error}") from error


def _create_new(client: Client, target: Resource, options: ApplyOptions) -> None:
    try:
        _create_one(client, target, options)
    except KubeError as error:
        raise KubeError(f"failed to create resource: {error}") from error


def _update_one(
    client: Client, original: Resource | None, live: dict[str, Any], target: Resource, options: ApplyOptions
) -> None:
    if original is None:
        log.warn(
            "resource exists on cluster but not in original release, using cluster state as baseline",
            namespace=target.namespace,
            name=target.name,
            kind=target.gvk.kind,
        )
    if options.force_replace:
        _replace(client, live, target, options)
    elif options.server_side:
        if options.upgrade_managers:
            _own_fields(client, target, live)
        _apply(client, target, options)
    else:
        _patch(client, original.obj if original else live, live, target)


def _replace(client: Client, live: dict[str, Any], target: Resource, options: ApplyOptions) -> None:
    metadata = {**target.obj["metadata"], "resourceVersion": live["metadata"]["resourceVersion"]}
    if target.namespace:
        metadata.setdefault("namespace", target.namespace)
    try:
        client.update(target.gvr, {**target.obj, "metadata": metadata}, field_validation=options.field_validation)
    except ApiError as error:
        raise KubeError(f"failed to replace object: {error}") from error


def _own_fields(client: Client, target: Resource, live: dict[str, Any]) -> None:
    """Make fields that were once written client-side ours to apply (client-go's csaupgrade), so that no field is orphaned."""
    shown = field_managers.shown(client, target.gvr, target.name, target.namespace)
    fields = field_managers.upgrade(shown, client.field_manager)
    if fields is None:
        return
    patch = [
        {"op": "replace", "path": "/metadata/managedFields", "value": fields},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
    ]
    try:
        client.patch(target.gvr, target.name, patch, target.namespace, type="json")
    except ApiError as error:
        raise KubeError(f"failed to patch object to upgrade CSA field manager {_where(target)}: {error}") from error


def _patch(client: Client, original: dict[str, Any], live: dict[str, Any], target: Resource) -> None:
    """A three-way merge: what changed between the manifests, over what is live."""
    from helmpy.kube import three_way

    kind, patch = three_way.patch_of(original, target.obj, live, target.gvk)
    if not patch:
        log.debug("no changes detected", kind=target.gvk.kind, name=target.name)
        return
    try:
        client.patch(target.gvr, target.name, patch, target.namespace, type=kind)
    except ApiError as error:
        raise KubeError(f'cannot patch "{target.name}" with kind {target.gvk.kind}: {error}') from error


def _delete_obsolete(client: Client, obsolete: Iterable[Resource], result: UpdateResult) -> None:
    problems = []
    for resource in obsolete:
        try:
            live = ownership.live(client, resource)
        except KubeError as error:
            log.debug("unable to get object", namespace=resource.namespace, name=resource.name, error=error)
            continue
        if live is None or (live["metadata"].get("annotations") or {}).get(KEEP_ANNOTATION) == "keep":
            continue
        try:
            client.delete(resource.gvr, resource.name, resource.namespace, propagation_policy="Background")
        except ApiError as error:
            if error.code != 404:
                where = f"namespace={resource.namespace}, name={resource.name}, kind={resource.gvk.kind}"
                problems.append(f"failed to delete resource {where}: {error}")
            continue
        result.deleted.append(resource)
    if problems:
        raise KubeError(" && ".join(problems))


def delete(client: Client, resources: Iterable[Resource], propagation: str = "Background") -> list[str]:
    """Delete the objects, missing ones are fine; returns the texts of what went wrong."""
    problems = []
    for resource in resources:
        try:
            client.delete(resource.gvr, resource.name, resource.namespace, propagation_policy=propagation)
        except ApiError as error:
            if error.code != 404:
                problems.append(str(error))
    return problems
