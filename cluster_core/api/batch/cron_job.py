"""CronJob: defaults, status reset, columns."""

from cluster_core.api.batch.job import default_job_template
from cluster_core.api.cells import AGE, NAME, NONE, UNSET, get, selector_or_none, since, workload_columns
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset


def default(cron_job: Object) -> None:
    """Runs may overlap; three successes and one failure are kept."""
    spec = cron_job["spec"]
    if not spec.get("concurrencyPolicy"):
        spec["concurrencyPolicy"] = "Allow"
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    default_job_template(spec["jobTemplate"]["spec"])


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
