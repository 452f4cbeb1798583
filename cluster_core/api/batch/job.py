"""Job: defaults, the generated selector, status reset, columns."""

from cluster_core.api.batch.job_validation import job_spec, without_value
from cluster_core.api.cells import AGE, NAME, human_duration, selector_or_none, workload_columns
from cluster_core.api.core.pod_spec.defaults import default_template
from cluster_core.api.core.pod_spec.disabled import drop_disabled
from cluster_core.api.core.pod_spec.warnings import workload_warnings
from cluster_core.api.go_structs import go_struct, internal_pod_spec, shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import (
    IMMUTABLE,
    Errors,
    immutable,
    label_selector,
    optional_non_negative,
    selector_text,
    struct,
)
from cluster_core.apimachinery import conditions, field, selectors, timestamps
from cluster_core.apimachinery.names import dns1123_label

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
    drop_disabled(new["spec"]["template"]["spec"], old)
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
    labels = {**own, **(before or {})}
    template["metadata"] = {**template["metadata"], "labels": labels}
    if not metadata.get("labels") or metadata["labels"] is before:  # they follow the template's
        metadata["labels"] = labels
    selector = spec.get("selector") or {}
    spec["selector"] = {**selector, "matchLabels": {CONTROLLER_UID: uid, **(selector.get("matchLabels") or {})}}


def validate(job: Object) -> Errors:
    """A new job."""
    errors: Errors = []
    _validate_generated(errors, job)
    _validate_spec(errors, job["spec"])
    spec, job_name = job["spec"], job["metadata"].get("name", "")
    if spec.get("completionMode") == "Indexed" and (spec.get("completions") or 0) > 0:
        hostname = f"{job_name}-{spec['completions'] - 1}"
        if dns1123_label(hostname):
            problem = f"will not able to create pod with invalid DNS label: {hostname}"
            errors.append(field.invalid("metadata.name", job_name, problem))
    return errors


def _validate_generated(errors: Errors, job: Object) -> None:
    spec, metadata = job["spec"], job["metadata"]
    if spec.get("manualSelector") or "selector" not in spec:
        return
    own = {
        LEGACY_CONTROLLER_UID: metadata.get("uid", ""),
        LEGACY_JOB_NAME: metadata.get("name", ""),
        CONTROLLER_UID: metadata.get("uid", ""),
        JOB_NAME: metadata.get("name", ""),
    }
    labels = spec["template"]["metadata"].get("labels") or {}
    for key, value in own.items():
        path = f"spec.template.metadata.labels[{key}]"
        if key not in labels:
            errors.append(field.required(path, f"must be '{value}'"))
        elif labels[key] != value:
            errors.append(field.invalid(path, labels, f"must be '{value}'"))
    if not _usable(spec["selector"]) or not selectors.from_object(spec["selector"]).matches(own):
        errors.append(field.invalid("spec.selector", selector_text(spec["selector"]), "`selector` not auto-generated"))


def _usable(selector: Object | None) -> bool:
    problems: Errors = []
    label_selector(problems, "", selector)
    return not problems


def _validate_spec(errors: Errors, spec: Object) -> None:
    job_spec(errors, "spec", spec)
    selector, labels = spec.get("selector"), spec["template"]["metadata"].get("labels")
    if selector is None:
        errors.append(field.required("spec.selector"))
    label_selector(errors, "spec.selector", selector)
    if _usable(selector) and not selectors.from_object(selector).matches(labels):
        problem = "`selector` does not match template `labels`"
        errors.append(field.invalid("spec.template.metadata.labels", labels, problem))


_IMMUTABLE = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")


