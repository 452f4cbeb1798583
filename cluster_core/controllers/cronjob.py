"""CronJobs: a Job for each time of the schedule, as the concurrency policy allows; old Jobs cleared away."""

import math
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.errors import ApiError, is_already_exists, is_namespace_terminating, is_not_found
from cluster_core.apimachinery.meta import controller_of, controller_reference, object_reference, split_key
from cluster_core.client.resources import CRONJOBS, JOBS
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
MANY_MISSED = 100
_NO_SUCH_DAY = "Bad day-of-month"
"""What the library says to a day that no month of the schedule has; other bad days the API server refuses."""
NEXT_CHECK_DELAY = 0.1
"""Seconds after a scheduled time at which the controller looks."""


class ScheduleError(Exception):
    """A schedule or time zone that cannot be read: the event's reason and message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


class Schedule:
    """The times of a cron expression in a time zone, as seconds since the epoch."""

    def __init__(self, expression: str, zone: str | None) -> None:
        self.zone = _zone(zone)
        self.every: float | None = None
        self._next: tuple[float, float | None] = (-1.0, None)
        """A minute that was asked for, and the first time after it."""
        text = _normalised(expression)
        if text.startswith("@every "):
            self.every = _duration(text.removeprefix("@every "), expression)
        else:
            self._check(text, expression)
        self.expression = text

    def _check(self, text: str, expression: str) -> None:
        from cronsim import CronSim, CronSimError

        try:
            CronSim(text, datetime(2026, 1, 1))
        except CronSimError as error:
            if str(error) == _NO_SUCH_DAY:
                message = (
                    f"invalid schedule: {expression} : time difference between two schedules is less than 1 second"
                )
                raise ScheduleError("InvalidSchedule", message) from error
            raise ScheduleError("UnparseableSchedule", f'unparseable schedule: "{expression}" : {error}') from error

    def after(self, moment: float) -> float | None:
        """The first time after `moment`; None if there is none."""
        if self.every is not None:
            return math.floor(moment) + self.every
        minute = moment // 60
        if self._next[0] != minute:
            self._next = minute, self._first_after(moment)
        return self._next[1]

    def _first_after(self, moment: float) -> float | None:
        from cronsim import CronSim

        times = CronSim(self.expression, datetime.fromtimestamp(moment, self.zone))
        try:
            return float(next(times).timestamp())
        except StopIteration:
            return None


@lru_cache(maxsize=256)
def _schedule(expression: str, zone: str | None) -> Schedule:
    """As Schedule, read once."""
    return Schedule(expression, zone)


class Due(NamedTuple):
    """The latest time that has come (None if none has) and how many came since the last Job."""

    time: float | None
    missed: int


class CronJobController(Controller):
    """Keys are those of cron jobs."""

    name = "cronjob-controller"

    def watch(self) -> None:
        self.cron_jobs, self.jobs = self.lister(CRONJOBS), self.lister(JOBS)
        self.informer(CRONJOBS).add_handler(on_add=self.enqueue, on_update=self.enqueue_updated)
        self.watch_dependents(JOBS, CRONJOBS, "CronJob")

    def sync(self, key: str) -> None:
        cron_job = self.cron_jobs.get(*split_key(key))
        if cron_job is None:
            return
        status = dict(cron_job.get("status") or {})
        children = self.jobs.by_index("owner", cron_job["metadata"]["uid"])
        self._clean_up(cron_job, status, children)
        self._reconcile_active(cron_job, status, children)
        try:
            wake = self._run_due(key, cron_job, status, children)
        finally:
            if status != (cron_job.get("status") or {}):
                self.client.update_status(CRONJOBS, {**cron_job, "status": status})
        if wake is not None:
            self.wake_at(key, wake + NEXT_CHECK_DELAY)

    def _clean_up(self, cron_job: Object, status: Object, children: list[Object]) -> None:
        """Delete finished Jobs beyond the limits. Nothing is told of those that were still listed as active."""
        spec = cron_job["spec"]
        for type, limit in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            finished = sorted((job for job in children if _finished(job) == type), key=_start_order)
            if spec.get(limit) is not None:
                for job in finished[: max(0, len(finished) - spec[limit])]:
                    if self._delete(cron_job, job):
                        _strike(status, job)

    def _delete(self, cron_job: Object, job: Object) -> bool:
        metadata = job["metadata"]
        try:
            self.client.delete(JOBS, metadata["name"], metadata["namespace"], propagation_policy="Background")
        except ApiError as error:
            if not is_not_found(error):
                self.warning(cron_job, "FailedDelete", f"Deleted job: {error.message}")
                return False
        self.event(cron_job, "SuccessfulDelete", f"Deleted job {metadata['name']}")
        return True

    def _reconcile_active(self, cron_job: Object, status: Object, children: list[Object]) -> None:
        """Take finished and vanished Jobs off the active list."""
        known = {job["metadata"]["uid"]: job for job in children}
        active: list[Object] = list(status.get("active") or ())
        listed = {reference["uid"] for reference in active}
        for job in children:
            name, end = job["metadata"]["name"], _finished(job)
            if job["metadata"]["uid"] not in listed:
                if not end and "deletionTimestamp" not in job["metadata"]:
                    message = f"Saw a job that the controller did not create or forgot: {name}"
                    self.warning(cron_job, "UnexpectedJob", message)
            elif end:
                active = [reference for reference in active if reference["uid"] != job["metadata"]["uid"]]
                self.event(cron_job, "SawCompletedJob", f"Saw completed job: {name}, condition: {end}")
            self._note_success(status, job)
        for reference in list(active):
            if reference["uid"] not in known and not self._exists(reference):
                active.remove(reference)
                self.event(cron_job, "MissingJob", f"Active job went missing: {reference['name']}")
        status.pop("active", None)
        if active:
            status["active"] = active

    @staticmethod
    def _note_success(status: Object, job: Object) -> None:
        done = (job.get("status") or {}).get("completionTime")
        if _finished(job) == "Complete" and done and done > status.get("lastSuccessfulTime", ""):
            status["lastSuccessfulTime"] = done

    def _exists(self, reference: Object) -> bool:
        try:
            job = self.client.get(JOBS, reference["name"], reference["namespace"])
        except ApiError as error:
            if is_not_found(error):
                return False
            raise
        return bool(job["metadata"]["uid"] == reference["uid"])

    def _run_due(self, key: str, cron_job: Object, status: Object, children: list[Object]) -> float | None:
        """Start the Job that is due, if one is; returns the next time to look at the schedule."""
        spec = cron_job["spec"]
        if "deletionTimestamp" in cron_job["metadata"] or spec.get("suspend"):
            return None
        try:
            schedule = _schedule(spec["schedule"], spec.get("timeZone"))
        except ScheduleError as error:
            self.warning(cron_job, error.reason, error.message)
            return None
        now = self.now()
        due = _due(cron_job, status, schedule, now)
        following = schedule.after(now)
        if due.missed > MANY_MISSED:
            message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            self.warning(cron_job, "TooManyMissedTimes", message)
        if due.time is None or self._is_blocked(cron_job, status, due.time, now):
            return following
        if spec.get("concurrencyPolicy") == "Replace" and not self._replace(cron_job, status, children):
            return following
        self._start(cron_job, status, schedule, due.time)
        return following

    def _is_blocked(self, cron_job: Object, status: Object, time: float, now: float) -> bool:
        """Whether the Job of that time is too late, has been started, or may not run beside another."""
        spec = cron_job["spec"]
        deadline = spec.get("startingDeadlineSeconds")
        if deadline is not None and time + deadline < now:
            stamp = datetime.fromtimestamp(time, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
            self.warning(cron_job, "MissSchedule", f"Missed scheduled time to start a job: {stamp}")
            return True
        active = status.get("active") or ()
        if any(reference["name"] == _job_name(cron_job, time) for reference in active):
            return True
        last = status.get("lastScheduleTime")
        if last is not None and timestamps.parse(last) == time:
            return True
        if spec.get("concurrencyPolicy") == "Forbid" and active:
            message = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self.event(cron_job, "JobAlreadyActive", message)
            return True
        return False

    def _replace(self, cron_job: Object, status: Object, children: list[Object]) -> bool:
        running = {reference["uid"] for reference in status.pop("active", None) or ()}
        doomed = [job for job in children if job["metadata"]["uid"] in running]
        failed = [job for job in doomed if not self._delete(cron_job, job)]
        return not failed

    def _start(self, cron_job: Object, status: Object, schedule: Schedule, time: float) -> None:
        job = _build(cron_job, schedule, time)
        name, namespace = job["metadata"]["name"], cron_job["metadata"]["namespace"]
        try:
            created = self.client.create(JOBS, job, namespace)
        except ApiError as error:
            if is_namespace_terminating(error):
                return
            if not is_already_exists(error):
                self.warning(cron_job, "FailedCreate", f"Error creating job: {error.message}")
                raise
            created = self.client.get(JOBS, name, namespace)
            if (controller_of(created) or {}).get("uid") != cron_job["metadata"]["uid"]:
                return
        else:
            self.event(cron_job, "SuccessfulCreate", f"Created job {name}")
        status["active"] = [*(status.get("active") or ()), object_reference(created)]
        status["lastScheduleTime"] = timestamps.rfc3339(time)


def _due(cron_job: Object, status: Object, schedule: Schedule, now: float) -> Due:
    """The latest scheduled time up to now, counted from the last Job or the creation, not before the deadline."""
    last = status.get("lastScheduleTime")
    earliest = timestamps.parse(last if last is not None else cron_job["metadata"]["creationTimestamp"])
    deadline = cron_job["spec"].get("startingDeadlineSeconds")
    if deadline is not None:
        earliest = max(earliest, now - deadline)
    if earliest > now:
        return Due(None, 0)
    first = schedule.after(earliest)
    if first is None or now < first:
        return Due(None, 0)
    second = schedule.after(first)
    if second is None or now < second:
        return Due(first, 1)
    return _latest(schedule, first, second, now)


def _latest(schedule: Schedule, first: float, second: float, now: float) -> Due:
    """Jump near now by the distance of the first two times, then walk."""
    spacing = max(1, round(second - first))
    missed = int((now - first) // spacing) + 1
    latest = None
    time = schedule.after(first + (missed - 2) * spacing)
    while time is not None and time <= now:
        latest = time
        time = schedule.after(time)
    return Due(latest, missed)


def _job_name(cron_job: Object, time: float) -> str:
    return f"{cron_job['metadata']['name']}-{int(time) // 60}"


def _build(cron_job: Object, schedule: Schedule, time: float) -> Object:
    template = cron_job["spec"]["jobTemplate"]
    stated = template.get("metadata") or {}
    annotations = {**(stated.get("annotations") or {}), SCHEDULED_AT: _stamp(time, schedule.zone)}
    metadata: Object = {
        "name": _job_name(cron_job, time),
        "annotations": annotations,
        "ownerReferences": [controller_reference(cron_job)],
    }
    if stated.get("labels"):
        metadata["labels"] = stated["labels"]
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]}


def _stamp(time: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(time, zone).isoformat(timespec="seconds").replace("+00:00", "Z")


def _strike(status: Object, job: Object) -> None:
    """Take a Job off the active list."""
    active = status.pop("active", None) or ()
    left = [reference for reference in active if reference["uid"] != job["metadata"]["uid"]]
    if left:
        status["active"] = left


def _finished(job: Object) -> str:
    """ "Complete", "Failed", or "" while the job runs."""
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return condition["type"]  # type: ignore[no-any-return]
    return ""


def _start_order(job: Object) -> tuple[bool, str, str]:
    started = (job.get("status") or {}).get("startTime")
    return started is None, started or "", job["metadata"]["name"]


def _zone(name: str | None) -> tzinfo:
    if not name:
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f'invalid timeZone: "{name}": unknown time zone {name}'
        raise ScheduleError("UnknownTimeZone", message) from error


_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def _normalised(expression: str) -> str:
    """The expression with nicknames written out and `?` as `*`."""
    text = expression.strip()
    if text.startswith("@"):
        return _NICKNAMES.get(text, text)
    return text.replace("?", "*")


def _duration(text: str, expression: str) -> float:
    """Seconds of a Go duration such as "1h30m", at least one."""
    import re

    if not re.fullmatch(r"(\d+(\.\d*)?(h|m|s|ms|us|ns))+", text):
        message = f'unparseable schedule: "{expression}" : failed to parse duration {expression}'
        raise ScheduleError("UnparseableSchedule", message)
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
    found = re.findall(r"(\d+(?:\.\d*)?)(h|ms|us|ns|m|s)", text)
    return max(1.0, float(math.floor(sum(float(number) * units[unit] for number, unit in found))))
