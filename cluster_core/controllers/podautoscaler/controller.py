"""The controller behind HorizontalPodAutoscalers: every fifteen seconds, in the background, one look at each."""

from collections.abc import Callable
from typing import Any, NamedTuple

from cluster_core.apimachinery import quantity, selectors, timestamps
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVK, GVR, parse_api_version
from cluster_core.apimachinery.meta import key_of, split_key
from cluster_core.client.resources import HORIZONTALPODAUTOSCALERS, PODS
from cluster_core.controllers.podautoscaler import calculator
from cluster_core.controllers.podautoscaler.calculator import Proposal, Targets, Tolerances
from cluster_core.controllers.podautoscaler.limits import History, limit
from cluster_core.controllers.podautoscaler.metrics import MetricError, MetricsClient
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]


class Measured(NamedTuple):
    """What one metric proposes, its name in messages, and its entry in status.currentMetrics."""

    replicas: int
    name: str
    status: Object


class HorizontalPodAutoscalerController(Controller):
    """Keys are those of autoscalers."""

    name = "horizontal-pod-autoscaler"

    def watch(self) -> None:
        self.autoscalers, self.pods = self.lister(HORIZONTALPODAUTOSCALERS), self.lister(PODS)
        self.metrics = MetricsClient(self.client)
        self.histories: dict[str, History] = {}
        self.selectors: dict[str, Callable[[Object | None], bool]] = {}
        """What the target of each autoscaler that was looked at selects."""
        self.informer(HORIZONTALPODAUTOSCALERS).add_handler(
            on_add=self._plan, on_update=lambda _old, new: self._plan(new), on_delete=self._forget
        )

    def _plan(self, autoscaler: Object) -> None:
        self.queue.add_after(key_of(autoscaler), self.options.hpa_sync_period, background=True)

    def _forget(self, autoscaler: Object) -> None:
        self.histories.pop(key_of(autoscaler), None)
        self.selectors.pop(key_of(autoscaler), None)

    def sync(self, key: str) -> None:
        autoscaler = self.autoscalers.get(*split_key(key))
        if autoscaler is None:
            return
        look = _Look(self, autoscaler, self.histories.setdefault(key, History()))
        try:
            look.run()
        finally:
            look.write_status()
            self._plan(autoscaler)


