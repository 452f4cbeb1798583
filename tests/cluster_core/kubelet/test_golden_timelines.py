"""Replays of pods recorded on a real kubelet (tests/golden/kubelet): same statuses, in the same order, same events.

States that lasted longer than a second must appear on both sides in order; shorter ones may be skipped (the real
kubelet merges them, too). Times are compared only through what lasts; how often an event was counted may differ by as much
as the machine that was recorded was slower at times.
"""

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import CONFIGMAPS, EVENTS, NODES, PODS, SECRETS, SERVICES
from cluster_core.cluster import Cluster
from cluster_core.controllers.manager import ControllerManager
from cluster_core.kubelet.configuration import USAGE_ANNOTATION, KubeletConfiguration, parse
from cluster_core.kubelet.manager import KubeletManager
from cluster_core.scheduler.scheduler import Scheduler

GOLDEN = Path(__file__).parents[2] / "golden" / "kubelet"
KINDS = {"Pod": PODS, "ConfigMap": CONFIGMAPS, "Secret": SECRETS, "Service": SERVICES}
LONG = 1.0
SEEDS = (7, 8, 9, 28)
"""Waits are jittered on both sides: a scenario that ends amid one is tried with several seeds."""
SOMETIMES = ("volumeMounts", "resources", "allocatedResources", "user")
"""Facts of containers that only some scenarios were recorded with."""

NOT_SIMULATED = {
    "poststart-http-refused": "the recording shows a second look at the runtime that came by chance",
}
SYSTEM_MEMORY = "1800Mi"
"""About what the recorded machine itself used."""
EARLIER = {"out-of-memory-admission": "48Mi"}
"""Memory that pods of an earlier scenario still had when this one was recorded."""
SCENARIOS = sorted(p.stem for p in GOLDEN.glob("[a-z]*.json"))


def replay(scenario: dict[str, Any], seed: int = SEEDS[0]) -> "Lab":
    lab = Lab(scenario, seed)
    for step in scenario["steps"]:
        getattr(lab, f"do_{step['op']}")(step)
    last = max((e["t"] for e in (*scenario["timeline"], *scenario["events"])), default=0.0)
    passed = lab.cluster.loop.now() - lab.start
    if passed < last + 1:
        lab.cluster.loop.advance(last + 1 - passed)
    return lab


