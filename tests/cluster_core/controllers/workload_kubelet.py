"""The stepped kubelet of the recorded workload timelines: moves pods one action at a time, by rules.

It plays what the recordings' kubelet played (see tests/golden/workloads/README.md): nothing moves by itself.
"""

from collections.abc import Callable
from typing import Any

from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.client.client import Client
from cluster_core.client.resources import PODS
from cluster_core.clock import Loop

Object = dict[str, Any]
INDEX = "batch.kubernetes.io/job-completion-index"


class SteppedKubelet:
    """Knows every pod of a namespace by watching; `step` takes the next action and says which."""

    def __init__(self, client: Client, loop: Loop, namespace: str, rules: list[Object]) -> None:
        self.client, self.loop, self.namespace = client, loop, namespace
        self.rules = rules
        self.held = False
        self.frozen: set[str] = set()
        self._chosen: dict[str, Object] = {}
        self._uses: dict[int, int] = {}
        self._done: set[tuple[str, str]] = set()
        self._ips = 0

    def pods(self) -> list[Object]:
        """The live pods."""
        return list(self.client.list(PODS, self.namespace)["items"])

    def rule(self, pod: Object) -> Object:
        """The first rule that matches the pod, chosen once."""
        uid = pod["metadata"]["uid"]
        if uid not in self._chosen:
            self._chosen[uid] = self._choose(pod)
        return self._chosen[uid]

    def _choose(self, pod: Object) -> Object:
        for number, rule in enumerate(self.rules):
            if _matches(rule.get("match") or {}, pod):
                used = self._uses.get(number, 0)
                if "times" in rule and used >= rule["times"]:
                    continue
                self._uses[number] = used + 1
                return rule
        return {}

    def step(self, order: Callable[[Object], Any]) -> tuple[str, Object] | None:
        """Take the next action, if there is one and the kubelet is not held: (action, pod before it)."""
        if self.held:
            return None
        pods = sorted(self.pods(), key=order)
        for action in ("start", "exit", "removed"):
            for pod in pods:
                if pod["spec"].get("nodeName") in self.frozen:
                    continue
                if getattr(self, f"_can_{action}")(pod):
                    return self._act(action, pod), pod
        return None

    def _act(self, action: str, pod: Object) -> str:
        if action == "start":
            self.start(pod)
        elif action == "exit":
            return self.exit(pod, self.rule(pod)["exit"])
        elif _is_job_pod(pod) and _phase(pod) not in ("Succeeded", "Failed"):
            self._write(pod, self._ended(pod, 143), _ended_conditions(143))
            return "terminated"
        else:
            name = pod["metadata"]["name"]
            self.client.delete(PODS, name, self.namespace, grace_period_seconds=0)
        return action

    def _can_start(self, pod: Object) -> bool:
        return bool(
            pod["spec"].get("nodeName")
            and _phase(pod) == "Pending"
            and "deletionTimestamp" not in pod["metadata"]
            and self.rule(pod).get("start") != "never"
        )

    def _can_exit(self, pod: Object) -> bool:
        if "exit" not in self.rule(pod) or _phase(pod) != "Running" or "deletionTimestamp" in pod["metadata"]:
            return False
        return ("exit", pod["metadata"]["uid"]) not in self._done

    def _can_removed(self, pod: Object) -> bool:
        metadata = pod["metadata"]
        if "deletionTimestamp" not in metadata or self.rule(pod).get("terminate") == "never":
            return False
        return bool(metadata.get("deletionGracePeriodSeconds")) and bool(pod["spec"].get("nodeName"))

    def start(self, pod: Object) -> None:
        """Pending to Running, ready or not as the rule says."""
        ready = self.rule(pod).get("ready", True)
        self._ips += 1
        ip = f"10.244.{self._ips // 250}.{self._ips % 250 + 1}"
        stamp = rfc3339(self.loop.now())
        status = {
            "phase": "Running",
            "startTime": stamp,
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "hostIP": "10.0.0.1",
            "hostIPs": [{"ip": "10.0.0.1"}],
            "containerStatuses": [
                self._container(c, {"running": {"startedAt": stamp}}, ready) for c in pod["spec"]["containers"]
            ],
        }
        self._write(pod, status, _ready(ready))

    def exit(self, pod: Object, how: Any) -> str:
        """End the containers with a code, or let them crash in a loop."""
        self._done.add(("exit", pod["metadata"]["uid"]))
        if how == "crashloop":
            state = {"waiting": {"reason": "CrashLoopBackOff"}}
            containers = [self._container(c, state, False) for c in pod["spec"]["containers"]]
            for container in containers:
                container["restartCount"] = self.rule(pod).get("restarts", 1)
            self._write(pod, {"containerStatuses": containers}, _ready(False))
            return "crashloop"
        self._write(pod, self._ended(pod, how), _ended_conditions(how))
        return "exit"

    def set_ready(self, pod: Object, ready: bool) -> None:
        """Flip the readiness of a running pod."""
        containers = [{**c, "ready": ready} for c in pod["status"].get("containerStatuses") or ()]
        self._write(pod, {"containerStatuses": containers}, _ready(ready))

    def _ended(self, pod: Object, code: int) -> Object:
        stamp = rfc3339(self.loop.now())
        state = {
            "terminated": {
                "exitCode": code,
                "finishedAt": stamp,
                "startedAt": stamp,
                "reason": "Completed" if code == 0 else "Error",
            }
        }
        return {
            "phase": "Succeeded" if code == 0 else "Failed",
            "containerStatuses": [self._container(c, state, False) for c in pod["spec"]["containers"]],
        }

    @staticmethod
    def _container(container: Object, state: Object, ready: bool) -> Object:
        return {
            "name": container["name"],
            "image": container["image"],
            "imageID": "",
            "restartCount": 0,
            "ready": ready,
            "started": "running" in state,
            "state": state,
        }

    def _write(self, pod: Object, status: Object, conditions: list[Object] | None = None) -> None:
        live = self.client.get(PODS, pod["metadata"]["name"], self.namespace)
        old = live.get("status") or {}
        merged = {**old, **status, "conditions": self._merged(old.get("conditions") or [], conditions or [])}
        self.client.update_status(PODS, {**live, "status": merged})

    def _merged(self, old: list[Object], new: list[Object]) -> list[Object]:
        stamp = rfc3339(self.loop.now())
        result = list(old)
        for condition in new:
            fresh = {**condition, "lastProbeTime": None, "lastTransitionTime": stamp}
            for index, present in enumerate(result):
                if present["type"] == condition["type"]:
                    if present["status"] == condition["status"]:
                        fresh["lastTransitionTime"] = present["lastTransitionTime"]
                    result[index] = fresh
                    break
            else:
                result.append(fresh)
        return result


