"""The revisions of a DaemonSet: the one of its template, and the old ones."""

from typing import Any

from cluster_core.client.client import Client
from cluster_core.client.resources import CONTROLLERREVISIONS, DAEMONSETS, PODS
from cluster_core.controllers import revisions as history
from cluster_core.controllers.daemonset.nodes import HASH_LABEL
from cluster_core.controllers.podtemplate.encode import template_patch
from cluster_core.controllers.podtemplate.hashing import pod_template_hash
from cluster_core.controllers.retry import RetryError

Object = dict[str, Any]


def choose(
    client: Client, daemon_set: Object, revisions: list[Object], pods: list[Object]
) -> tuple[Object, list[Object]]:
    """The current revision (made if new, renumbered if it returns) and the old ones, oldest first."""
    data = template_patch(daemon_set["spec"]["template"])
    revisions = [_labelled(client, revision) for revision in revisions]
    equal = [revision for revision in revisions if revision["data"] == data]
    old = [revision for revision in revisions if revision["data"] != data]
    number = 1 + max((int(revision.get("revision", 0)) for revision in old), default=0)
    if not equal:
        return _create(client, daemon_set, data, number), old
    current = _merged(client, equal, pods)
    if current.get("revision", 0) < number:
        current = history.renumber(client, current, number)
    return current, old


def clean_up(client: Client, daemon_set: Object, old: list[Object], pods: list[Object]) -> None:
    """Delete the oldest revisions beyond revisionHistoryLimit that no pod is of."""
    surplus = len(old) - daemon_set["spec"].get("revisionHistoryLimit", 10)
    if surplus <= 0:
        return
    live = {(pod["metadata"].get("labels") or {}).get(HASH_LABEL) for pod in pods}
    unused = [revision for revision in old if revision["metadata"]["labels"][HASH_LABEL] not in live]
    history.delete(client, unused[:surplus])


def _labelled(client: Client, revision: Object) -> Object:
    labels = revision["metadata"].get("labels") or {}
    if HASH_LABEL in labels:
        return revision
    labels = {**labels, HASH_LABEL: revision["metadata"]["name"]}
    return client.update(CONTROLLERREVISIONS, {**revision, "metadata": {**revision["metadata"], "labels": labels}})


def _create(client: Client, daemon_set: Object, data: Object, number: int) -> Object:
    status = daemon_set.get("status") or {}
    template = daemon_set["spec"]["template"]
    name_hash = pod_template_hash(template, status.get("collisionCount"))
    labels = (template.get("metadata") or {}).get("labels") or {}
    revision = history.build(daemon_set, data, number, labels, HASH_LABEL, name_hash)
    created = history.create(client, revision)
    if created is None:
        collisions = (status.get("collisionCount") or 0) + 1
        client.update_status(DAEMONSETS, {**daemon_set, "status": {**status, "collisionCount": collisions}})
        raise RetryError(f"the revision name {revision['metadata']['name']} belongs to another template")
    return created


def _merged(client: Client, equal: list[Object], pods: list[Object]) -> Object:
    """Of revisions with the same data the newest stays, and pods of the others are relabelled."""
    keep = max(equal, key=lambda revision: revision.get("revision", 0))
    if len(equal) > 1:
        wanted = keep["metadata"]["labels"][HASH_LABEL]
        for pod in pods:
            if (pod["metadata"].get("labels") or {}).get(HASH_LABEL) != wanted:
                patch = {"metadata": {"labels": {HASH_LABEL: wanted}}}
                client.patch(PODS, pod["metadata"]["name"], patch, pod["metadata"]["namespace"], type="merge")
        history.delete(client, [revision for revision in equal if revision is not keep])
    return keep