class _Look:
    """One look at one autoscaler: its status as it will be written."""

    def __init__(self, controller: HorizontalPodAutoscalerController, autoscaler: Object, history: History) -> None:
        self.controller, self.autoscaler, self.history = controller, autoscaler, history
        self.client, self.now = controller.client, controller.now()
        self.spec = autoscaler["spec"]
        self.namespace = autoscaler["metadata"]["namespace"]
        self.status: Object = dict(autoscaler.get("status") or {})
        self.status["conditions"] = list(self.status.get("conditions") or ())

    def run(self) -> None:
        """Find the target, work out its size, set it."""
        try:
            gvr, scale = self._scale()
        except ApiError as error:
            message = f"the HPA controller was unable to get the target's current scale: {error.message}"
            self._warn("FailedGetScale", error.message)
            self._condition("AbleToScale", "False", "FailedGetScale", message)
            return
        text = "the HPA controller was able to get the target's current scale"
        self._condition("AbleToScale", "True", "SucceededGetScale", text)
        current = (scale.get("spec") or {}).get("replicas", 0)
        decision = self._decide(scale, current)
        if decision is not None:
            self._resize(gvr, scale, current, *decision)

    def _scale(self) -> tuple[GVR, Object]:
        target = self.spec["scaleTargetRef"]
        group, version = parse_api_version(target["apiVersion"])
        gvr, _ = self.client.mapper.resource_for(GVK(group, version, target["kind"]))
        return gvr, self.client.get(gvr, target["name"], self.namespace, subresource="scale")

    def _decide(self, scale: Object, current: int) -> tuple[int, str] | None:
        """The wanted size and why; None if it cannot be told (the status says why)."""
        minimum, maximum = self.spec.get("minReplicas", 1), self.spec["maxReplicas"]
        if current == 0 and minimum != 0:
            text = "scaling is disabled since the replica count of the target is zero"
            self._condition("ScalingActive", "False", "ScalingDisabled", text)
            self._set_counts(scale, 0, [])
            return None
        if current > maximum:
            self._set_counts(scale, maximum, [])
            return maximum, "Current number of replicas above Spec.MaxReplicas"
        if current < minimum:
            self._set_counts(scale, minimum, [])
            return minimum, "Current number of replicas below Spec.MinReplicas"
        return self._decide_by_metrics(scale, current)

    def _decide_by_metrics(self, scale: Object, current: int) -> tuple[int, str] | None:
        if not self.history.recommendations:
            self.history.recommendations.append((self.now, current))
        measured, statuses, error = self._measure_all(scale, current)
        if measured is None:
            self._set_counts(scale, self.status.get("desiredReplicas", 0), statuses)
            self._warn("FailedComputeMetricsReplicas", error)
            return None
        text = f"the HPA was able to successfully calculate a replica count from {measured.name}"
        self._condition("ScalingActive", "True", "ValidMetricFound", text)
        limited = limit(self.spec, self.history, current, measured.replicas, self.now)
        self._condition("AbleToScale", *limited.able)
        self._condition("ScalingLimited", *limited.limited)
        self._set_counts(scale, limited.replicas, statuses)
        reason = f"{measured.name} above target" if limited.replicas > current else "All metrics below target"
        return limited.replicas, reason

    def _resize(self, gvr: GVR, scale: Object, current: int, wanted: int, reason: str) -> None:
        if wanted == current:
            return
        try:
            self.client.update(gvr, {**scale, "spec": {**scale["spec"], "replicas": wanted}}, subresource="scale")
        except ApiError as error:
            self._warn("FailedRescale", f"New size: {wanted}; reason: {reason}; error: {error.message}")
            text = f"the HPA controller was unable to update the target scale: {error.message}"
            self._condition("AbleToScale", "False", "FailedUpdateScale", text)
            return
        text = f"the HPA controller was able to update the target scale to {wanted}"
        self._condition("AbleToScale", "True", "SucceededRescale", text)
        self.controller.event(self.autoscaler, "SuccessfulRescale", f"New size: {wanted}; reason: {reason}")
        self.history.note_change(current, wanted, self.now)
        self.status["lastScaleTime"] = timestamps.rfc3339(self.now)

    def _measure_all(self, scale: Object, current: int) -> tuple[Measured | None, list[Object], str]:
        """The highest proposal; with broken metrics only if it does not shrink the target."""
        problem = self._check_selector(scale)
        if problem is not None:
            return None, [], problem
        best: Measured | None = None
        statuses: list[Object] = []
        errors: list[str] = []
        failed: tuple[str, str] | None = None
        metrics = self.spec.get("metrics") or []
        for metric in metrics:
            try:
                measured = self._measure(metric, scale, current)
            except MetricError as error:
                reason, noun = _FAILURES[metric["type"]]
                self._warn(reason, str(error))
                failed = failed or (reason, str(error))
                errors.append(f"failed to get {noun(metric)}: {error}")
                statuses.append({"type": ""})
                continue
            statuses.append(measured.status)
            if best is None or measured.replicas > best.replicas:
                best = measured
        if failed is not None and (best is None or best.replicas < current):
            text = f"the HPA was unable to compute the replica count: {failed[1]}"
            self._condition("ScalingActive", "False", failed[0], text)
            return (
                None,
                statuses,
                f"invalid metrics ({len(errors)} invalid out of {len(metrics)}), first error is: {errors[0]}",
            )
        return best, statuses, ""

    def _check_selector(self, scale: Object) -> str | None:
        """Why the pods of the target cannot be told, or are not this autoscaler's alone; None if they are."""
        selector = (scale.get("status") or {}).get("selector", "")
        if not selector:
            self._warn("SelectorRequired", "selector is required")
            text = "the HPA target's scale is missing a selector"
            self._condition("ScalingActive", "False", "InvalidSelector", text)
            return "selector is required"
        known = self.controller.selectors
        selects = known[key_of(self.autoscaler)] = selectors.parse(selector).matches
        labels = [pod["metadata"].get("labels") for pod in self.controller.pods.list(self.namespace)]
        mine = [found for found in labels if selects(found)]
        same = sorted(key for key in known if key.startswith(f"{self.namespace}/") and any(map(known[key], mine)))
        if len(same) < 2:
            return None
        text = f"pods by selector {selector} are controlled by multiple HPAs: [{' '.join(same)}]"
        self._warn("AmbiguousSelector", text)
        self._condition("ScalingActive", "False", "AmbiguousSelector", text)
        return text

    def _measure(self, metric: Object, scale: Object, current: int) -> Measured:
        selector = (scale.get("status") or {}).get("selector", "")
        matches = selectors.parse(selector).matches
        found = self.controller.pods.list(self.namespace)
        pods = [pod for pod in found if matches(pod["metadata"].get("labels"))]
        behavior = self.spec.get("behavior") or {}
        down, up = ((behavior.get(way) or {}).get("tolerance") for way in ("scaleDown", "scaleUp"))
        tolerances = Tolerances(*(0.1 if t is None else quantity.milli(str(t)) / 1000 for t in (down, up)))
        targets = Targets(pods, current, tolerances, self.now)
        return _MEASURES[metric["type"]](self, metric, targets, selector)

    def resource(self, metric: Object, targets: Targets, selector: str) -> Measured:
        """CPU or memory of the pods, or of one of their containers."""
        field = "containerResource" if metric["type"] == "ContainerResource" else "resource"
        source = metric[field]
        name, container, target = source["name"], source.get("container", ""), source["target"]
        kind = "container resource" if container else "resource"
        average = target.get("averageValue")
        what = "usage" if average is not None else "utilization"
        try:
            try:
                values = self.controller.metrics.resource(name, self.namespace, selector, container)
            except MetricError as error:
                raise MetricError(f"unable to get metrics for resource {name}: {error}") from error
            if average is not None:
                proposal = calculator.by_value(targets, values, name, quantity.milli(str(average)))
            else:
                goal = target["averageUtilization"]
                proposal = calculator.by_utilization(targets, values, name, container, goal)
        except MetricError as error:
            raise MetricError(f"failed to get {name} {what}: {error}") from error
        label = f"{name} {kind}" + ("" if average is not None else " utilization (percentage of request)")
        entry = {"name": name, "current": _current(proposal, name)}
        if container:
            entry["container"] = container
        return Measured(proposal.replicas, label, {"type": metric["type"], field: entry})

    def pods(self, metric: Object, targets: Targets, selector: str) -> Measured:
        """A custom metric that each pod reports."""
        source = metric["pods"]
        name = source["metric"]["name"]
        try:
            values = self.controller.metrics.pods(name, self.namespace, selector)
        except MetricError as error:
            raise MetricError(f"unable to get metric {name}: {error}") from error
        goal = quantity.milli(str(source["target"]["averageValue"]))
        proposal = calculator.by_value(targets, values, "", goal)
        entry = {"metric": source["metric"], "current": _current(proposal, "")}
        return Measured(proposal.replicas, f"pods metric {name}", {"type": "Pods", "pods": entry})

    def object(self, metric: Object, targets: Targets, _selector: str) -> Measured:
        """A custom metric of another object."""
        source = metric["object"]
        name, described = source["metric"]["name"], source["describedObject"]
        group, version = parse_api_version(described.get("apiVersion") or "v1")
        gvr, _ = self.client.mapper.resource_for(GVK(group, version, described["kind"]))
        try:
            usage = self.controller.metrics.object(name, self.namespace, gvr.resource, described["name"])
        except MetricError as error:  # Kubernetes mixes up the order of the words
            text = f"unable to get metric {name}: {described['kind']} on {self.namespace} {described['name']}/{error}"
            raise MetricError(text) from error
        proposal, current = _by_total(targets, usage, source["target"])
        entry = {"metric": source["metric"], "current": current, "describedObject": described}
        label = f"{described['kind']} metric {name}"
        return Measured(proposal.replicas, label, {"type": "Object", "object": entry})

    def external(self, metric: Object, targets: Targets, _selector: str) -> Measured:
        """A metric of something outside the cluster."""
        source = metric["external"]
        name = source["metric"]["name"]
        labels = ((source["metric"].get("selector") or {}).get("matchLabels") or {}).items()
        query = ",".join(f"{key}={value}" for key, value in sorted(labels))
        try:
            usage = sum(self.controller.metrics.external(name, self.namespace, query))
        except MetricError as error:
            shown = selectors.go_text(source["metric"].get("selector"))
            raise MetricError(f"unable to get external metric {self.namespace}/{name}/{shown}: {error}") from error
        proposal, current = _by_total(targets, usage, source["target"])
        label = f"external metric {name}({query or 'nil'})"
        entry = {"metric": source["metric"], "current": current}
        return Measured(proposal.replicas, label, {"type": "External", "external": entry})

    def _set_counts(self, scale: Object, desired: int, metrics: list[Object]) -> None:
        current = (scale.get("spec") or {}).get("replicas", 0)
        self.status["currentReplicas"], self.status["desiredReplicas"] = current, desired
        self.status["currentMetrics"] = metrics or None

    def _condition(self, type: str, status: str, reason: str, message: str) -> None:
        conditions = self.status["conditions"]
        new = {"type": type, "status": status, "lastTransitionTime": timestamps.rfc3339(self.now)}
        new.update({"reason": reason, "message": message})
        for index, old in enumerate(conditions):
            if old["type"] == type:
                if old["status"] == status:
                    new["lastTransitionTime"] = old["lastTransitionTime"]
                conditions[index] = new
                return
        conditions.append(new)

    def _warn(self, reason: str, message: str) -> None:
        self.controller.warning(self.autoscaler, reason, message)

    def write_status(self) -> None:
        """Write the status if it changed."""
        if self.status != (self.autoscaler.get("status") or {}):
            self.client.update_status(HORIZONTALPODAUTOSCALERS, {**self.autoscaler, "status": self.status})