class Lab:
    """One node, one namespace, and a recorder of every version of every pod."""

    def __init__(self, scenario: dict[str, Any], seed: int) -> None:
        self.scenario, self.namespace = scenario, scenario["namespace"]
        self.more = _more(scenario)
        node = json.loads((GOLDEN / "_node.json").read_text())["node"]
        sizes = {k: node["status"][k] for k in ("capacity", "allocatable")}
        fresh = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": "node-a", "labels": node["metadata"]["labels"]},
        }
        self.cluster = Cluster(nodes=[{**fresh, "spec": {}, "status": sizes}], controllers=False)
        c = self.cluster
        ControllerManager(c._actor, c.informers, c.loop, c.rng, {}).start()
        Scheduler(c._actor("kube-scheduler"), c.informers, c.loop, c.rng).start()
        self.kubelets = KubeletManager(c._actor, c.informers, c.loop, random.Random(seed), None)
        self.kubelets.start()
        c.client.create(
            self._gvr("Namespace"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        )
        c.settle(20)
        for obj in scenario["pre"]:
            self._create(obj)
        if scenario["scenario"] in EARLIER:
            self._occupy(EARLIER[scenario["scenario"]])
        self.manifests = iter(scenario["manifests"])
        self.manifest: dict[str, Any] = {}
        self.timelines: dict[str, list[tuple[float, str, dict[str, Any]]]] = {}
        self.problems: list[str] = []
        self.start = c.loop.now()
        c.client.watch(PODS, self.namespace, on_event=self._seen)

    def _gvr(self, kind: str) -> Any:
        from cluster_core.client import resources as r

        return (
            KINDS.get(kind)
            or {
                "Namespace": r.NAMESPACES,
                "RuntimeClass": r.RUNTIMECLASSES,
                "PriorityClass": r.PRIORITYCLASSES,
                "Node": NODES,
            }[kind]
        )

    def _create(self, obj: dict[str, Any]) -> None:
        versions = {"RuntimeClass": "node.k8s.io/v1", "PriorityClass": "scheduling.k8s.io/v1"}
        obj = {"apiVersion": versions.get(obj["kind"], "v1"), **json.loads(json.dumps(obj))}
        namespace = "" if obj["kind"] in versions else self.namespace
        self.cluster.client.create(self._gvr(obj["kind"]), obj, namespace)

    def _occupy(self, memory: str) -> None:
        requests = {"requests": {"memory": memory}}
        container = {"name": "c", "image": "lab.local/tools:1", "command": ["tool", "pause"], "resources": requests}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "earlier"}, "spec": {"containers": [container]}}
        self.cluster.client.create(PODS, pod, "default")
        self.cluster.settle(20)

    def _seen(self, event: Any) -> None:
        pod = event.object
        line = self.timelines.setdefault(pod["metadata"]["name"], [])
        line.append((self.cluster.loop.now() - self.start, event.type, pod))

    # -- steps

    def do_create(self, step: dict[str, Any]) -> None:
        try:
            self._create(next(self.manifests))
        except ApiError as error:
            if error.message not in step.get("error", ""):
                self.problems.append(f"refused: {error.message}")
            return
        if "error" in step:
            self.problems.append(f"not refused: {step['error']}")

    def do_sleep(self, step: dict[str, Any]) -> None:
        self.cluster.loop.advance(step["seconds"] + 0.1)

    def do_wait(self, step: dict[str, Any]) -> None:
        limit = max(step["at"] - step["t"], 5) * 1.6 + 30
        if not self.cluster.run_until(lambda: bool(eval(step["until"], self._names())), limit) and step["reached"]:
            self.problems.append(f"never reached: {step['until']}")
        self.cluster.loop.advance(0.3)

    def do_delete(self, step: dict[str, Any]) -> None:
        name = step["object"].partition("/")[2]
        gvr = self._gvr(step["object"].partition("/")[0])
        self.cluster.client.delete(gvr, name, self.namespace, grace_period_seconds=step.get("gracePeriodSeconds"))

    def do_patch(self, step: dict[str, Any]) -> None:
        kind, _, name = step["object"].partition("/")
        try:
            self.cluster.client.patch(
                self._gvr(kind), name, step["patch"], self.namespace, subresource=step["subresource"]
            )
        except ApiError as error:
            if error.message not in step.get("error", ""):
                self.problems.append(f"refused: {error.message}")
            return
        if "error" in step:
            self.problems.append(f"not refused: {step['error']}")

    def do_exec(self, step: dict[str, Any]) -> None:
        args = step["args"][1:]
        pod, container = args[0], ""
        options, command = args[: args.index("--")], args[args.index("--") + 1 :]
        if "-c" in options:
            container = options[options.index("-c") + 1]
        found = self._pods().get(pod)
        if found is None:
            return
        container = container or found["spec"]["containers"][0]["name"]
        try:
            result = self.kubelets.node_api.exec(self.namespace, pod, container, command)
        except ApiError as error:
            text = self.mask(error.message)
            refused_by_kubectl = "not valid for pod" in step["stderr"] or "completed pod" in step["stderr"]
            if step["rc"] == 0 or not (text in step["stderr"] or refused_by_kubectl):
                self.problems.append(f"exec {command}: {text!r} instead of {step['stderr']!r}")
            return
        ours = (result.exit_code, _mask_output(self.mask(result.stdout)))
        theirs = (step["rc"], _mask_output(step["stdout"]))
        if ours != theirs:
            self.problems.append(f"exec {command}: {ours} instead of {theirs}")
        errors = [x for x in step["stderr"].splitlines() if not x.startswith(("Defaulted", "command terminated"))]
        if result.stderr.splitlines() != errors:
            self.problems.append(f"exec {command}: {result.stderr!r} instead of {errors}")

    def do_logs(self, step: dict[str, Any]) -> None:
        args = step["args"][1:]
        options = {f.removeprefix("--").partition("=")[0]: f.partition("=")[2] or "true" for f in args[1:] if "--" in f}
        if "all-containers" in options or "." in "".join(options):
            return
        query = {_LOG_OPTIONS[k]: v.removesuffix("s") for k, v in options.items()}
        if "-c" in args:
            query["container"] = args[args.index("-c") + 1]
        pod = self._pods().get(args[0])
        if pod is None:
            return
        query.setdefault("container", pod["spec"]["containers"][0]["name"])
        try:
            text = self.kubelets.node_api.log_text(pod, query)
        except ApiError as error:
            if not step["rc"] or (error.message not in step["stderr"] and "is not valid for pod" not in error.message):
                self.problems.append(f"logs {args}: {error.message!r} instead of {step['stderr']!r}")
            return
        if step["stdout"].startswith("unable to retrieve"):  # the runtime had it deleted by then
            return
        ours, theirs = _mask_output(self.mask(text)), _mask_output(step["stdout"])
        if ours.splitlines() != theirs.splitlines() and not _differ_in_probes(ours, theirs):
            self.problems.append(f"logs {args}: {ours!r} instead of {theirs!r}")

    def do_kubectl(self, step: dict[str, Any]) -> None:
        return

    def do_func(self, step: dict[str, Any]) -> None:
        note = step["note"]
        if note.startswith("node taints = "):
            taints = json.loads(note.removeprefix("node taints = "))
            node = self.cluster.client.get(NODES, "node-a")
            kept = [t for t in node["spec"].get("taints") or () if t["key"] != "lab"]
            self.cluster.client.update(NODES, {**node, "spec": {**node["spec"], "taints": kept + taints}})
        elif note.startswith("static manifest written: "):
            self.manifest = json.loads(note.removeprefix("static manifest written: "))
            self.kubelets.put_static_pod("node-a", self.manifest)
        elif note == "kubelet stopped":
            self.kubelets.kubelets["node-a"].stop()
        elif note.startswith("kubelet started with "):
            self._use_memory()
            self.kubelets.kubelets["node-a"].restart(_configuration(note.removeprefix("kubelet started with ")))
        elif note == "kubelet started (normal configuration)":
            self.kubelets.kubelets["node-a"].restart(KubeletConfiguration())
        elif note.startswith("kubelet started"):
            self.kubelets.kubelets["node-a"].restart()
        elif note == "static manifest removed":
            metadata = self.manifest["metadata"]
            self.kubelets.remove_static_pod("node-a", metadata["namespace"], metadata["name"])
        elif note.startswith("seen "):  # the recorder waited for a change to show; it takes 90 seconds at most
            self.cluster.loop.advance(92)
        elif note == "POST eviction":
            body = {
                "apiVersion": "policy/v1",
                "kind": "Eviction",
                "metadata": {"name": "p", "namespace": self.namespace},
            }
            self.cluster.client.create(PODS, body, self.namespace, subresource="eviction", name="p")

    def _use_memory(self) -> None:
        told = {"metadata": {"annotations": {USAGE_ANNOTATION: json.dumps({"memory": SYSTEM_MEMORY})}}}
        self.cluster.client.patch(NODES, "node-a", told)
        self.cluster.loop.advance(0.1)

    # -- what wait expressions ask

    def _pods(self) -> dict[str, Any]:
        return {p["metadata"]["name"]: p for p in self.cluster.client.list(PODS, self.namespace)["items"]}

    def _names(self) -> dict[str, Any]:
        pods = self._pods()
        first = next(iter(self.timelines), "p")

        def pod(name: str = "") -> dict[str, Any]:
            return pods.get(name or first) or {}

        def status(name: str = "", field: str = "containerStatuses") -> dict[str, Any]:
            return next(iter((pod(name).get("status") or {}).get(field) or ()), {})

        def waiting() -> dict[str, Any]:
            return (status().get("state") or {}).get("waiting") or {}

        return {
            "phase": lambda name="": (pod(name).get("status") or {}).get("phase"),
            "gone": lambda name="": not pod(name),
            "podready": lambda: any(
                c["type"] == "Ready" and c["status"] == "True"
                for c in (pod().get("status") or {}).get("conditions") or ()
            ),
            "restarts": lambda: status().get("restartCount", 0),
            "state": lambda: next(iter(status().get("state") or {"": 0})),
            "reason": lambda: waiting().get("reason"),
            "init": lambda: status(field="initContainerStatuses"),
            "eph": lambda: status(field="ephemeralContainerStatuses"),
            "event": lambda reason: any(e["reason"] == reason for e in self._events()),
        }

    def _events(self) -> list[dict[str, Any]]:
        found = self.cluster.client.list(EVENTS, self.namespace)["items"]
        return [e for e in found if e["involvedObject"].get("kind") == "Pod"]

    # -- facts, as the recorder took them

    def mask(self, text: str) -> str:
        for line in self.timelines.values():
            for _, _, pod in line:
                text = text.replace(pod["metadata"]["uid"], "<uid>")
                for host in (pod.get("status") or {}).get("hostIPs") or ():
                    text = text.replace(host["ip"], "<hostIP>")
                address = (pod.get("status") or {}).get("podIP")
                if address:
                    text = text.replace(address, "<podIP>")
        if self.scenario["scenario"] == "memory-pressure-order":
            text = re.sub(r"(available: |was using )\d+(Ki|Mi)", r"\1<amount>", text)
        text = re.sub(r"(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{64}", "<id>", text)
        return re.sub(
            r" in \d+ms \(\d+ms including waiting\). Image size: \d+",
            " in <d> (<d> including waiting). Image size: <n>",
            text,
        )

    def facts(self, pod: dict[str, Any]) -> dict[str, Any]:
        metadata, status = pod["metadata"], pod.get("status") or {}
        facts: dict[str, Any] = {k: status[k] for k in ("phase", "reason", "message", "qosClass") if k in status}
        facts["generation"] = metadata.get("generation")
        facts["observedGeneration"] = status.get("observedGeneration")
        if "deletionTimestamp" in metadata:
            facts["deletionTimestamp"] = "set"
            facts["deletionGracePeriodSeconds"] = metadata.get("deletionGracePeriodSeconds")
        facts["nodeName"] = pod["spec"].get("nodeName")
        for field in ("startTime", "hostIP", "podIP"):
            facts[field] = "set" if status.get(field) else None
        wanted = ("type", "status", "reason", "message", "observedGeneration")
        facts["conditions"] = [
            {k: c[k] for k in wanted if c.get(k) is not None} for c in status.get("conditions") or ()
        ]
        for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
            if status.get(field):
                facts[field] = [_container_facts(s, self.more) for s in status[field]]
        masked: dict[str, Any] = json.loads(self.mask(json.dumps(facts)))
        return masked

    def ours(self, name: str) -> list[tuple[float, dict[str, Any]]]:
        return _distinct(
            [(t, {**self.facts(pod), "watch": _end(kind)}) for t, kind, pod in self.timelines.get(name, ())]
        )

    def theirs(self, name: str) -> list[tuple[float, dict[str, Any]]]:
        return [(t, json.loads(self.mask(json.dumps(facts)))) for t, facts in _theirs(self.scenario, name)]


