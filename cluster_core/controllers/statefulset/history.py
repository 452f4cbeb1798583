"""Which two revisions a set is between: the current one and the one to update to."""

from typing import Any

from cluster_core.client.client import Client
from cluster_core.controllers import revisions as history
from cluster_core.controllers.podtemplate.encode import go_json, template_patch
from cluster_core.controllers.podtemplate.hashing import revision_hash
from cluster_core.controllers.statefulset.identity import Revisions, revision_of

Object = dict[str, Any]

HASH_LABEL = "controller.kubernetes.io/hash"


def choose(client: Client, stateful_set: Object, revisions: list[Object]) -> Revisions:
    """Current and update revision of the set, given its stored ones (oldest first); makes the latter if it is new."""
    status = stateful_set.get("status") or {}
    collisions = status.get("collisionCount") or 0
    data = template_patch(stateful_set["spec"]["template"])
    update, collisions = _update(client, stateful_set, revisions, data, collisions)
    named = (r for r in revisions if r["metadata"]["name"] == status.get("currentRevision"))
    return Revisions(next(named, update), update, collisions)


def _update(
    client: Client, stateful_set: Object, revisions: list[Object], data: Object, collisions: int
) -> tuple[Object, int]:
    equal = [revision for revision in revisions if revision["data"] == data]
    if equal and equal[-1] is revisions[-1]:
        return revisions[-1], collisions
    if equal:
        return history.renumber(client, equal[-1], history.next_number(revisions)), collisions
    return _create(client, stateful_set, revisions, data, collisions)


def _create(
    client: Client, stateful_set: Object, revisions: list[Object], data: Object, collisions: int
) -> tuple[Object, int]:
    raw = go_json(data)
    labels = (stateful_set["spec"]["template"].get("metadata") or {}).get("labels") or {}
    number = history.next_number(revisions)
    while True:
        name_hash = revision_hash(raw, collisions)
        revision = history.build(stateful_set, data, number, labels, HASH_LABEL, name_hash)
        created = history.create(client, revision)
        if created is not None:
            return created, collisions
        collisions += 1


def truncate(
    client: Client, stateful_set: Object, pods: list[Object], revisions: list[Object], chosen: Revisions
) -> None:
    """Delete the oldest revisions that nothing uses beyond revisionHistoryLimit."""
    live = {chosen.current["metadata"]["name"], chosen.update["metadata"]["name"], *map(revision_of, pods)}
    unused = [revision for revision in revisions if revision["metadata"]["name"] not in live]
    limit = stateful_set["spec"].get("revisionHistoryLimit")
    if limit is not None and limit >= 0:
        history.delete(client, unused[: max(0, len(unused) - limit)])
