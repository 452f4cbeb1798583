"""ControllerRevisions: the history of templates of StatefulSets and DaemonSets.

The two controllers name their revisions differently; what they share is here: listing and claiming, order, creation
with a new hash on collision, renumbering and deletion.
"""

from collections.abc import Callable, Iterable
from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_already_exists, is_not_found
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.meta import controller_reference
from cluster_core.client.client import Client
from cluster_core.client.informer import Lister
from cluster_core.client.resources import CONTROLLERREVISIONS
from cluster_core.controllers import ownership

Object = dict[str, Any]
NAME_LIMIT = 223
"""Characters kept of the owner's name in the name of a revision."""


def claimed(
    client: Client, lister: Lister, owner_gvr: GVR, owner: Object, selects: Callable[[Object], bool]
) -> list[Object]:
    """The owner's revisions after adoption, oldest first."""
    claimer = ownership.Claimer(client, CONTROLLERREVISIONS, owner_gvr, owner, selects)
    return sorted(claimer.claim(ownership.candidates(lister, owner)), key=order)


def order(revision: Object) -> tuple[int, str, str]:
    """Sort key: by number, then age, then name."""
    metadata = revision["metadata"]
    return revision.get("revision", 0), metadata.get("creationTimestamp", ""), metadata["name"]


def next_number(revisions: list[Object]) -> int:
    """One more than the newest."""
    return int(revisions[-1].get("revision", 0)) + 1 if revisions else 1


def build(owner: Object, data: Object, number: int, labels: dict[str, str], hash_label: str, hash: str) -> Object:
    """A revision of `owner`, named by `hash`, not yet stored."""
    metadata: Object = {
        "name": f"{owner['metadata']['name'][:NAME_LIMIT]}-{hash}",
        "namespace": owner["metadata"]["namespace"],
        "labels": {**labels, hash_label: hash},
        "ownerReferences": [controller_reference(owner)],
    }
    if annotations := owner["metadata"].get("annotations"):
        metadata["annotations"] = annotations
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": metadata,
        "data": data,
        "revision": number,
    }


def create(client: Client, revision: Object) -> Object | None:
    """Store a revision, or find it stored; None if its name belongs to other data."""
    try:
        return client.create(CONTROLLERREVISIONS, revision)
    except ApiError as error:
        if not is_already_exists(error):
            raise
    metadata = revision["metadata"]
    found = client.get(CONTROLLERREVISIONS, metadata["name"], metadata["namespace"])
    return found if found["data"] == revision["data"] else None


def renumber(client: Client, revision: Object, number: int) -> Object:
    """The revision with that number."""
    if revision.get("revision") == number:
        return revision
    return client.update(CONTROLLERREVISIONS, {**revision, "revision": number})


def delete(client: Client, revisions: Iterable[Object]) -> None:
    """Delete revisions; those that are gone do not matter."""
    for revision in revisions:
        try:
            client.delete(CONTROLLERREVISIONS, revision["metadata"]["name"], revision["metadata"]["namespace"])
        except ApiError as error:
            if not is_not_found(error):
                raise
