"""The ReplicaSets of a deployment: which one is the new one, how it is made, and the revision numbers.

The new ReplicaSet is found by comparing templates, never by its hash; the hash only names it.
"""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_already_exists, is_namespace_terminating
from cluster_core.apimachinery.meta import controller_of, controller_reference
from cluster_core.client.resources import REPLICASETS
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.deployment.rollout import Rollout, find_condition, set_condition, total_size
from cluster_core.controllers.podtemplate.equality import same_template
from cluster_core.controllers.podtemplate.hashing import pod_template_hash
from cluster_core.controllers.retry import RetryError

Object = dict[str, Any]

HASH_LABEL = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
HISTORY_LIMIT = 2000
"""Characters kept of the annotation revision-history."""
NAME_LIMIT = 253

_NOT_COPIED = frozenset(
    (
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        REVISION_HISTORY,
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    )
)


def find(rollout: Rollout) -> None:
    """Tell the new ReplicaSet (the oldest with the deployment's template) from the old ones."""
    by_age = sorted(rollout.replica_sets, key=podlib.age_order)
    rollout.new = next((rs for rs in by_age if _same_template(rollout, rs)), None)
    rollout.old = [rs for rs in rollout.replica_sets if rs is not rollout.new]


def sync(rollout: Rollout, *, create: bool) -> bool:
    """Find the new ReplicaSet and bring its annotations and the deployment's revision up to date.

    With `create`, make it if it is missing. True if a ReplicaSet was updated or created.
    """
    find(rollout)
    revision = 1 + max((revision_of(rs) for rs in rollout.old), default=0)
    if rollout.new is not None:
        return _refresh(rollout, rollout.new, revision)
    if create:
        _create(rollout, revision)
    return create


def revision_of(replica_set: Object) -> int:
    """The revision in its annotation; 0 without one or with a wrong one."""
    text = (replica_set["metadata"].get("annotations") or {}).get(REVISION, "")
    return _number(text) or 0


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _refresh(rollout: Rollout, new: Object, revision: int) -> bool:
    annotations = _annotations(rollout, new, revision)
    min_ready = rollout.spec.get("minReadySeconds", 0)
    if annotations != (new["metadata"].get("annotations") or {}) or min_ready != new["spec"].get("minReadySeconds", 0):
        spec = {**new["spec"], "minReadySeconds": min_ready}
        updated = {**new, "metadata": {**new["metadata"], "annotations": annotations}, "spec": spec}
        rollout.new = rollout.client.update(REPLICASETS, updated)
        return True
    conditions = rollout.status.get("conditions") or []
    if rollout.deadline is not None and find_condition(conditions, "Progressing") is None:
        message = f'Found new replica set "{new["metadata"]["name"]}"'
        condition = rollout.new_condition("Progressing", "True", "FoundNewReplicaSet", message)
        conditions = set_condition(conditions, condition)
    _write_revision(rollout, annotations.get(REVISION, ""), conditions)
    return False


def _create(rollout: Rollout, revision: int) -> None:
    replica_set = _build(rollout, revision)
    try:
        created = rollout.client.create(REPLICASETS, replica_set)
    except ApiError as error:
        if not is_already_exists(error):
            _report_failure(rollout, replica_set, error)
            raise
        rollout.new = _existing(rollout, replica_set["metadata"]["name"])
        _write_revision(rollout, str(revision), rollout.status.get("conditions") or [])
        return
    rollout.new = created
    name, size = created["metadata"]["name"], created["spec"]["replicas"]
    if size > 0:
        message = f"Scaled up replica set {name} from 0 to {size}"
        rollout.event(rollout.deployment, "Normal", "ScalingReplicaSet", message)
    conditions = rollout.status.get("conditions") or []
    if rollout.deadline is not None:
        message = f'Created new replica set "{name}"'
        condition = rollout.new_condition("Progressing", "True", "NewReplicaSetCreated", message)
        conditions = set_condition(conditions, condition)
    _write_revision(rollout, str(revision), conditions)


def _build(rollout: Rollout, revision: int) -> Object:
    deployment, template = rollout.deployment, rollout.spec["template"]
    label = {HASH_LABEL: pod_template_hash(template, rollout.status.get("collisionCount"))}
    suffix = "-" + label[HASH_LABEL]
    labels = {**((template.get("metadata") or {}).get("labels") or {}), **label}
    selector = rollout.spec["selector"]
    metadata: Object = {
        "name": rollout.name[: NAME_LIMIT - len(suffix)] + suffix,
        "namespace": deployment["metadata"]["namespace"],
        "labels": labels,
        "ownerReferences": [controller_reference(deployment)],
    }
    replica_set: Object = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata,
        "spec": {
            "replicas": 0,
            "minReadySeconds": rollout.spec.get("minReadySeconds", 0),
            "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), **label}},
            "template": {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}},
        },
    }
    replica_set["spec"]["replicas"] = new_size(rollout, 0)
    metadata["annotations"] = {**_annotations(rollout, replica_set, revision), **rollout.size_annotations()}
    return replica_set