def validate_update(new: Object, old: Object) -> Errors:
    """A changed job: most of it is fixed once its pods may exist."""
    errors = validate(new)
    _validate_spec(errors, new["spec"])
    after, before = new["spec"], old["spec"]
    _validate_completions(errors, after, before)
    selector = after.get("selector")
    immutable(errors, "spec.selector", selector, before.get("selector"), selector_text(selector))
    _validate_template_change(errors, after, before, old)
    for each in _IMMUTABLE:
        value = after.get(each)
        text = shown(each[0].upper() + each[1:], value) if each.endswith("Policy") and value else None
        immutable(errors, f"spec.{each}", value, before.get(each), text)
    return errors


def _validate_completions(errors: Errors, after: Object, before: Object) -> None:
    completions = after.get("completions")
    if completions == before.get("completions"):
        return
    if after.get("completionMode") != "Indexed":
        errors.append(field.invalid("spec.completions", completions, IMMUTABLE))
    elif completions is not None and completions != after.get("parallelism"):
        problem = "can only be modified in tandem with spec.parallelism"
        errors.append(field.invalid("spec.completions", completions, problem))


def _validate_template_change(errors: Errors, after: Object, before: Object, old: Object) -> None:
    template, expected = after["template"], before["template"]
    if template == expected:
        return
    status = old["status"]
    idle = "startTime" not in status or conditions.is_true(status.get("conditions"), "Suspended")
    if before.get("suspend") and idle and not status.get("active"):
        expected = _with_scheduling(template, expected)
        if _without_resources(template["spec"]) == _without_resources(expected["spec"]):
            return
        errors.append(
            field.invalid("spec.template.spec", shown("PodSpec", internal_pod_spec(template["spec"])), IMMUTABLE)
        )
        return
    value = struct({**_metadata_shown(template), "Spec": go_struct("PodSpec", internal_pod_spec(template["spec"]))})
    errors.append(field.invalid("spec.template", value, IMMUTABLE))


def _metadata_shown(template: Object) -> Object:
    order = ("name", "generateName", "namespace", "labels", "annotations")
    metadata = template["metadata"]
    return {name: metadata[name] for name in order if metadata.get(name)}


def _with_scheduling(template: Object, old: Object) -> Object:
    """The old template with what may change in a suspended job taken from the new one."""
    spec = {**old["spec"]}
    for each in ("nodeSelector", "tolerations", "schedulingGates"):
        if each in template["spec"]:
            spec[each] = template["spec"][each]
        else:
            spec.pop(each, None)
    new_affinity, old_affinity = template["spec"].get("affinity") or {}, old["spec"].get("affinity") or {}
    affinity = {name: rules for name, rules in old_affinity.items() if name != "nodeAffinity"}
    if "nodeAffinity" in new_affinity:
        affinity["nodeAffinity"] = new_affinity["nodeAffinity"]
    if affinity or "affinity" in template["spec"]:
        spec["affinity"] = affinity
    else:
        spec.pop("affinity", None)
    return {**old, "metadata": template["metadata"], "spec": spec}


def _without_resources(spec: Object) -> Object:
    groups: Object = {
        g: [{**c, "resources": {}} for c in spec[g]] for g in ("containers", "initContainers") if g in spec
    }
    return {**spec, **groups}


def validate_status(new: Object, _old: Object) -> Errors:
    """A changed status."""
    errors: Errors = []
    status = new["status"]
    optional_non_negative(errors, status, "status", "active", "succeeded", "failed", "ready", "terminating")
    complete, failed = (conditions.is_true(status.get("conditions"), each) for each in ("Complete", "Failed"))
    if complete and failed:
        problem = "cannot set Complete=True and Failed=true conditions"
        errors.append(without_value("status.conditions", problem))
    if status.get("completionTime") and not complete:
        problem = "cannot set completionTime when there is no Complete=True condition"
        errors.append(field.invalid("status.completionTime", status["completionTime"], problem))
    if complete and not status.get("completionTime"):
        errors.append(field.required("status.completionTime", "completionTime is required for Complete jobs"))
    if (complete or failed) and status.get("active"):
        errors.append(field.invalid("status.active", status["active"], "active>0 is invalid for finished job"))
    return errors


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
        warnings=workload_warnings,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
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
