"""Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs, CronJobs."""

from typing import Any

from cluster_core.apimachinery.gvk import GVR
from helmpy.actions.describe.context import Context, date
from helmpy.actions.describe.pods import annotations, heading, marks, template
from helmpy.actions.describe.writer import Writer

REPLICA_SETS, PODS = GVR("apps", "v1", "replicasets"), GVR("", "v1", "pods")
REVISION = "deployment.kubernetes.io/revision"


def selector_text(selector: dict[str, Any] | None) -> str:
    """A label selector as text: "app=web,tier in (a,b)"; "<none>" for an empty one."""
    if not selector:
        return "<none>"
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for item in selector.get("matchExpressions") or []:
        values = ",".join(item.get("values") or [])
        operator = item["operator"]
        if operator in ("In", "NotIn"):
            parts.append(f"{item['key']} {operator.lower()} ({values})")
        else:
            parts.append(item["key"] if operator == "Exists" else f"!{item['key']}")
    return ",".join(parts) or "<none>"


def _controlled(context: Context, gvr: GVR, obj: dict[str, Any]) -> list[dict[str, Any]]:
    metadata = obj["metadata"]
    return [
        item
        for item in context.all(gvr, metadata.get("namespace", ""))
        if any(
            o.get("controller") and o.get("uid") == metadata["uid"]
            for o in item["metadata"].get("ownerReferences") or []
        )
    ]


def _pods_status(w: Writer, context: Context, obj: dict[str, Any]) -> None:
    counts = {"Running": 0, "Pending": 0, "Succeeded": 0, "Failed": 0}
    for pod in _controlled(context, PODS, obj):
        phase = (pod.get("status") or {}).get("phase", "")
        counts[phase] = counts.get(phase, 0) + 1
    text = (
        f"{counts['Running']} Running / {counts['Pending']} Waiting / {counts['Succeeded']} Succeeded / "
        f"{counts['Failed']} Failed"
    )
    w.field(0, "Pods Status", text)


def _conditions(w: Writer, status: dict[str, Any], headings: tuple[str, ...] = ("Type", "Status", "Reason")) -> None:
    found = status.get("conditions") or []
    if found:
        w.line(0, "Conditions:")
        w.rows(1, list(headings), [[c["type"], c["status"], c.get("reason", "")] for c in found])


