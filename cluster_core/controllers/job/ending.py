"""How a job ends: the rules in their order, the first that holds decides."""

from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.job import failure_policy
from cluster_core.controllers.job.attempt import Attempt

Object = dict[str, Any]


def decide(attempt: Attempt) -> Object | None:
    """The condition to end the job with now (SuccessCriteriaMet, FailureTarget or Failed); None to go on."""
    return (
        attempt.condition("SuccessCriteriaMet")
        or _failing_already(attempt)
        or _failed_by_policy(attempt)
        or _out_of_tries(attempt)
        or _out_of_time(attempt)
        or _out_of_indexes(attempt)
        or _succeeded_by_policy(attempt)
    )


def is_complete(attempt: Attempt) -> bool:
    """Whether enough pods succeeded and none is active."""
    if attempt.active:
        return False
    if attempt.spec.get("completions") is None:
        return bool(attempt.succeeded > 0)
    return bool(attempt.succeeded >= attempt.completions)


def completed(attempt: Attempt) -> Object:
    """The condition of a job whose pods succeeded."""
    return attempt.new_condition(
        "SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods"
    )


def deadline(attempt: Attempt) -> float | None:
    """When activeDeadlineSeconds run out, in seconds since the epoch; None without a running deadline."""
    seconds, started = attempt.spec.get("activeDeadlineSeconds"), attempt.status.get("startTime")
    if seconds is None or started is None or attempt.suspended:
        return None
    return timestamps.parse(started) + float(seconds)


def _failing_already(attempt: Attempt) -> Object | None:
    target = attempt.condition("FailureTarget")
    if target is None:
        return None
    return attempt.new_condition("Failed", target.get("reason", ""), target.get("message", ""))


def _failed_by_policy(attempt: Attempt) -> Object | None:
    if attempt.failure_policy is None:
        return None
    for pod in attempt.pods:
        if attempt.is_failed(pod):
            verdict = failure_policy.judge(attempt.failure_policy, pod)
            if verdict.message:
                return attempt.new_condition("FailureTarget", "PodFailurePolicy", verdict.message)
    return None


def _out_of_tries(attempt: Attempt) -> Object | None:
    limit = attempt.spec.get("backoffLimit", 6)
    if attempt.failed > limit or _restarted_too_often(attempt, limit):
        message = "Job has reached the specified backoff limit"
        return attempt.new_condition("FailureTarget", "BackoffLimitExceeded", message)
    return None


def _restarted_too_often(attempt: Attempt, limit: int) -> bool:
    if attempt.spec["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    restarts: int = sum(
        container.get("restartCount", 0)
        for pod in attempt.pods
        if podlib.phase(pod) in ("Running", "Pending")
        for field in ("initContainerStatuses", "containerStatuses")
        for container in pod["status"].get(field) or ()
    )
    return restarts > 0 if limit == 0 else restarts >= limit


def _out_of_time(attempt: Attempt) -> Object | None:
    due = deadline(attempt)
    if due is None or attempt.now < due:
        return None
    message = "Job was active longer than specified deadline"
    return attempt.new_condition("FailureTarget", "DeadlineExceeded", message)


def _out_of_indexes(attempt: Attempt) -> Object | None:
    failed = attempt.failed_indexes if attempt.is_indexed else None
    if not failed:
        return None
    limit = attempt.spec.get("maxFailedIndexes")
    if limit is not None and len(failed) > limit:
        message = "Job has exceeded the specified maximal number of failed indexes"
        return attempt.new_condition("FailureTarget", "MaxFailedIndexesExceeded", message)
    if len(failed) + len(attempt.succeeded_indexes) >= attempt.completions:
        return attempt.new_condition("FailureTarget", "FailedIndexes", "Job has failed indexes")
    return None


def _succeeded_by_policy(attempt: Attempt) -> Object | None:
    if not attempt.is_indexed:
        return None
    policy = attempt.spec.get("successPolicy")
    message = failure_policy.success(policy, attempt.succeeded_indexes, attempt.completions)
    return attempt.new_condition("SuccessCriteriaMet", "SuccessPolicy", message) if message else None