def new_size(rollout: Rollout, current: int) -> int:
    """How large the new ReplicaSet (now of size `current`) may be at once."""
    if not rollout.is_rolling:
        return rollout.replicas
    total, limit = total_size(rollout.all), rollout.replicas + rollout.max_surge
    if total >= limit:
        return current
    return current + min(limit - total, rollout.replicas - current)


def _existing(rollout: Rollout, name: str) -> Object:
    """The ReplicaSet that has the name already, if it is ours; else the hash collided and the name must change."""
    namespace = rollout.deployment["metadata"]["namespace"]
    found = rollout.client.get(REPLICASETS, name, namespace)
    owner = controller_of(found)
    ours = owner is not None and owner["uid"] == rollout.deployment["metadata"]["uid"]
    if ours and _same_template(rollout, found):
        return found
    count = rollout.status.get("collisionCount") or 0
    rollout.write_status({**rollout.status, "collisionCount": count + 1})
    raise RetryError(f'replicasets.apps "{name}" already exists')


def _report_failure(rollout: Rollout, replica_set: Object, error: ApiError) -> None:
    if is_namespace_terminating(error):
        return
    message = f'Failed to create new replica set "{replica_set["metadata"]["name"]}": {error.message}'
    if rollout.deadline is not None:
        condition = rollout.new_condition("Progressing", "False", "ReplicaSetCreateError", message)
        conditions = set_condition(rollout.status.get("conditions") or [], condition)
        if conditions != rollout.status.get("conditions"):
            rollout.write_conditions(conditions)
    rollout.event(rollout.deployment, "Warning", "ReplicaSetCreateError", message)


def _write_revision(rollout: Rollout, revision: str, conditions: list[Object]) -> None:
    annotations = rollout.deployment["metadata"].get("annotations") or {}
    if annotations.get(REVISION) == revision and conditions == (rollout.status.get("conditions") or []):
        return
    status = {**rollout.status, "conditions": conditions} if conditions else rollout.status
    rollout.write_status(status, {**annotations, REVISION: revision})


def _annotations(rollout: Rollout, replica_set: Object, revision: int) -> dict[str, str]:
    """The annotations of the new ReplicaSet: those of the deployment, and the revision with its history."""
    annotations = dict(replica_set["metadata"].get("annotations") or {})
    for key, value in (rollout.deployment["metadata"].get("annotations") or {}).items():
        if key not in _NOT_COPIED:
            annotations[key] = value
    old = annotations.get(REVISION, "")
    old_number = _number(old) if old else 0
    if old_number is None or old_number >= revision:
        return annotations
    annotations[REVISION] = str(revision)
    if old:
        history = _history(annotations.get(REVISION_HISTORY, ""), old)
        if history is not None:
            annotations[REVISION_HISTORY] = history
    return annotations


def _history(history: str, revision: str) -> str | None:
    """The history with one more revision, its oldest ones dropped for length; None if nothing fits."""
    revisions = history.split(",") if history else []
    while revisions and len(",".join([*revisions, revision])) > HISTORY_LIMIT:
        revisions.pop(0)
    text = ",".join([*revisions, revision])
    return text if len(text) <= HISTORY_LIMIT else None


def annotations_of_source(annotations: dict[str, str], source: Object) -> dict[str, str]:
    """The deployment's own bookkeeping annotations with the user's annotations that `source` remembers."""
    own = {k: v for k, v in annotations.items() if k in _NOT_COPIED}
    remembered = source["metadata"].get("annotations") or {}
    return {**own, **{k: v for k, v in remembered.items() if k not in _NOT_COPIED}}


def without_hash(template: Object) -> Object:
    """A template without the hash label."""
    metadata = template.get("metadata") or {}
    labels = {k: v for k, v in (metadata.get("labels") or {}).items() if k != HASH_LABEL}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _same_template(rollout: Rollout, replica_set: Object) -> bool:
    """Equality with the deployment's template; the hash label does not count."""
    return same_template(without_hash(rollout.spec["template"]), without_hash(replica_set["spec"]["template"]))
