"""Pod: what is special to a pod beside its spec (see `pod_spec`): pod-level resources, the initial status, columns."""

from typing import Any

from cluster_core.api.cells import AGE, NAME, NONE, since
from cluster_core.api.core.pod_spec.containers import image
from cluster_core.api.core.pod_spec.defaults import default_pod_spec
from cluster_core.api.core.pod_spec.disabled import drop_disabled
from cluster_core.api.core.pod_spec.pod_resources import default_pod_resources
from cluster_core.api.core.pod_spec.qos import qos_class
from cluster_core.api.core.pod_spec.updates import annotation_changes, ephemeral_changes, spec_changes
from cluster_core.api.core.pod_spec.validation import annotations_match, pod_annotations, spec_errors
from cluster_core.api.core.pod_spec.warnings import adopt_app_armor, pod_warnings
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import Errors, immutable, ip, name, name_is_no_label
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_subdomain


def default(pod: Object) -> None:
    """As a pod spec, and requests follow limits (in pods only, not in templates)."""
    spec = pod["spec"]
    default_pod_spec(spec)
    for group in ("containers", "initContainers"):
        for container in spec.get(group) or ():
            limits = container["resources"].get("limits")
            if limits:
                container["resources"]["requests"] = {**limits, **(container["resources"].get("requests") or {})}
    if "resources" in spec:
        default_pod_resources(spec)
    spec.setdefault("enableServiceLinks", True)
    if spec.get("hostNetwork"):
        _default_host_ports(spec)


def _default_host_ports(spec: Object) -> None:
    for group in ("containers", "initContainers"):
        for container in spec.get(group) or ():
            for port in container.get("ports") or ():
                if not port.get("hostPort") and port["containerPort"]:
                    port["hostPort"] = port["containerPort"]


def prepare(new: Object, old: Object | None) -> None:
    """A new pod is Pending with its QoS class; label keys of spread constraints become selectors."""
    spec = new["spec"]
    if "serviceAccountName" in spec:
        spec["serviceAccount"] = spec["serviceAccountName"]
    drop_disabled(spec, old["spec"] if old is not None else None)
    if old is not None:
        keep_status(new, old, {})
        return
    adopt_app_armor(new)
    new["status"] = {"phase": "Pending", "qosClass": qos_class(spec)}
    if spec.get("schedulingGates"):
        new["status"]["conditions"] = [_gated(new)]
    labels = new["metadata"].get("labels") or {}
    for constraint in spec.get("topologySpreadConstraints") or ():
        _merge_label_keys(constraint, constraint.get("matchLabelKeys"), "In", labels)
    for term in _affinity_terms(spec.get("affinity") or {}):
        _merge_label_keys(term, term.get("matchLabelKeys"), "In", labels)
        _merge_label_keys(term, term.get("mismatchLabelKeys"), "NotIn", labels)


def warnings(new: Object, old: Object | None) -> list[str]:
    """What is odd about a pod."""
    return ([] if old is not None else name_is_no_label(new["metadata"].get("name", ""))) + pod_warnings(new)


_ENDED = {
    "Succeeded": "The pod has completed successfully.",
    "Failed": "The pod failed.",
}


def row_conditions(pod: Object) -> list[Object]:
    """A pod that has ended is a completed row."""
    phase = pod["status"].get("phase")
    if phase not in _ENDED:
        return []
    return [{"type": "Completed", "status": "True", "reason": phase, "message": _ENDED[phase]}]


def _gated(pod: Object) -> Object:
    return {
        "type": "PodScheduled",
        "status": "False",
        "lastProbeTime": None,
        "lastTransitionTime": pod["metadata"].get("creationTimestamp"),
        "reason": "SchedulingGated",
        "message": "Scheduling is blocked due to non-empty scheduling gates",
    }


def _metadata_and_spec(errors: Errors, pod: Object) -> None:
    metadata, spec = pod["metadata"], pod["spec"]
    if metadata.get("annotations"):
        pod_annotations(errors, "metadata.annotations", metadata["annotations"], spec)
    spec_errors(errors, "spec", spec, for_pod=True, pod_name=metadata.get("name", ""))
    if not spec.get("serviceAccountName"):
        for index, volume in enumerate(spec.get("volumes") or ()):
            for position, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
                if "serviceAccountToken" in source:
                    path = f"spec.volumes[{index}].projected.sources[{position}].serviceAccountToken"
                    problem = "must not be specified when serviceAccountName is not set"
                    errors.append(field.forbidden(path, problem))
    for group in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(group) or ()):
            image(errors, f"spec.{group}[{index}]", container)