def _configuration(note: str) -> KubeletConfiguration:
    """From the recorder's note: `evictionHard: {signal: amount, …}; evictionPressureTransitionPeriod: 10s`."""
    found: dict[str, Any] = {}
    for part in note.split("; "):
        name, _, value = part.partition(": ")
        pairs = [item.split(": ") for item in value.strip("{}").replace('"', "").split(", ")]
        found[name] = dict(pairs) if value.startswith("{") else value
    return parse(found)


_LOG_OPTIONS = {
    "tail": "tailLines",
    "since": "sinceSeconds",
    "limit-bytes": "limitBytes",
    "previous": "previous",
    "timestamps": "timestamps",
}


def _mask_output(text: str) -> str:
    """Without what depends on the moment, on identifiers, and on the name of the machine that was recorded."""
    text = re.sub(r"\.\.20\d\d_[0-9_.]+", "..<data>", text)
    text = re.sub(r" +\d+ [A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d ", " <size> <time> ", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "<ts>", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uid>", text)
    text = re.sub(r'config.seen="[^"]*"', 'config.seen="<ts>"', text)
    text = re.sub(r"}+$", "}", text)  # a decoder that misses padding stops early
    return re.sub(r"^(vm|node-a)$|127.0.0.1 (runsc|node-a)", "<machine>", text, flags=re.M)


def _differ_in_probes(ours: str, theirs: str) -> bool:
    """Whether only the number of probes differs, by one at most."""
    a, b = ours.splitlines(), theirs.splitlines()
    return set(a) == set(b) and all("kube-probe" in line for line in a) and abs(len(a) - len(b)) <= 1


def _end(kind: str) -> str:
    return "DELETED" if kind == "DELETED" else ""


def _more(scenario: dict[str, Any]) -> tuple[str, ...]:
    shown = (s for e in scenario["timeline"] for s in e["status"].get("containerStatuses") or ())
    return SOMETIMES if any("volumeMounts" in s for s in shown) else ()


def _container_facts(status: dict[str, Any], more: tuple[str, ...]) -> dict[str, Any]:
    facts: dict[str, Any] = {k: status[k] for k in ("name", "ready", "started", "restartCount") if k in status}
    for field in ("state", "lastState"):
        if status.get(field):
            facts[field] = {kind: _state_facts(kind, dict(state)) for kind, state in status[field].items()}
    for field in ("containerID", "imageID"):
        if not status.get(field):
            facts[field] = "absent"
    facts["image"] = status["image"]
    found = json.dumps({k: status[k] for k in more if k in status})
    facts.update(json.loads(re.sub(r"kube-api-access-\w+", "kube-api-access-<r>", found)))
    return facts


def _state_facts(kind: str, state: dict[str, Any]) -> dict[str, Any]:
    if kind == "terminated":
        kept = {k: v for k, v in state.items() if k in ("exitCode", "reason", "message", "signal")}
        kept["startedAt"] = "set" if state.get("startedAt") and not state["startedAt"].startswith("1970") else "null"
        if not state.get("containerID"):
            kept["containerID"] = "absent"
        return kept
    return {k: v for k, v in state.items() if k in ("reason", "message")}


def _strip(facts: dict[str, Any], more: tuple[str, ...]) -> dict[str, Any]:
    dropped = {"stopSignal", *SOMETIMES} - {*more}
    facts = {k: v for k, v in facts.items() if k not in ("resources", "allocatedResources")}
    for field in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        if field in facts:
            facts[field] = [
                {k: v for k, v in s.items() if k not in dropped and (k, v) != ("started", None)} for s in facts[field]
            ]
            for one in facts[field]:
                for where in ("state", "lastState"):
                    terminated = (one.get(where) or {}).get("terminated")
                    if terminated and terminated.get("startedAt") == "1970-01-01T00:00:00Z":
                        terminated["startedAt"] = "null"
    return facts


def _distinct(line: list[tuple[float, dict[str, Any]]]) -> list[tuple[float, dict[str, Any]]]:
    result: list[tuple[float, dict[str, Any]]] = []
    for t, facts in line:
        if not result or result[-1][1] != facts:
            result.append((t, facts))
    return result


def _theirs(scenario: dict[str, Any], name: str) -> list[tuple[float, dict[str, Any]]]:
    return _distinct(
        [
            (e["t"], {**_strip(e["status"], _more(scenario)), "watch": _end(e["watch"])})
            for e in scenario["timeline"]
            if e["pod"] == name
        ]
    )


def _missing(expected: list[tuple[float, dict[str, Any]]], line: list[tuple[float, dict[str, Any]]]) -> list[str]:
    """Long states of `expected` that `line` does not show, in order."""
    at, missing = 0, []
    for index, (t, facts) in enumerate(expected):
        last = index == len(expected) - 1
        if not last and expected[index + 1][0] - t <= LONG:
            continue
        found = next((i for i in range(at, len(line)) if line[i][1] == facts), None)
        if found is None:
            missing.append(json.dumps(facts))
        else:
            at = found
    return missing


def differences(scenario: dict[str, Any], lab: Lab) -> list[str]:
    found = list(lab.problems)
    for name in {e["pod"] for e in scenario["timeline"]}:
        theirs, ours = lab.theirs(name), lab.ours(name)
        found += [f"{name} lacks {m}" for m in _missing(theirs, ours)]
        found += [f"{name} has besides {m}" for m in _missing(ours, theirs)]
    return found + _event_differences(scenario, lab)


def _event_differences(scenario: dict[str, Any], lab: Lab) -> list[str]:
    def key(pod: str, kind: str, reason: str, message: str, path: str) -> tuple[str, ...]:
        message = re.sub(r"kube-api-access-\w+", "kube-api-access-<r>", lab.mask(message))
        return pod, kind, reason, message, path

    ours, theirs = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for e in lab._events():
        about = e["involvedObject"]
        ours[key(about["name"], e["type"], e["reason"], e["message"], about.get("fieldPath", ""))] += e.get("count", 1)
    for e in scenario["events"]:
        theirs[key(e["pod"], e["type"], e["reason"], e["message"], e.get("fieldPath", ""))] += e["count"]
    # asked before the program listened; a kubelet that just started has not seen every object yet
    race = {k for k in theirs if k not in ours and ("connection refused" in k[3] or k[3].endswith("not registered"))}
    found = [f"event missing: {k}" for k in theirs if k not in ours and k not in race]
    found += [f"event too much: {k}" for k in ours if k not in theirs]
    for k in ours & theirs:
        if abs(ours[k] - theirs[k]) > max(1, theirs[k] // 3):
            found.append(f"event counted {ours[k]} times, not {theirs[k]}: {k}")
    return found


@pytest.mark.parametrize("name", [s for s in SCENARIOS if s not in NOT_SIMULATED])
def test_timeline(name: str) -> None:
    scenario = json.loads((GOLDEN / f"{name}.json").read_text())
    found: list[str] = []
    for seed in SEEDS:
        found = differences(scenario, replay(scenario, seed))
        if not found:
            return
    assert found == []
