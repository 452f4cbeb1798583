"""CronJob: defaults, status reset, columns."""

from cluster_core.api.batch.cron_schedule import problem as schedule_problem
from cluster_core.api.batch.cron_schedule import zone_problem
from cluster_core.api.batch.job import default_job_template
from cluster_core.api.batch.job_validation import job_spec
from cluster_core.api.cells import AGE, NAME, NONE, UNSET, get, selector_or_none, since, workload_columns
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import Errors, one_of, optional_non_negative, selector_text, unsupported
from cluster_core.apimachinery import field


def default(cron_job: Object) -> None:
    """Runs may overlap; three successes and one failure are kept."""
    spec = cron_job["spec"]
    if not spec.get("concurrencyPolicy"):
        spec["concurrencyPolicy"] = "Allow"
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    default_job_template(spec["jobTemplate"]["spec"])


def validate(cron_job: Object) -> Errors:
    """A new cron job."""
    errors: Errors = []
    _validate_spec(errors, cron_job["spec"], None)
    job_name = cron_job["metadata"].get("name", "")
    if len(job_name) > 52:
        errors.append(field.invalid("metadata.name", job_name, "must be no more than 52 characters"))
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """A changed cron job."""
    errors: Errors = []
    _validate_spec(errors, new["spec"], old["spec"])
    return errors


def _validate_spec(errors: Errors, spec: Object, old: Object | None) -> None:
    schedule, zone = spec.get("schedule", ""), spec.get("timeZone")
    if not schedule:
        errors.append(field.required("spec.schedule"))
    else:
        _validate_schedule(errors, schedule, zone, old)
    optional_non_negative(errors, spec, "spec", "startingDeadlineSeconds")
    if zone is not None and (old is None or old.get("timeZone") != zone):
        _validate_zone(errors, zone)
    one_of(errors, "spec.concurrencyPolicy", spec["concurrencyPolicy"], ("Allow", "Forbid", "Replace"))
    job = spec["jobTemplate"]["spec"]
    job_spec(errors, "spec.jobTemplate.spec", job)
    if "selector" in job:
        value = selector_text(job["selector"])
        errors.append(field.invalid("spec.jobTemplate.spec.selector", value, "`selector` will be auto-generated"))
    if job.get("manualSelector"):
        errors.append(unsupported("spec.jobTemplate.spec.manualSelector", True, ("nil", "false")))
    optional_non_negative(errors, spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _validate_schedule(errors: Errors, schedule: str, zone: str | None, old: Object | None) -> None:
    problem = schedule_problem(schedule)
    if problem:
        errors.append(field.invalid("spec.schedule", schedule, problem))
    if "TZ" not in schedule:
        return
    if old is not None and "TZ" in old.get("schedule", ""):
        if zone is not None:
            problem = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
            errors.append(field.invalid("spec.schedule", schedule, problem))
        return
    problem = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
    errors.append(field.invalid("spec.schedule", schedule, problem))


_ZONE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_+")


def _validate_zone(errors: Errors, zone: str) -> None:
    path = "spec.timeZone"
    if not zone:
        errors.append(field.invalid(path, zone, "timeZone must be nil or non-empty string"))
        return
    for part in zone.split("/"):
        if part in (".", "..") or part[:1] == "-" or not 0 < len(part) <= 14 or not _ZONE.issuperset(part):
            errors.append(field.invalid(path, zone, f"unknown time zone {zone}"))
            return
    if zone.lower() == "local":
        problem = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        errors.append(field.invalid(path, zone, problem))
        return
    unknown = zone_problem(zone)
    if unknown:
        errors.append(field.invalid(path, zone, unknown))


def _suspend(cron_job: Object, _now: float) -> str:
    suspend = cron_job["spec"].get("suspend")
    return UNSET if suspend is None else str(suspend)


def _last(cron_job: Object, now: float) -> str:
    last = cron_job["status"].get("lastScheduleTime")
    return since(last, now) if last else NONE


RESOURCES = (
    Resource(
        group="batch",
        version="v1",
        kind="CronJob",
        plural="cronjobs",
        short_names=("cj",),
        categories=("all",),
        subresources=("status",),
        default=default,
        prepare=status_reset(),
        validate=validate,
        validate_update=validate_update,
        columns=(
            NAME,
            Column("Schedule", get("spec", "schedule")),
            Column("Timezone", get("spec", "timeZone", default=NONE)),
            Column("Suspend", _suspend, "boolean"),
            Column("Active", lambda c, _: len(c["status"].get("active") or ()), "integer"),
            Column("Last Schedule", _last),
            AGE,
            *workload_columns(
                lambda c: c["spec"]["jobTemplate"]["spec"]["template"]["spec"],
                lambda c: selector_or_none(c["spec"]["jobTemplate"]["spec"].get("selector")),
            ),
        ),
    ),
)