def validate(pod: Object) -> Errors:
    """A new pod."""
    errors: Errors = []
    _metadata_and_spec(errors, pod)
    spec = pod["spec"]
    if spec.get("ephemeralContainers"):
        errors.append(field.forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        problem = "cannot be set until all schedulingGates have been cleared"
        errors.append(field.forbidden("spec.nodeName", problem))
    if pod["metadata"].get("annotations"):
        annotations_match(errors, "spec", pod["metadata"]["annotations"], spec)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """A changed pod: images and little else may change."""
    errors: Errors = []
    _metadata_and_spec(errors, new)
    annotation_changes(errors, new, old)
    spec_changes(errors, new["spec"], old["spec"])
    return errors


def validate_ephemeral_containers(new: Object, old: Object) -> Errors:
    """A pod through its ephemeralcontainers subresource."""
    errors: Errors = []
    _metadata_and_spec(errors, new)
    annotation_changes(errors, new, old)
    ephemeral_changes(errors, new["spec"], old["spec"])
    return errors


def validate_status(new: Object, old: Object) -> Errors:
    """A pod through its status subresource."""
    errors: Errors = []
    after, before = new.get("status") or {}, old.get("status") or {}
    immutable(errors, "status.qosClass", after.get("qosClass", ""), before.get("qosClass", ""))
    for each in ("podIPs", "hostIPs"):
        for index, item in enumerate((after.get(each) or ()) if after.get(each) != before.get(each) else ()):
            ip(errors, f"status.{each}[{index}]", item.get("ip", ""))
    nominated = after.get("nominatedNodeName")
    if nominated and nominated != before.get("nominatedNodeName"):
        name(errors, "status.nominatedNodeName", nominated, dns1123_subdomain)
        if old["spec"].get("nodeName"):
            problem = "may not be set on pods that are already bound to a node"
            errors.append(field.forbidden("status.nominatedNodeName", problem))
    return errors


def _affinity_terms(affinity: Object) -> list[Object]:
    terms = []
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        preferred = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        terms += [weighted["podAffinityTerm"] for weighted in preferred]
        terms += rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    return terms


def _merge_label_keys(holder: Object, keys: list[str] | None, operator: str, labels: dict[str, str]) -> None:
    selector = holder.get("labelSelector")
    if not keys or selector is None:
        return
    added = [{"key": key, "operator": operator, "values": [labels[key]]} for key in keys if key in labels]
    if added:
        holder["labelSelector"] = {**selector, "matchExpressions": [*(selector.get("matchExpressions") or ()), *added]}


class _Summary:
    """What the columns of one pod show."""

    def __init__(self, pod: Object) -> None:
        spec, status = pod["spec"], pod.get("status") or {}
        self.total = len(spec.get("containers") or ())
        self.ready = 0
        self.restarts = 0
        self.last_restart = ""
        self.reason = status.get("reason") or status.get("phase", "")
        conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
        if conditions.get("PodScheduled", {}).get("reason") == "SchedulingGated":
            self.reason = "SchedulingGated"
        sidecars = {c["name"] for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"}
        self.total += len(sidecars)
        initializing = self._init_containers(spec, status, sidecars)
        if not initializing or conditions.get("Initialized", {}).get("status") == "True":
            self._containers(status, sidecars, conditions.get("Ready", {}).get("status") == "True")
        if "deletionTimestamp" in pod["metadata"]:
            if status.get("reason") == "NodeLost":
                self.reason = "Unknown"
            elif status.get("phase") not in ("Succeeded", "Failed"):
                self.reason = "Terminating"

    def _count_restart(self, container: Object) -> None:
        self.restarts += container.get("restartCount", 0)
        finished = ((container.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or ""
        self.last_restart = max(self.last_restart, finished)

    def _init_containers(self, spec: Object, status: Object, sidecars: set[str]) -> bool:
        for index, container in enumerate(status.get("initContainerStatuses") or ()):
            self._count_restart(container)
            state = container.get("state") or {}
            terminated, waiting = state.get("terminated"), state.get("waiting") or {}
            if terminated and not terminated.get("exitCode"):
                continue
            if container["name"] in sidecars and container.get("started"):
                self.ready += bool(container.get("ready"))
                continue
            if terminated:
                self.reason = "Init:" + (terminated.get("reason") or _exit(terminated))
            elif waiting.get("reason") and waiting["reason"] != "PodInitializing":
                self.reason = "Init:" + waiting["reason"]
            else:
                self.reason = f"Init:{index}/{len(spec.get('initContainers') or ())}"
            return True
        return False

    def _containers(self, status: Object, sidecars: set[str], pod_ready: bool) -> None:
        self.restarts, self.last_restart = 0, ""
        for container in status.get("initContainerStatuses") or ():
            if container["name"] in sidecars:
                self._count_restart(container)
        running, failure = False, ""
        for container in reversed(status.get("containerStatuses") or ()):
            self._count_restart(container)
            state = container.get("state") or {}
            terminated = state.get("terminated")
            if (state.get("waiting") or {}).get("reason"):
                self.reason = state["waiting"]["reason"]
            elif terminated:
                self.reason = terminated.get("reason") or _exit(terminated)
                if terminated.get("exitCode"):
                    failure = self.reason
            elif container.get("ready") and state.get("running") is not None:
                running = True
                self.ready += 1
        if self.reason == "Completed":
            if running and pod_ready:
                self.reason = "Running"
            elif failure:
                self.reason = failure
            elif running:
                self.reason = "NotReady"


def _exit(terminated: Object) -> str:
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _ready(pod: Object, _now: float) -> str:
    summary = _Summary(pod)
    return f"{summary.ready}/{summary.total}"


def _restarts(pod: Object, now: float) -> str:
    summary = _Summary(pod)
    if summary.restarts and summary.last_restart:
        return f"{summary.restarts} ({since(summary.last_restart, now)} ago)"
    return str(summary.restarts)


def _ip(pod: Object, _now: float) -> str:
    ips = (pod.get("status") or {}).get("podIPs")
    return (ips[0].get("ip") if ips else "") or NONE


def _gates(pod: Object, _now: float) -> str:
    gates = pod["spec"].get("readinessGates")
    if not gates:
        return NONE
    conditions: dict[str, Any] = {}
    for condition in (pod.get("status") or {}).get("conditions") or ():
        conditions.setdefault(condition["type"], condition["status"])
    return f"{sum(conditions.get(gate['conditionType']) == 'True' for gate in gates)}/{len(gates)}"


COLUMNS = (
    NAME,
    Column("Ready", _ready),
    Column("Status", lambda pod, _: _Summary(pod).reason),
    Column("Restarts", _restarts),
    AGE,
    Column("IP", _ip, priority=1),
    Column("Node", lambda pod, _: pod["spec"].get("nodeName") or NONE, priority=1),
    Column("Nominated Node", lambda pod, _: (pod.get("status") or {}).get("nominatedNodeName") or NONE, priority=1),
    Column("Readiness Gates", _gates, priority=1),
)


def _status_field(name: str) -> Any:
    return lambda pod: (pod.get("status") or {}).get(name, "")


def _spec_field(name: str) -> Any:
    return lambda pod: pod["spec"].get(name, "")


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Pod",
        plural="pods",
        short_names=("po",),
        categories=("all",),
        subresources=(
            "attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy", "resize", "status",
        ),
        default=default,
        prepare=prepare,
        warnings=warnings,
        row_conditions=row_conditions,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        columns=COLUMNS,
        selectable_fields={
            "spec.nodeName": _spec_field("nodeName"),
            "spec.restartPolicy": _spec_field("restartPolicy"),
            "spec.schedulerName": _spec_field("schedulerName"),
            "spec.serviceAccountName": _spec_field("serviceAccountName"),
            "spec.hostNetwork": lambda pod: "true" if pod["spec"].get("hostNetwork") else "false",
            "status.phase": _status_field("phase"),
            "status.podIP": lambda pod: ((pod.get("status") or {}).get("podIPs") or [{}])[0].get("ip", ""),
            "status.podIPs": lambda pod: ((pod.get("status") or {}).get("podIPs") or [{}])[0].get("ip", ""),
            "status.nominatedNodeName": _status_field("nominatedNodeName"),
        },
    ),
)  # fmt: skip
