"""Replays a recorded workload timeline against a cluster of ours and compares what the recording says to compare.

At the end of each stimulus the state of every object but pods must be equal; pods must be equal as a set, up to the
numbers in their names; so must the events.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from workload_facts import Names, any_pod, facts_of, tidy
from workload_kubelet import INDEX, SteppedKubelet

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import gvk_of
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.client.client import Client
from cluster_core.client.resources import (
    DEPLOYMENTS,
    EVENTS,
    LEASES,
    NAMESPACES,
    NODES,
    PODS,
    REPLICASETS,
    STORAGECLASSES,
)
from cluster_core.clock import VirtualClock
from cluster_core.cluster import Cluster
from cluster_core.controllers.manager import ControllerManager
from cluster_core.scheduler.scheduler import Scheduler

Object = dict[str, Any]
State = dict[tuple[str, str], Object]

GOLDEN = Path(__file__).parents[2] / "golden" / "workloads"
NAMESPACE = "recorded-ns"
START = 1_767_225_600.6
"""Real clusters are never created on the second: times in the API are cut, waits are not."""
INTERCHANGEABLE = ("Pod", "PersistentVolume")
BASE_NODES = ("node-0", "node-1", "node-2")
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
}


def _base_node(number: int) -> Object:
    name = f"node-{number}"
    capacity = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": f"z{number}"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {"capacity": capacity, "allocatable": capacity, "conditions": [ready]},
    }


class Replay:
    """One scenario. `run` returns what differs, "" for nothing."""

    def __init__(self, name: str) -> None:
        self.golden = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
        self.options = self.golden["options"]
        self.quiet = self.golden["quietSeconds"]
        clock = VirtualClock(START)
        self.cluster = Cluster(nodes=[_base_node(n) for n in range(3)], controllers=False, clock=clock)
        self.loop = self.cluster.loop
        self.client = self.cluster.client
        self._start_actors()
        for storage_class in self.client.list(STORAGECLASSES)["items"]:
            self.client.delete(STORAGECLASSES, storage_class["metadata"]["name"])
        self.names = Names(NAMESPACE, not self.options.get("podSpec"))
        self.kinds = {entry["kind"] for entry in self.golden["timeline"]}
        self.state: State = {}
        self.ticks: list[tuple[Object, State]] = []
        self.order: dict[str, int] = {}
        self.events: dict[str, Object] = {}
        self.last_change = self.loop.now()
        if not self.options.get("fromNamespace"):
            self._create_namespace()
        self.kubelet = SteppedKubelet(self.client, self.loop, NAMESPACE, self.golden["kubelet"])

    def _create_namespace(self) -> None:
        self.client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        self.loop.advance(2)

    def _start_actors(self) -> None:
        informers, rng = self.cluster.informers, self.cluster.rng

        def client_for(name: str) -> Client:
            client = self.cluster.client_for(f"system:serviceaccount:kube-system:{name}", ("system:masters",))
            client.field_manager = name
            return client

        self.manager = ControllerManager(client_for, informers, self.loop, rng, {"root_ca": "a certificate"})
        self.manager.start()
        Scheduler(client_for("kube-scheduler"), informers, self.loop, rng).start()
        self._heartbeat()

    def _heartbeat(self) -> None:
        """Keep every node that is not frozen alive, as the recordings' node simulator did."""
        frozen = self.kubelet.frozen if hasattr(self, "kubelet") else set()
        for node in self.client.list(NODES)["items"]:
            if node["metadata"]["name"] not in frozen:
                self._renew(node["metadata"]["name"])
        self.loop.call_later(10.0, self._heartbeat, background=True)

    def _renew(self, name: str) -> None:
        stamp = rfc3339(self.loop.now())[:-1] + ".000000Z"
        spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": stamp}
        try:
            self.client.patch(LEASES, name, {"spec": spec}, "kube-node-lease", type="merge")
        except ApiError:
            metadata = {"name": name, "namespace": "kube-node-lease"}
            lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}
            self.client.create(LEASES, lease)

    def _observe(self) -> None:
        for kind in sorted(self.kinds | {"Pod"}):
            gvk = gvk_of({"apiVersion": API_VERSIONS.get(kind, "v1"), "kind": kind})
            gvr = self.client.mapper.resource_for(gvk)[0]
            self.client.watch(gvr, on_event=self._changed)
        self.client.watch(EVENTS, on_event=self._told)

    def _told(self, event: Any) -> None:
        self.events[event.object["metadata"]["name"]] = event.object

    def _changed(self, event: Any) -> None:
        obj = event.object
        kind, metadata = obj["kind"], obj["metadata"]
        if not self._is_ours(kind, metadata):
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
        facts = _comparable(kind, facts_of(obj, self.names, self.options))
        if self.state.get(key) != facts:
            self.state[key] = facts
            self.last_change = self.loop.now()

    def _is_ours(self, kind: str, metadata: Object) -> bool:
        if kind == "Node":
            return metadata["name"] not in BASE_NODES
        if kind == "Namespace":
            return metadata["name"] == NAMESPACE
        if kind in ("ServiceAccount", "ConfigMap", "Secret") and metadata["name"] in ("default", "kube-root-ca.crt"):
            return bool(metadata["namespace"] == NAMESPACE and self.options.get("fromNamespace"))
        return metadata.get("namespace", NAMESPACE) == NAMESPACE

    def run(self) -> str:
        """Replay all steps and compare."""
        self._observe()
        self.loop.advance(0)
        if self.options.get("fromNamespace"):
            self._create_namespace()
        for number, step in enumerate(self.golden["steps"]):
            self._tick({"step": number})
            problem = self._do(step)
            if problem:
                return f"step {number}: {problem}"
            self._settle()
        self._end_tick()
        return self._compare()

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
        self.ticks[-1] = ({"kubelet": acted[0]}, {})
        return True

    def _kubelet_order(self) -> Any:
        """By age; pods made at the same moment in the order that chance gave them in the recording."""
        number = len(self.ticks) - 1
        recorded = self.golden["ticks"][number].get("pod") if number < len(self.golden["ticks"]) else None

        def key(pod: Object) -> Any:
            name = any_pod(self.names(pod["metadata"]["name"]))
            return recorded is None or name != any_pod(recorded), self.order.get(pod["metadata"]["uid"], 1 << 30)

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
                NAMESPACE, "${NS}"
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
        obj = json.loads(json.dumps(step["object"]).replace("${NS}", NAMESPACE))
        gvr, namespaced = self._gvr(obj["kind"], obj.get("apiVersion", ""))
        for owner in obj["metadata"].get("ownerReferences") or ():
            if str(owner.get("uid", "")).startswith("<uid:"):
                live = self.client.get(*self._where(owner["kind"], owner["name"]))
                owner["uid"] = live["metadata"]["uid"]
        created = self.client.create(gvr, obj, NAMESPACE if namespaced else "")
        if "status" in obj and obj["kind"] in ("Node", "Pod"):
            self.client.update_status(gvr, {**created, "status": {**(created.get("status") or {}), **obj["status"]}})

    def _where(self, kind: str, name: str) -> tuple[Any, str, str]:
        gvr, namespaced = self._gvr(kind)
        return gvr, self._real(name), NAMESPACE if namespaced else ""

    def _real(self, name: str) -> str:
        """The real name behind a stable one."""
        return next((real for real, known in self.names._known.items() if known == name), name)

    def _do_apply(self, step: Object) -> None:
        obj = step["object"]
        gvr, name, namespace = self._where(obj["kind"], obj["metadata"]["name"])
        self.client.patch(gvr, name, obj, namespace, type="apply", force=True)

    def _do_patch(self, step: Object) -> None:
        gvr, name, namespace = self._where(step["kind"], step["name"])
        self.client.patch(gvr, name, step["patch"], namespace, type=step.get("type", "strategic"))

    def _do_scale(self, step: Object) -> None:
        gvr, name, namespace = self._where(step["kind"], step["name"])
        patch = {"spec": {"replicas": step["replicas"]}}
        self.client.patch(gvr, name, patch, namespace, type="merge", subresource="scale")

    def _do_delete(self, step: Object) -> None:
        gvr, name, namespace = self._where(step["kind"], step["name"])
        policy, grace = step.get("propagation"), step.get("grace")
        self.client.delete(gvr, name, namespace, propagation_policy=policy, grace_period_seconds=grace)

    def _do_deleteNamespace(self, _: Object) -> None:  # noqa: N802
        self.client.delete(NAMESPACES, NAMESPACE)

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
        node = self.client.get(NODES, step["name"])
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
        self.client.update_status(NODES, {**node, "status": {**node["status"], "conditions": conditions}})

    def _recorded_conditions(self, name: str) -> Object:
        """The texts that the recording's kubelet used (they are its own words)."""
        found: Object = {}
        for entry in self.golden["timeline"]:
            if entry["kind"] == "Node" and entry["name"] == name:
                for c in (entry.get("facts") or {}).get("conditions") or ():
                    if not c.get("reason", "").startswith("NodeStatus"):
                        found[c["type"], c["status"]] = {k: c[k] for k in ("reason", "message") if k in c}
        return found

    def _do_rollback(self, step: Object) -> None:
        deployment = self.client.get(DEPLOYMENTS, step["name"], NAMESPACE)
        for replica_set in self.client.list(REPLICASETS, NAMESPACE)["items"]:
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
            return self.client.get(PODS, self._real(wanted), NAMESPACE)
        pods = [p for p in self.kubelet.pods() if p["metadata"]["name"].startswith(wanted["prefix"])]
        pods = [p for p in pods if "deletionTimestamp" not in p["metadata"]] if wanted.get("live") else pods
        pods.sort(key=lambda p: self.order[p["metadata"]["uid"]])
        if "index" in wanted:
            pods = [p for p in pods if p["metadata"]["annotations"][INDEX] == str(wanted["index"])]
        return pods[wanted.get("n", 0)]

    def _do_patchPod(self, step: Object) -> None:  # noqa: N802
        pod = self._pod(step)
        self.client.patch(PODS, pod["metadata"]["name"], step["patch"], NAMESPACE, type=step.get("type", "merge"))

    def _do_podReady(self, step: Object) -> None:  # noqa: N802
        self.kubelet.set_ready(self._pod(step), step["ready"])

    def _do_podExit(self, step: Object) -> None:  # noqa: N802
        self.kubelet.exit(self._pod(step), step["exitCode"])

    def _do_evict(self, step: Object) -> None:
        name = self._pod(step)["metadata"]["name"]
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": NAMESPACE}}
        self.client.create(PODS, eviction, NAMESPACE, subresource="eviction", name=name)

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

    def _compare(self) -> str:
        return self._compare_ticks() or self._compare_events()

    def _compare_ticks(self) -> str:
        ours = [stimulus.get("kubelet") or f"step {stimulus['step']}" for stimulus, _ in self.ticks]
        theirs = [tick.get("kubelet") or f"step {tick['step']}" for tick in self.golden["ticks"]]
        if ours != theirs:
            at = next(
                (i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
            )
            problem = self._compare_states(at)
            return problem or f"stimuli differ at tick {at}: {ours[at : at + 4]} for {theirs[at : at + 4]}"
        return self._compare_states(len(ours))

    def _compare_states(self, count: int) -> str:
        unstable = set(self.golden["stability"].get("objectsWithDifferentStateAtEndOfSomeTick") or ())
        recorded = self._recorded_states()
        for number in range(count):
            stimulus, state = self.ticks[number]
            problem = _differences(state, recorded[number], unstable)
            if problem:
                return f"tick {number} {stimulus}: {problem}"
        return ""

    def _recorded_states(self) -> list[State]:
        states: list[State] = []
        state: State = {}
        entries = iter([*self.golden["timeline"], {"tick": 1 << 30}])
        entry = next(entries)
        for number in range(len(self.golden["ticks"])):
            while entry["tick"] <= number:
                key = (entry["kind"], entry["name"])
                if entry["event"] == "DELETED":
                    state.pop(key, None)
                else:
                    state[key] = {**state.get(key, {}), **(entry.get("facts") or {})}
                entry = next(entries)
            states.append({key: _comparable(key[0], facts) for key, facts in state.items()})
        return states

    def _compare_events(self) -> str:
        """As multisets; how often the scheduler repeats itself depends on when it tries again, so that counts once."""
        ours: Counter[str] = Counter()
        for event in self.events.values():
            involved = event["involvedObject"]
            if involved.get("namespace", NAMESPACE) != NAMESPACE or involved["name"] in BASE_NODES:
                continue
            ours[self._event_key(involved["kind"], involved["name"], event)] += 1
        theirs: Counter[str] = Counter()
        for event in self.golden["events"]:
            theirs[self._event_key(event["kind"], event["name"], event)] += 1
        for told in (ours, theirs):
            told.update({key: 1 - count for key, count in told.items() if "FailedScheduling" in key})
        if ours == theirs or self.golden["stability"].get("eventSetIdentical") is False:
            return ""
        return f"events: too many {dict(ours - theirs)}, missing {dict(theirs - ours)}"

    def _event_key(self, kind: str, name: str, event: Object) -> str:
        message = self.names(event.get("message") or "")
        if event["reason"] == "Scheduled":
            message = "Successfully assigned"
        parts = [kind, self.names(name), event["type"], event["reason"], message]
        return json.dumps(any_pod(parts))


def _walk(value: Any, part: str) -> Any:
    """One step of a path: a field, or `[type=X]` of a list of conditions."""
    if part.startswith("["):
        wanted = part[1:-1].partition("=")[2]
        return next((c for c in value or () if c["type"] == wanted), None)
    return (value or {}).get(part) if part else value


def _comparable(kind: str, facts: Object) -> Object:
    facts = any_pod(tidy(facts))
    dropped = {"node", "tolerations", "priority", "nominatedNodeName", "annotations"} if kind == "Pod" else set()
    if kind == "CronJob":
        dropped = {"lastScheduleTime"}
    facts = {k: v for k, v in facts.items() if k not in dropped}
    if kind == "Pod" and "labels" in facts:
        volatile = ("controller-uid", "topology.kubernetes.io/zone")
        facts["labels"] = {k: v for k, v in facts["labels"].items() if not k.endswith(volatile)}
    if kind == "EndpointSlice" and "endpoints" in facts:
        facts["endpoints"] = sorted(facts["endpoints"], key=json.dumps)
    if "conditions" in facts:
        facts["conditions"] = sorted(map(_same_progress, facts["conditions"]), key=lambda c: c["type"])
    return tidy(facts)


def _same_progress(condition: Object) -> Object:
    """How long NewReplicaSetCreated stays visible before ReplicaSetUpdated replaces it is chance in the real cluster."""
    if condition.get("reason") != "NewReplicaSetCreated":
        return condition
    name = condition["message"].split('"')[1]
    return {**condition, "reason": "ReplicaSetUpdated", "message": f'ReplicaSet "{name}" is progressing.'}


def _differences(ours: State, theirs: State, unstable: set[str]) -> str:
    problems = []
    for key in sorted({*ours, *theirs}):
        if key[0] not in INTERCHANGEABLE and "/".join(key) not in unstable and ours.get(key) != theirs.get(key):
            problems.append(_difference(key, ours.get(key), theirs.get(key)))
    for kind in INTERCHANGEABLE:
        mine, recorded = _of_kind(kind, ours), _of_kind(kind, theirs)
        if mine != recorded and not any(name.startswith(f"{kind}/") for name in unstable):
            problems.append(f"{kind}: too many {list(mine - recorded)}, missing {list(recorded - mine)}")
    return "\n  ".join(problems)


def _difference(key: tuple[str, str], ours: Object | None, theirs: Object | None) -> str:
    if ours is None or theirs is None:
        return f"{key}: {'missing' if ours is None else 'should not be there'}"
    fields = [k for k in {*ours, *theirs} if ours.get(k) != theirs.get(k)]
    return "; ".join(f"{key} {k}: {ours.get(k)} for {theirs.get(k)}" for k in sorted(fields))


def _of_kind(wanted: str, state: State) -> Counter[str]:
    """The objects of a kind as a set, without the numbers in their names."""
    return Counter(
        json.dumps(any_pod([name, facts]), sort_keys=True) for (kind, name), facts in state.items() if kind == wanted
    )