def _current(proposal: Proposal, resource: str) -> Object:
    current: Object = {"averageValue": _quantity(proposal.average, resource)}
    if proposal.utilization is not None:
        current["averageUtilization"] = proposal.utilization
    return current


def _by_total(targets: Targets, usage: int, target: Object) -> tuple[Proposal, Object]:
    if target.get("averageValue") is not None:
        goal = quantity.milli(str(target["averageValue"]))
        proposal = calculator.by_total(targets, usage, goal, per_pod=True)
        return proposal, {"averageValue": _quantity(proposal.average, "")}
    proposal = calculator.by_total(targets, usage, quantity.milli(str(target["value"])), per_pod=False)
    return proposal, {"value": _quantity(usage, "")}


def _quantity(milli: int, resource: str) -> str:
    if resource in ("memory", "ephemeral-storage") and milli % 1000 == 0:
        return str(milli // 1000)
    return quantity.canonical(f"{milli}m")


_MEASURES: dict[str, Callable[[_Look, Object, Targets, str], Measured]] = {
    "Resource": _Look.resource,
    "ContainerResource": _Look.resource,
    "Pods": _Look.pods,
    "Object": _Look.object,
    "External": _Look.external,
}
_FAILURES: dict[str, tuple[str, Callable[[Object], str]]] = {
    "Resource": ("FailedGetResourceMetric", lambda m: f"{m['resource']['name']} resource metric value"),
    "ContainerResource": (
        "FailedGetContainerResourceMetric",
        lambda m: f"{m['containerResource']['name']} container metric value",
    ),
    "Pods": ("FailedGetPodsMetric", lambda m: "pods metric value"),
    "Object": ("FailedGetObjectMetric", lambda m: "object metric value"),
    "External": ("FailedGetExternalMetric", lambda m: f"{m['external']['metric']['name']} external metric value"),
}