def deployment(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A Deployment."""
    spec, status = obj["spec"], obj.get("status") or {}
    heading(w, obj)
    w.field(0, "CreationTimestamp", date(obj["metadata"]["creationTimestamp"]))
    marks(w, obj)
    w.field(0, "Selector", selector_text(spec.get("selector")))
    w.field(
        0,
        "Replicas",
        f"{spec.get('replicas', 0)} desired | {status.get('updatedReplicas', 0)} updated | {status.get('replicas', 0)} total | "
        f"{status.get('availableReplicas', 0)} available | {status.get('unavailableReplicas', 0)} unavailable",
    )
    strategy = spec.get("strategy") or {}
    w.field(0, "StrategyType", strategy.get("type", ""))
    w.field(0, "MinReadySeconds", spec.get("minReadySeconds", 0))
    rolling = strategy.get("rollingUpdate")
    if rolling:
        w.field(
            0,
            "RollingUpdateStrategy",
            f"{rolling.get('maxUnavailable')} max unavailable, {rolling.get('maxSurge')} max surge",
        )
    template(w, spec["template"])
    _conditions(w, status)
    _replica_sets(w, obj, context)


def _replica_sets(w: Writer, obj: dict[str, Any], context: Context) -> None:
    sets = _controlled(context, REPLICA_SETS, obj)
    if not sets:
        return
    current = (obj["metadata"].get("annotations") or {}).get(REVISION)
    texts: dict[bool, list[str]] = {True: [], False: []}
    for item in sorted(sets, key=lambda s: str(s["metadata"]["creationTimestamp"])):
        is_new = (item["metadata"].get("annotations") or {}).get(REVISION) == current
        count = f"{(item.get('status') or {}).get('replicas', 0)}/{item['spec'].get('replicas', 0)} replicas created"
        texts[is_new].append(f"{item['metadata']['name']} ({count})")
    w.field(0, "OldReplicaSets", ", ".join(texts[False]) or "<none>")
    w.field(0, "NewReplicaSet", ", ".join(texts[True]) or "<none>")


def replica_set(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A ReplicaSet."""
    spec, status = obj["spec"], obj.get("status") or {}
    heading(w, obj)
    w.field(0, "Selector", selector_text(spec.get("selector")))
    marks(w, obj)
    owner = next((o for o in obj["metadata"].get("ownerReferences") or [] if o.get("controller")), None)
    if owner:
        w.field(0, "Controlled By", f"{owner['kind']}/{owner['name']}")
    w.field(0, "Replicas", f"{status.get('replicas', 0)} current / {spec.get('replicas', 0)} desired")
    _pods_status(w, context, obj)
    template(w, spec["template"])
    _conditions(w, status)


def stateful_set(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A StatefulSet."""
    spec, status = obj["spec"], obj.get("status") or {}
    heading(w, obj)
    w.field(0, "CreationTimestamp", date(obj["metadata"]["creationTimestamp"]))
    w.field(0, "Selector", selector_text(spec.get("selector")))
    marks(w, obj)
    w.field(0, "Replicas", f"{spec.get('replicas', 0)} desired | {status.get('replicas', 0)} total")
    strategy = spec.get("updateStrategy") or {}
    w.field(0, "Update Strategy", strategy.get("type", ""))
    rolling = strategy.get("rollingUpdate") or {}
    if rolling.get("partition") is not None:
        w.field(1, "Partition", rolling["partition"])
    _pods_status(w, context, obj)
    template(w, spec["template"])
    claims = spec.get("volumeClaimTemplates") or []
    if not claims:
        w.field(0, "Volume Claims", "<none>")
        return
    w.line(0, "Volume Claims:")
    for claim in claims:
        w.field(1, "Name", claim["metadata"]["name"])
        w.field(1, "StorageClass", claim["spec"].get("storageClassName", ""))
        w.pairs(1, "Labels", claim["metadata"].get("labels"))
        w.pairs(1, "Annotations", claim["metadata"].get("annotations"))
        w.field(
            1, "Capacity", ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "<default>")
        )
        w.field(1, "Access Modes", f"[{' '.join(claim['spec'].get('accessModes') or [])}]")


def daemon_set(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A DaemonSet."""
    spec, status = obj["spec"], obj.get("status") or {}
    heading(w, obj)
    w.field(0, "Selector", selector_text(spec.get("selector")))
    w.pairs(0, "Node-Selector", (spec["template"].get("spec") or {}).get("nodeSelector"))
    marks(w, obj)
    for label, field in (
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ):
        w.field(0, label, status.get(field, 0))
    _pods_status(w, context, obj)
    template(w, spec["template"])


def job(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A Job."""
    spec, status = obj["spec"], obj.get("status") or {}
    heading(w, obj)
    w.field(0, "Selector", selector_text(spec.get("selector")))
    marks(w, obj)
    owner = next((o for o in obj["metadata"].get("ownerReferences") or [] if o.get("controller")), None)
    if owner:
        w.field(0, "Controlled By", f"{owner['kind']}/{owner['name']}")
    for label, field in (("Parallelism", "parallelism"), ("Completions", "completions")):
        if spec.get(field) is not None:
            w.field(0, label, spec[field])
    w.field(0, "Completion Mode", spec.get("completionMode", "NonIndexed"))
    w.field(0, "Suspend", bool(spec.get("suspend")))
    w.field(0, "Backoff Limit", spec.get("backoffLimit", 6))
    for label, field in (("Start Time", "startTime"), ("Completed At", "completionTime")):
        if status.get(field):
            w.field(0, label, date(status[field]))
    if status.get("startTime") and status.get("completionTime"):
        w.field(0, "Duration", _between(status["startTime"], status["completionTime"]))
    if spec.get("activeDeadlineSeconds") is not None:
        w.field(0, "Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")
    counts = f"{status.get('active', 0)} Active"
    if status.get("ready") is not None:
        counts += f" ({status['ready']} Ready)"
    w.field(0, "Pods Statuses", f"{counts} / {status.get('succeeded', 0)} Succeeded / {status.get('failed', 0)} Failed")
    if spec.get("completionMode") == "Indexed":
        w.field(0, "Completed Indexes", status.get("completedIndexes") or "<none>")
    template(w, spec["template"])


def _between(start: str, end: str) -> str:
    from cluster_core.apimachinery import timestamps
    from helmpy.actions.describe.context import human_duration

    return human_duration(timestamps.parse(end) - timestamps.parse(start))


def cron_job(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A CronJob."""
    spec, status = obj["spec"], obj.get("status") or {}
    job_spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    heading(w, obj)
    w.pairs(0, "Labels", obj["metadata"].get("labels"))
    annotations(w, obj)
    w.field(0, "Schedule", spec.get("schedule", ""))
    w.field(0, "Concurrency Policy", spec.get("concurrencyPolicy", ""))
    w.field(0, "Suspend", str(bool(spec.get("suspend"))))
    w.field(0, "Time Zone", spec.get("timeZone") or "<unset>")
    w.field(0, "Successful Job History Limit", spec.get("successfulJobsHistoryLimit", "<unset>"))
    w.field(0, "Failed Job History Limit", spec.get("failedJobsHistoryLimit", "<unset>"))
    deadline = spec.get("startingDeadlineSeconds")
    w.field(0, "Starting Deadline Seconds", "<unset>" if deadline is None else f"{deadline}s")
    w.field(0, "Selector", selector_text(job_spec["selector"]) if job_spec.get("selector") else "<unset>")
    for label, field in (("Parallelism", "parallelism"), ("Completions", "completions")):
        w.field(0, label, job_spec.get(field, "<unset>"))
    template(w, job_spec.get("template") or {})
    w.field(0, "Last Schedule Time", date(status.get("lastScheduleTime")))
    active = [item["name"] for item in status.get("active") or []]
    w.field(0, "Active Jobs", ", ".join(active) or "<none>")
