"""Job: defaults, the generated selector, status reset, columns."""

from cluster_core.api.cells import AGE, NAME, human_duration, selector_or_none, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.apimachinery import conditions, timestamps

CONTROLLER_UID = "batch.kubernetes.io/controller-uid"
JOB_NAME = "batch.kubernetes.io/job-name"
LEGACY_CONTROLLER_UID = "controller-uid"
LEGACY_JOB_NAME = "job-name"


def default(job: Object) -> None:
    """One pod, run to completion once, six retries."""
    spec = job["spec"]
    default_job_spec(spec)
    labels = spec["template"]["metadata"].get("labels")
    if labels and not job["metadata"].get("labels"):
        job["metadata"]["labels"] = labels


def default_job_spec(spec: Object) -> None:
    """The spec of a job."""
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 2147483647 if "backoffLimitPerIndex" in spec else 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("podReplacementPolicy", "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed")
    spec.setdefault("manualSelector", False)
    default_job_template(spec)


def default_job_template(spec: Object) -> None:
    """What jobs and the job templates of cron jobs share."""
    template = spec["template"]
    restart = template["spec"].get("restartPolicy")
    default_template(template)
    if not restart:
        template["spec"]["restartPolicy"] = "Always"
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            if not pattern.get("status"):
                pattern["status"] = "True"


def prepare(new: Object, old: Object | None) -> None:
    """A job without a selector of its own gets one on its uid, and its pods the labels to match."""
    if old is None:
        _generate_selector(new)
    keep_status(new, old, {})


def _generate_selector(job: Object) -> None:
    spec = job["spec"]
    if spec.get("manualSelector"):
        return
    metadata = job["metadata"]
    uid = metadata.get("uid", "")
    own = {
        LEGACY_CONTROLLER_UID: uid,
        LEGACY_JOB_NAME: metadata.get("name", ""),
        CONTROLLER_UID: uid,
        JOB_NAME: metadata.get("name", ""),
    }
    template = spec["template"]
    before = template["metadata"].get("labels")
    labels = {**(before or {}), **own}
    template["metadata"] = {**template["metadata"], "labels": labels}
    if not metadata.get("labels") or metadata["labels"] is before:  # they follow the template's
        metadata["labels"] = labels
    selector = spec.get("selector") or {}
    spec["selector"] = {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), CONTROLLER_UID: uid}}


def _status(job: Object, _now: float) -> str:
    found = job["status"].get("conditions")
    for condition in ("Complete", "Failed"):
        if conditions.is_true(found, condition):
            return condition
    if "deletionTimestamp" in job["metadata"]:
        return "Terminating"
    for condition in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if conditions.is_true(found, condition):
            return condition
    return "Running"


def _completions(job: Object, _now: float) -> str:
    spec, succeeded = job["spec"], job["status"].get("succeeded", 0)
    if "completions" in spec:
        return f"{succeeded}/{spec['completions']}"
    parallelism = spec.get("parallelism", 0)
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _duration(job: Object, now: float) -> str:
    status = job["status"]
    if not status.get("startTime"):
        return ""
    end = timestamps.parse(status["completionTime"]) if status.get("completionTime") else now
    return human_duration(end - timestamps.parse(status["startTime"]))


RESOURCES = (
    Resource(
        group="batch",
        version="v1",
        kind="Job",
        plural="jobs",
        categories=("all",),
        subresources=("status",),
        default=default,
        prepare=prepare,
        columns=(
            NAME,
            Column("Status", _status),
            Column("Completions", _completions),
            Column("Duration", _duration),
            AGE,
            *workload_columns(
                lambda j: j["spec"]["template"]["spec"], lambda j: selector_or_none(j["spec"].get("selector"))
            ),
        ),
        selectable_fields={"status.successful": lambda job: str(job["status"].get("succeeded", 0))},
    ),
)