def _matches(match: Object, pod: Object) -> bool:
    metadata = pod["metadata"]
    if "image" in match and match["image"] not in [c["image"] for c in pod["spec"]["containers"]]:
        return False
    if "name" in match and match["name"] != metadata["name"]:
        return False
    if "index" in match and (metadata.get("annotations") or {}).get(INDEX) not in match["index"]:
        return False
    return not ("labels" in match and not match["labels"].items() <= (metadata.get("labels") or {}).items())


def _phase(pod: Object) -> str:
    return (pod.get("status") or {}).get("phase", "")


def _is_job_pod(pod: Object) -> bool:
    return any(ref["kind"] == "Job" for ref in pod["metadata"].get("ownerReferences") or ())


def _ready(ready: bool) -> list[Object]:
    always = [{"type": t, "status": "True"} for t in ("PodReadyToStartContainers", "Initialized")]
    state: Object = {"status": "True"}
    if not ready:
        state = {"status": "False", "reason": "ContainersNotReady", "message": "containers with unready status: [main]"}
    return [*always, {"type": "Ready", **state}, {"type": "ContainersReady", **state}]


def _ended_conditions(code: int) -> list[Object]:
    reason = "PodCompleted" if code == 0 else "PodFailed"
    return [{"type": t, "status": "False", "reason": reason} for t in ("Ready", "ContainersReady")]
