"""Whether an object has reached its desired state: one function per kind in a table.

The rules and messages are those of kstatus (sigs.k8s.io/cli-utils), which Helm 4 waits by; `JOB_RULES` are the stricter
ones for hooks and `--wait-for-jobs`. Pure: objects in, `Status` out.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Object = Mapping[str, Any]

CURRENT, IN_PROGRESS, FAILED = "Current", "InProgress", "Failed"
TERMINATING, NOT_FOUND, UNKNOWN = "Terminating", "NotFound", "Unknown"

SCHEDULE_WINDOW = 15.0
"""Seconds that a pod may stay unschedulable before it counts as failed."""


class Status(NamedTuple):
    """A status and why."""

    status: str
    message: str


Rule = Callable[[Object, float], Status]


def status_of(obj: Object | None, now: float, rules: Mapping[str, Rule] | None = None) -> Status:
    """The status of an object as read from the cluster (None: it does not exist) at `now` seconds since the epoch."""
    if obj is None:
        return Status(NOT_FOUND, "Resource not found")
    general = _general(obj)
    if general is not None:
        return general
    group = str(obj.get("apiVersion", "")).rpartition("/")[0]
    name = f"{group}/{obj.get('kind')}" if group else str(obj.get("kind"))
    rule = (rules or {}).get(name) or RULES.get(name)
    return rule(obj, now) if rule else _ready_condition(obj)


def _general(obj: Object) -> Status | None:
    metadata, status = obj.get("metadata", {}), obj.get("status") or {}
    if metadata.get("deletionTimestamp"):
        return Status(TERMINATING, "Resource scheduled for deletion")
    generation, observed = metadata.get("generation"), status.get("observedGeneration")
    if generation is not None and observed is not None and observed != generation:
        return Status(
            IN_PROGRESS,
            f"{obj.get('kind')} generation is {generation}, but latest observed generation is {observed}",
        )
    for condition in _conditions(obj):
        if condition.get("status") == "True" and condition.get("type") == "Reconciling":
            return Status(IN_PROGRESS, condition.get("message", ""))
        if condition.get("status") == "True" and condition.get("type") == "Stalled":
            return Status(FAILED, condition.get("message", ""))
    return None


def _conditions(obj: Object) -> list[dict[str, Any]]:
    return (obj.get("status") or {}).get("conditions") or []


def _condition(obj: Object, kind: str) -> dict[str, Any]:
    return next((c for c in _conditions(obj) if c.get("type") == kind), {})


def _ready_condition(obj: Object) -> Status:
    ready = _condition(obj, "Ready")
    if ready.get("status") == "True":
        return Status(CURRENT, "Resource is Ready")
    if ready.get("status") in ("False", "Unknown"):
        return Status(IN_PROGRESS, ready.get("message", ""))
    return Status(CURRENT, "Resource is current")


def _always(_obj: Object, _now: float) -> Status:
    return Status(CURRENT, "Resource is always ready")


def _disruption_budget(_obj: Object, _now: float) -> Status:
    return Status(CURRENT, "AllowedDisruptions has been computed.")


def _deployment(obj: Object, _now: float) -> Status:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    progress = _condition(obj, "Progressing")
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return Status(FAILED, "Progress deadline exceeded")
    wanted = spec.get("replicas", 1)
    total, updated = status.get("replicas", 0), status.get("updatedReplicas", 0)
    ready, available = status.get("readyReplicas", 0), status.get("availableReplicas", 0)
    if wanted > total:
        return Status(IN_PROGRESS, f"Replicas: {total}/{wanted}")
    if wanted > updated:
        return Status(IN_PROGRESS, f"Updated: {updated}/{wanted}")
    if total > wanted:
        return Status(IN_PROGRESS, f"Pending termination: {total - wanted}")
    if updated > available:
        return Status(IN_PROGRESS, f"Available: {available}/{updated}")
    if wanted > ready:
        return Status(IN_PROGRESS, f"Ready: {ready}/{wanted}")
    done = progress.get("status") == "True" and progress.get("reason") == "NewReplicaSetAvailable"
    if not done and spec.get("progressDeadlineSeconds", 0x7FFFFFFF) != 0x7FFFFFFF:
        return Status(IN_PROGRESS, "ReplicaSet not Available")
    if _condition(obj, "Available").get("status") != "True":
        return Status(IN_PROGRESS, "Deployment not Available")
    return Status(CURRENT, f"Deployment is available. Replicas: {total}")


def _replica_set(obj: Object, _now: float) -> Status:
    if _condition(obj, "ReplicaFailure").get("status") == "True":
        return Status(IN_PROGRESS, "Replica Failure condition. Check Pods")
    wanted, status = (obj.get("spec") or {}).get("replicas", 1), obj.get("status") or {}
    for label, field in (
        ("Labelled", "fullyLabeledReplicas"),
        ("Available", "availableReplicas"),
        ("Ready", "readyReplicas"),
    ):
        if wanted > status.get(field, 0):
            return Status(IN_PROGRESS, f"{label}: {status.get(field, 0)}/{wanted}")
    total = status.get("replicas", 0)
    if total > wanted:
        return Status(IN_PROGRESS, f"Pending termination: {total - wanted}")
    return Status(CURRENT, f"ReplicaSet is available. Replicas: {total}")


def _stateful_set(obj: Object, _now: float) -> Status:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return Status(CURRENT, "StatefulSet is using the ondelete update strategy")
    wanted, total = spec.get("replicas", 1), status.get("replicas", 0)
    ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    if wanted > total:
        return Status(IN_PROGRESS, f"Replicas: {total}/{wanted}")
    if wanted > ready:
        return Status(IN_PROGRESS, f"Ready: {ready}/{wanted}")
    if total > wanted:
        return Status(IN_PROGRESS, f"Pending termination: {total - wanted}")
    partition = (strategy.get("rollingUpdate") or {}).get("partition", -1)
    if partition != -1:
        if updated < wanted - partition:
            return Status(IN_PROGRESS, f"updated: {updated}/{wanted - partition}")
        return Status(CURRENT, f"Partition rollout complete. updated: {updated}")
    if wanted > status.get("currentReplicas", 0):
        return Status(IN_PROGRESS, f"current: {status.get('currentReplicas', 0)}/{wanted}")
    if status.get("currentRevision", "") != status.get("updateRevision", ""):
        return Status(IN_PROGRESS, "Waiting for updated revision to match current")
    return Status(CURRENT, f"All replicas scheduled as expected. Replicas: {total}")


def _daemon_set(obj: Object, _now: float) -> Status:
    status = obj.get("status") or {}
    for part, field in (("metadata", "generation"), ("status", "observedGeneration")):
        if (obj.get(part) or {}).get(field) is None:
            return Status(IN_PROGRESS, f"{obj.get('kind')} {part}.{field} not found")
    wanted = status.get("desiredNumberScheduled", -1)
    if wanted == -1:
        return Status(IN_PROGRESS, "Missing .status.desiredNumberScheduled")
    for label, field in (
        ("Current", "currentNumberScheduled"),
        ("Updated", "updatedNumberScheduled"),
        ("Available", "numberAvailable"),
        ("Ready", "numberReady"),
    ):
        if wanted > status.get(field, 0):
            return Status(IN_PROGRESS, f"{label}: {status.get(field, 0)}/{wanted}")
    return Status(CURRENT, f"All replicas scheduled as expected. Replicas: {wanted}")


def _claim(obj: Object, _now: float) -> Status:
    phase = (obj.get("status") or {}).get("phase", "unknown")
    if phase != "Bound":
        return Status(IN_PROGRESS, f"PVC is not Bound. phase: {phase}")
    return Status(CURRENT, "PVC is Bound")


def _pod(obj: Object, now: float) -> Status:
    phase = (obj.get("status") or {}).get("phase", "")
    if phase == "Succeeded":
        return Status(CURRENT, "Pod has completed successfully")
    if phase == "Failed":
        return Status(CURRENT, "Pod has completed, but not successfully")
    if phase == "Running":
        return _running_pod(obj)
    if phase == "Pending":
        scheduled = _condition(obj, "PodScheduled")
        if scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable":
            if now - SCHEDULE_WINDOW < _created(obj):
                return Status(IN_PROGRESS, "Pod has not been scheduled")
            return Status(FAILED, "Pod could not be scheduled")
        return Status(IN_PROGRESS, "Pod is in the Pending phase")
    return Status(IN_PROGRESS, "Pod phase not available") if not phase else Status(UNKNOWN, f"unknown phase {phase}")


def _created(obj: Object) -> float:
    from cluster_core.apimachinery import timestamps

    return timestamps.parse(obj["metadata"]["creationTimestamp"])


def _running_pod(obj: Object) -> Status:
    if _condition(obj, "Ready").get("status") == "True":
        return Status(CURRENT, "Pod is Ready")
    looping = [
        container.get("name", "")
        for container in (obj.get("status") or {}).get("containerStatuses") or []
        if ((container.get("state") or {}).get("waiting") or {}).get("reason") == "CrashLoopBackOff"
    ]
    if looping:
        return Status(FAILED, f"Containers in CrashLoop state: {','.join(looping)}")
    return Status(IN_PROGRESS, "Pod is running but is not Ready")


def _job(obj: Object, _now: float) -> Status:
    done = _finished_job(obj)
    if done is not None:
        return done
    status = obj.get("status") or {}
    if not status.get("startTime"):
        return Status(IN_PROGRESS, "Job not started")
    return Status(
        CURRENT,
        f"Job in progress. success:{status.get('succeeded', 0)}, active: {status.get('active', 0)}, "
        f"failed: {status.get('failed', 0)}",
    )


def _finished_job(obj: Object) -> Status | None:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    completions = spec.get("completions", spec.get("parallelism", 1))
    if _condition(obj, "Complete").get("status") == "True":
        return Status(CURRENT, f"Job Completed. succeeded: {status.get('succeeded', 0)}/{completions}")
    if _condition(obj, "Failed").get("status") == "True":
        return Status(FAILED, f"Job Failed. failed: {status.get('failed', 0)}/{completions}")
    return None


def _completed_job(obj: Object, _now: float) -> Status:
    return _finished_job(obj) or Status(IN_PROGRESS, "Job in progress")


def _completed_pod(obj: Object, _now: float) -> Status:
    phase, name = (obj.get("status") or {}).get("phase", ""), obj["metadata"]["name"]
    if phase == "Succeeded":
        return Status(CURRENT, f"pod {name} succeeded")
    if phase == "Failed":
        return Status(FAILED, f"pod {name} failed")
    return Status(IN_PROGRESS, "Pod in progress")


def _service(obj: Object, _now: float) -> Status:
    spec = obj.get("spec") or {}
    if spec.get("type") == "LoadBalancer" and not spec.get("clusterIP"):
        return Status(IN_PROGRESS, "ClusterIP not set. Service type: LoadBalancer")
    return Status(CURRENT, "Service is ready")


def _definition(obj: Object, _now: float) -> Status:
    names, established = _condition(obj, "NamesAccepted"), _condition(obj, "Established")
    if names.get("status") == "False":
        return Status(FAILED, names.get("message", ""))
    if established.get("status") == "False" and established.get("reason") != "Installing":
        return Status(FAILED, established.get("message", ""))
    if established.get("status") == "True":
        return Status(CURRENT, "CRD is established")
    return Status(IN_PROGRESS, "Install in progress")


RULES: dict[str, Rule] = {
    "ConfigMap": _always,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "Secret": _always,
    "Service": _service,
    "apiextensions.k8s.io/CustomResourceDefinition": _definition,
    "apps/DaemonSet": _daemon_set,
    "apps/Deployment": _deployment,
    "apps/ReplicaSet": _replica_set,
    "apps/StatefulSet": _stateful_set,
    "batch/CronJob": _always,
    "batch/Job": _job,
    "policy/PodDisruptionBudget": _disruption_budget,
}
"""Kind ("group/Kind") -> rule; others go by their Ready condition, or are current as soon as they exist."""

JOB_RULES: dict[str, Rule] = {"batch/Job": _completed_job}
"""For `--wait-for-jobs`: a job must have completed."""

HOOK_RULES: dict[str, Rule] = {"batch/Job": _completed_job, "Pod": _completed_pod}
"""For hooks: jobs and pods must have completed; everything else counts as ready once it exists."""


def hook_status(obj: Object | None, now: float) -> Status:
    """The status of a hook's object."""
    if obj is None or obj.get("kind") not in ("Job", "Pod"):
        return Status(NOT_FOUND, "Resource not found") if obj is None else Status(CURRENT, "Resource is current")
    return status_of(obj, now, HOOK_RULES)
