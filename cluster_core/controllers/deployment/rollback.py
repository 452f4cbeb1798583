"""The rollback that a deployment's annotation asks for (left over from extensions/v1beta1)."""

from typing import Any

from cluster_core.client.resources import DEPLOYMENTS
from cluster_core.controllers.deployment import revisions
from cluster_core.controllers.deployment.rollout import Rollout

Object = dict[str, Any]

ROLLBACK_TO = "deprecated.deployment.rollback.to"


def is_wanted(rollout: Rollout) -> bool:
    """Whether the annotation holds a number."""
    return _target(rollout) is not None


def roll_back(rollout: Rollout) -> None:
    """Copy the template of the wanted revision (0: the one before the newest) and drop the annotation."""
    revisions.sync(rollout, create=True)
    target = _target(rollout) or _last_revision(rollout)
    if not target:
        _finish(rollout, "Warning", "DeploymentRollbackRevisionNotFound", "Unable to find last revision.", None)
        return
    found = next((rs for rs in rollout.all if revisions.revision_of(rs) == target), None)
    if found is None:
        text = "Unable to find the revision to rollback to."
        _finish(rollout, "Warning", "DeploymentRollbackRevisionNotFound", text, None)
    elif found is rollout.new:
        text = f'The rollback revision contains the same template as current deployment "{rollout.name}"'
        _finish(rollout, "Warning", "DeploymentRollbackTemplateUnchanged", text, None)
    else:
        text = f'Rolled back deployment "{rollout.name}" to revision {target}'
        _finish(rollout, "Normal", "DeploymentRollback", text, found)


def _target(rollout: Rollout) -> int | None:
    text = (rollout.deployment["metadata"].get("annotations") or {}).get(ROLLBACK_TO)
    try:
        return int(text) if text else None
    except ValueError:
        return None


def _last_revision(rollout: Rollout) -> int:
    numbers = sorted((revisions.revision_of(rs) for rs in rollout.all), reverse=True)
    return numbers[1] if len(numbers) > 1 else 0


def _finish(rollout: Rollout, type: str, reason: str, message: str, source: Object | None) -> None:
    rollout.event(rollout.deployment, type, reason, message)
    deployment = rollout.deployment
    annotations = {k: v for k, v in deployment["metadata"]["annotations"].items() if k != ROLLBACK_TO}
    metadata = {**deployment["metadata"], "annotations": annotations}
    spec = rollout.spec
    if source is not None:
        spec = {**spec, "template": revisions.without_hash(source["spec"]["template"])}
        metadata["annotations"] = revisions.annotations_of_source(annotations, source)
    rollout.deployment = rollout.client.update(DEPLOYMENTS, {**deployment, "metadata": metadata, "spec": spec})
