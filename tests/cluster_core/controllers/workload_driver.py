"""Plays the steps of a workload timeline against a cluster, whatever it is, and notes the state after each stimulus.

`Replay` (workload_replay.py) plays recorded steps against a cluster of ours, `record_workloads.py` plays our own steps
against a real control plane. The loop that is given tells the time and lets it pass.
"""

import json
import re
from typing import Any

from workload_facts import Names, any_pod, facts_of
from workload_kubelet import INDEX, SteppedKubelet

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import gvk_of
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.client.client import Client
from cluster_core.client.resources import DEPLOYMENTS, EVENTS, LEASES, NAMESPACES, NODES, PODS, REPLICASETS

Object = dict[str, Any]
State = dict[tuple[str, str], Object]

API_VERSIONS = {
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ControllerRevision": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
    "StorageClass": "storage.k8s.io/v1",
    "CertificateSigningRequest": "certificates.k8s.io/v1",
    "VolumeAttachment": "storage.k8s.io/v1",
    "PriorityClass": "scheduling.k8s.io/v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
}
CLUSTER_SCOPED = (
    "Node",
    "PersistentVolume",
    "StorageClass",
    "CertificateSigningRequest",
    "VolumeAttachment",
    "PriorityClass",
    "ClusterRole",
)


class Driver:
    """One scenario: `steps`, rules of the `kubelet`, `options` and `quietSeconds`, in one namespace of one cluster."""

    def __init__(self, client: Client, loop: Any, namespace: str, scenario: Object) -> None:
        self.client, self.loop, self.namespace, self.scenario = client, loop, namespace, scenario
        self.options, self.quiet = scenario["options"], scenario["quietSeconds"]
        self.names = Names(namespace, not self.options.get("podSpec"))
        self.kinds: set[str] = set()
        self.state: State = {}
        self.ticks: list[tuple[Object, State]] = []
        self.order: dict[str, int] = {}
        self.events: dict[str, Object] = {}
        self.last_change = self.loop.now()
        self.kubelet = SteppedKubelet(self.client, self.loop, namespace, scenario["kubelet"])
        created = [step["object"] for step in scenario["steps"] if step["do"] == "create"]
        self.own = {(o["kind"], o["metadata"]["name"]) for o in created if o["kind"] in CLUSTER_SCOPED}

    def create_namespace(self) -> None:
        """Create the scenario's namespace."""
        self.client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
        self.loop.advance(2)

    def _observe(self) -> None:
        for kind in sorted(self.kinds | {"Pod"}):
            self.client.watch(self._gvr(kind)[0], on_event=self._changed)
        self.client.watch(EVENTS, on_event=self._told)

    def _told(self, event: Any) -> None:
        self.events[event.object["metadata"]["name"]] = event.object

    def _changed(self, event: Any) -> None:
        obj = event.object
        kind, metadata = obj["kind"], obj["metadata"]
        if not self.is_ours(kind, metadata["name"], metadata.get("namespace", "")):
            return
        self.names.learn(obj)
        if kind == "Pod":
            self.order.setdefault(metadata["uid"], len(self.order))
        if kind not in self.kinds:
            return
        if kind == "Namespace" and not self.options.get("fromNamespace") and "deletionTimestamp" not in metadata:
            return
        key = (kind, self.names(metadata["name"]))
        if event.type == "DELETED":
            if self.state.pop(key, None) is not None:
                self.last_change = self.loop.now()
            return
        facts = facts_of(obj, self.names, self.options)
        if self.state.get(key) != facts:
            self.state[key] = facts
            self.last_change = self.loop.now()

    def is_ours(self, kind: str, name: str, namespace: str) -> bool:
        """Whether the scenario made the object, or something that acts on the scenario's objects did."""
        if kind in CLUSTER_SCOPED:
            return (kind, name) in self.own
        if kind == "Namespace":
            return name == self.namespace
        if kind in ("ServiceAccount", "ConfigMap", "Secret") and name in ("default", "kube-root-ca.crt"):
            return bool(namespace == self.namespace and self.options.get("fromNamespace"))
        return namespace == self.namespace

    def heartbeat(self, nodes: list[str]) -> None:
        """Keep the nodes, and those that the scenario made, alive unless they are frozen."""
        own = [name for kind, name in self.own if kind == "Node"]
        for node in self.client.list(NODES)["items"]:
            name = node["metadata"]["name"]
            if name in (*nodes, *own) and name not in self.kubelet.frozen:
                self._renew(name)
        self.loop.call_later(10.0, self.heartbeat, nodes, background=True)

    def _renew(self, name: str) -> None:
        stamp = rfc3339(self.loop.now())[:-1] + ".000000Z"
        spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": stamp}
        try:
            self.client.patch(LEASES, name, {"spec": spec}, "kube-node-lease", type="merge")
        except ApiError:
            metadata = {"name": name, "namespace": "kube-node-lease"}
            lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
            self.client.create(LEASES, lease)

    def play(self) -> str:
        """Watch, then play all steps. What went wrong, "" for nothing."""
        self._observe()
        self.loop.advance(0)
        if self.options.get("fromNamespace"):
            self.create_namespace()
        for number, step in enumerate(self.scenario["steps"]):
            self._tick({"step": number})
            problem = self._do(step)
            if problem:
                return f"step {number}: {problem}"
            self._settle()
        self._end_tick()
        return ""

    def _tick(self, stimulus: Object) -> None:
        self._end_tick()
        self.last_change = self.loop.now()
        self.ticks.append((stimulus, {}))

    def _end_tick(self) -> None:
        if self.ticks:
            self.ticks[-1] = (self.ticks[-1][0], dict(self.state))

    def _settle(self, until: float = 0.0) -> None:
        """Let the kubelet act, each time once all is quiet, until it has nothing to do and `until` has come."""
        while True:
            self.loop.run_ready()
            due = self.last_change + self.quiet
            if due > self.loop.now():
                self.loop.advance(min(due - self.loop.now(), 0.1))
                continue
            if self._kubelet_acts():
                continue
            if self.loop.now() >= until:
                return
            self.loop.advance(min(0.1, until - self.loop.now()))

    def _kubelet_acts(self) -> bool:
        before, last_change = len(self.ticks), self.last_change
        self._tick({})
        acted = self.kubelet.step(self._kubelet_order())
        if acted is None:
            stimulus = self.ticks.pop()
            assert len(self.ticks) == before, stimulus
            self.last_change = last_change
            return False
        self.ticks[-1] = ({"kubelet": acted[0], "pod": self.names(acted[1]["metadata"]["name"])}, {})
        return True

    def _kubelet_order(self) -> Any:
        """By age; pods made at the same moment in the order that chance gave them in the recording."""
        number = len(self.ticks) - 1
        ticks = self.scenario.get("ticks", ())
        recorded = ticks[number].get("pod") if number < len(ticks) else None

        def key(pod: Object) -> Any:
            name = self.names(pod["metadata"]["name"])
            alike = any_pod(name) == any_pod(recorded)
            return name != recorded, not alike, self.order.get(pod["metadata"]["uid"], 1 << 30)

        return key

    def _do(self, step: Object) -> str:
        method = getattr(self, "_do_" + step["do"])
        try:
            method(step)
        except ApiError as error:
            expected = step.get("response")
            if expected is None:
                return f"refused: {error.message}"
            if expected.get("code") != error.code or expected.get("message") != error.message.replace(
                self.namespace, "${NS}"
            ):
                return f"expected {expected}, got {error.code} {error.message}"
            return ""
        expected = step.get("response")
        if expected is not None and expected.get("code", 200) >= 400:
            return f"expected {expected}, got no refusal"
        return ""

    def _gvr(self, kind: str, api_version: str = "") -> Any:
        gvk = gvk_of({"apiVersion": api_version or API_VERSIONS.get(kind, "v1"), "kind": kind})
        return self.client.mapper.resource_for(gvk)

    def _do_create(self, step: Object) -> None:
        obj = json.loads(json.dumps(step["object"]).replace("${NS}", self.namespace))
        gvr, namespaced = self._gvr(obj["kind"], obj.get("apiVersion", ""))
        for owner in obj["metadata"].get("ownerReferences") or ():
            if str(owner.get("uid", "")).startswith("<uid:"):
                live = self.client.get(*self._where(owner["kind"], owner["name"]))
                owner["uid"] = live["metadata"]["uid"]
        self.client.create(gvr, obj, self.namespace if namespaced else "")
        if "status" in obj and obj["kind"] in ("Node", "Pod"):
            name, namespace = obj["metadata"]["name"], self.namespace if namespaced else ""
            self.client.patch(gvr, name, {"status": obj["status"]}, namespace, type="merge", subresource="status")

    def _where(self, kind: str, name: str) -> tuple[Any, str, str]:
        gvr, namespaced = self._gvr(kind)
        return gvr, self._real(name), self.namespace if namespaced else ""

    def _real(self, name: str) -> str:
        """The real name behind a stable one."""
        return next((real for real, known in self.names._known.items() if known == name), name)

    def _do_apply(self, step: Object) -> None:
        obj = step["object"]
        gvr, name, namespace = self._where(obj["kind"], obj["metadata"]["name"])
        self.client.patch(gvr, name, obj, namespace, type="apply", force=True)

    def _do_patch(self, step: Object) -> None:
        gvr, name, namespace = self._where(step["kind"], step["name"])
        self.client.patch(gvr, name, self._with_uids(step["patch"]), namespace, type=step.get("type", "strategic"))

    def _with_uids(self, patch: Object) -> Object:
        """The patch with `<uid:Kind/name>` replaced by what it stands for."""

        def live(match: re.Match[str]) -> str:
            return str(self.client.get(*self._where(match[1], match[2]))["metadata"]["uid"])

        with_uids: Object = json.loads(re.sub(r"<uid:(\w+)/([\w.-]+)>", live, json.dumps(patch)))
        return with_uids

    def _do_scale(self, step: Object) -> None:
        gvr, name, namespace = self._where(step["kind"], step["name"])
        patch = {"spec": {"replicas": step["replicas"]}}
        self.client.patch(gvr, name, patch, namespace, type="merge", subresource="scale")

    def _do_delete(self, step: Object) -> None:
        gvr, name, namespace = self._where(step["kind"], step["name"])
        policy, grace = step.get("propagation"), step.get("grace")
        self.client.delete(gvr, name, namespace, propagation_policy=policy, grace_period_seconds=grace)

    def _do_deleteNamespace(self, _: Object) -> None:  # noqa: N802
        self.client.delete(NAMESPACES, self.namespace)

    def _do_wait(self, step: Object) -> None:
        self._settle(self.loop.now() + step["seconds"])

    def _do_settle(self, _: Object) -> None:
        return None

    def _do_kubelet(self, step: Object) -> None:
        self.kubelet.held = step["mode"] == "hold"

    def _do_rules(self, step: Object) -> None:
        self.kubelet.rules = step["rules"]

    def _do_freezeNode(self, step: Object) -> None:  # noqa: N802
        self.kubelet.frozen.add(step["name"])

    def _do_nodeReady(self, step: Object) -> None:  # noqa: N802
        ready = step["status"] == "True"
        stamp = rfc3339(self.loop.now())
        texts = {
            "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            "Ready": ("True", "KubeletReady", "kubelet is posting ready status")
            if ready
            else (step["status"], "KubeletNotReady", "container runtime is down"),
        }
        recorded = self._recorded_conditions(step["name"])
        conditions = [
            {"type": t, "status": s, "reason": r, "message": m, "lastHeartbeatTime": stamp, "lastTransitionTime": stamp}
            for t, (s, r, m) in texts.items()
        ]
        for condition in conditions:
            condition.update(recorded.get((condition["type"], condition["status"]), {}))
        patch = {"status": {"conditions": conditions}}
        self.client.patch(NODES, step["name"], patch, type="merge", subresource="status")

    def _recorded_conditions(self, name: str) -> Object:
        """The texts that the recording's kubelet used (they are its own words)."""
        found: Object = {}
        for entry in self.scenario.get("timeline", ()):
            if entry["kind"] == "Node" and entry["name"] == name:
                for c in (entry.get("facts") or {}).get("conditions") or ():
                    if not c.get("reason", "").startswith("NodeStatus"):
                        found[c["type"], c["status"]] = {k: c[k] for k in ("reason", "message") if k in c}
        return found

    def _do_rollback(self, step: Object) -> None:
        deployment = self.client.get(DEPLOYMENTS, step["name"], self.namespace)
        for replica_set in self.client.list(REPLICASETS, self.namespace)["items"]:
            annotations = replica_set["metadata"].get("annotations") or {}
            if annotations.get("deployment.kubernetes.io/revision") == str(step["revision"]):
                template = replica_set["spec"]["template"]
                labels = {k: v for k, v in template["metadata"]["labels"].items() if k != "pod-template-hash"}
                template = {**template, "metadata": {**template["metadata"], "labels": labels}}
                self.client.update(DEPLOYMENTS, {**deployment, "spec": {**deployment["spec"], "template": template}})
                return
        raise AssertionError("no such revision")

    def _pod(self, step: Object) -> Object:
        wanted = step["pod"]
        if isinstance(wanted, str):
            return self.client.get(PODS, self._real(wanted), self.namespace)
        pods = [p for p in self.kubelet.pods() if p["metadata"]["name"].startswith(wanted["prefix"])]
        pods = [p for p in pods if "deletionTimestamp" not in p["metadata"]] if wanted.get("live") else pods
        pods.sort(key=lambda p: self.order[p["metadata"]["uid"]])
        if "index" in wanted:
            pods = [p for p in pods if p["metadata"]["annotations"][INDEX] == str(wanted["index"])]
        return pods[wanted.get("n", 0)]

    def _do_patchPod(self, step: Object) -> None:  # noqa: N802
        pod = self._pod(step)
        self.client.patch(PODS, pod["metadata"]["name"], step["patch"], self.namespace, type=step.get("type", "merge"))

    def _do_podReady(self, step: Object) -> None:  # noqa: N802
        self.kubelet.set_ready(self._pod(step), step["ready"])

    def _do_podExit(self, step: Object) -> None:  # noqa: N802
        self.kubelet.exit(self._pod(step), step["exitCode"])

    def _do_evict(self, step: Object) -> None:
        name = self._pod(step)["metadata"]["name"]
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": self.namespace},
        }
        self.client.create(PODS, eviction, self.namespace, subresource="eviction", name=name)

    def _do_until(self, step: Object) -> None:
        end = self.loop.now() + step.get("timeout", 60)
        while not self._holds(step):
            if self.loop.now() > end:
                raise AssertionError(f"never happened: {step}")
            self._settle(self.loop.now() + 0.1)

    def _holds(self, step: Object) -> bool:
        gvr, name, namespace = self._where(step["kind"], step["name"])
        if "count" in step:
            items = self.client.list(gvr, namespace)["items"]
            return len([o for o in items if step["name"] in o["metadata"]["name"]]) >= step["count"]
        try:
            value: Any = self.client.get(gvr, name, namespace)
        except ApiError:
            return bool(step.get("gone"))
        for part in step.get("path", "").split("."):
            value = _walk(value, part)
        return not step.get("gone") and value == step.get("equals")


def _walk(value: Any, part: str) -> Any:
    """One step of a path: a field, or `[type=X]` of a list of conditions."""
    if part.startswith("["):
        wanted = part[1:-1].partition("=")[2]
        return next((c for c in value or () if c["type"] == wanted), None)
    return (value or {}).get(part) if part else value
