"""Replays a recorded workload timeline against a cluster of ours and compares what the recording says to compare.

At the end of each stimulus the state of every object but pods must be equal; pods must be equal as a set, up to the
numbers in their names; so must the events.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

from workload_driver import Driver, Object, State
from workload_facts import any_pod, tidy

from cluster_core.client.client import Client
from cluster_core.client.resources import STORAGECLASSES
from cluster_core.clock import VirtualClock
from cluster_core.cluster import Cluster
from cluster_core.controllers.manager import ControllerManager
from cluster_core.scheduler.scheduler import Scheduler

GOLDEN = Path(__file__).parents[2] / "golden" / "workloads"
OWN = GOLDEN.with_name("workloads_recorded")
NAMESPACE = "recorded-ns"
START = 1_767_225_600.6
"""Real clusters are never created on the second: times in the API are cut, waits are not."""
BASE_NODES = ["node-0", "node-1", "node-2"]
INTERCHANGEABLE = ("Pod", "PersistentVolume")


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


class Replay(Driver):
    """One recorded scenario against a fresh cluster. `run` returns what differs, "" for nothing."""

    def __init__(self, name: str, folder: Path = GOLDEN) -> None:
        golden = json.loads((folder / f"{name}.json").read_text("utf-8"))
        clock = VirtualClock(golden.get("start", START))
        self.cluster = Cluster(nodes=[_base_node(n) for n in range(3)], controllers=False, clock=clock)
        super().__init__(self.cluster.client, self.cluster.loop, NAMESPACE, golden)
        self._start_actors()
        for storage_class in self.client.list(STORAGECLASSES)["items"]:
            self.client.delete(STORAGECLASSES, storage_class["metadata"]["name"])
        self.kinds = {entry["kind"] for entry in golden["timeline"]}
        if not self.options.get("fromNamespace"):
            self.create_namespace()

    def _start_actors(self) -> None:
        informers, rng = self.cluster.informers, self.cluster.rng

        def client_for(name: str) -> Client:
            client = self.cluster.client_for(f"system:serviceaccount:kube-system:{name}", ("system:masters",))
            client.field_manager = name
            return client

        self.manager = ControllerManager(client_for, informers, self.loop, rng, {"root_ca": "a certificate"})
        self.manager.start()
        Scheduler(client_for("kube-scheduler"), informers, self.loop, rng).start()
        self.heartbeat(BASE_NODES)

    def run(self) -> str:
        """Replay all steps and compare."""
        return self.play() or self._compare()

    def _compare(self) -> str:
        return self._compare_ticks() or self._compare_events()

    def _renamings(self) -> Iterator[dict[str, str]]:
        """Equal nodes, and equal pods that the scenario itself made, may stand for each other."""
        created = [step["object"] for step in self.scenario["steps"] if step["do"] == "create"]
        for kind in ("Node", "Pod"):
            names = [o["metadata"]["name"] for o in created if o["kind"] == kind]
            if kind == "Node" and not names:
                names = BASE_NODES
            for other in permutations(names) if 1 < len(names) <= 4 else ():
                renaming = dict(zip(names, other, strict=True))
                zones = {f"z{a[-1]}": f"z{b[-1]}" for a, b in renaming.items()} if names is BASE_NODES else {}
                yield renaming | zones

    def _compare_ticks(self) -> str:
        ours = [stimulus.get("kubelet") or f"step {stimulus['step']}" for stimulus, _ in self.ticks]
        theirs = [tick.get("kubelet") or f"step {tick['step']}" for tick in self.scenario["ticks"]]
        if ours != theirs:
            at = next(
                (i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
            )
            problem = self._compare_states(at)
            return problem or f"stimuli differ at tick {at}: {ours[at : at + 4]} for {theirs[at : at + 4]}"
        return self._compare_states(len(ours))

    def _compare_states(self, count: int) -> str:
        unstable = set(self.scenario["stability"].get("objectsWithDifferentStateAtEndOfSomeTick") or ())
        recorded = self._recorded_states()
        for number in range(count):
            stimulus, state = self.ticks[number]
            ours = {key: _comparable(key[0], facts) for key, facts in state.items()}
            problem = _differences(ours, recorded[number], unstable)
            if problem and all(_differences(_called(ours, r), recorded[number], unstable) for r in self._renamings()):
                return f"tick {number} {stimulus}: {problem}"
        return ""

    def _recorded_states(self) -> list[State]:
        states: list[State] = []
        state: State = {}
        entries = iter([*self.scenario["timeline"], {"tick": 1 << 30}])
        entry = next(entries)
        for number in range(len(self.scenario["ticks"])):
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
            if not self.is_ours(involved["kind"], involved["name"], involved.get("namespace", "")):
                continue
            ours[self._event_key(involved["kind"], involved["name"], event)] += 1
        theirs: Counter[str] = Counter()
        for event in self.scenario["events"]:
            theirs[self._event_key(event["kind"], event["name"], event)] += 1
        for told in (ours, theirs):
            told.update({key: 1 - count for key, count in told.items() if "FailedScheduling" in key})
        if ours == theirs or self.scenario["stability"].get("eventSetIdentical") is False:
            return ""
        return f"events: too many {dict(ours - theirs)}, missing {dict(theirs - ours)}"

    def _event_key(self, kind: str, name: str, event: Object) -> str:
        message = self.names(event.get("message") or "")
        if event["reason"] == "Scheduled":
            message = "Successfully assigned"
        parts = [kind, self.names(name), event["type"], event["reason"], message]
        return json.dumps(any_pod(parts))


def _called(state: State, renaming: dict[str, str]) -> State:
    """The state as if its objects were called otherwise."""
    return {(kind, _renamed(name, renaming)): _renamed(facts, renaming) for (kind, name), facts in state.items()}


def _renamed(value: Any, renaming: dict[str, str]) -> Any:
    wanted = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, renaming)) + r")(?![\w-])")
    return json.loads(wanted.sub(lambda match: renaming[match[1]], json.dumps(value)))


def _comparable(kind: str, facts: Object) -> Object:
    facts = any_pod(tidy(facts))
    if kind == "CronJob":
        facts = {k: v for k, v in facts.items() if k != "lastScheduleTime"}
    if kind == "EndpointSlice" and "endpoints" in facts:
        facts["endpoints"] = sorted(facts["endpoints"], key=json.dumps)
    if "conditions" in facts:
        facts["conditions"] = sorted(map(_same_progress, facts["conditions"]), key=_type)
    status = facts.get("status")
    if kind == "Deployment" and status and "conditions" in status:
        facts["status"] = {**status, "conditions": sorted(map(_same_progress, status["conditions"]), key=_type)}
    return tidy(facts)


def _type(condition: Object) -> str:
    return str(condition["type"])


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
            problems.append(_odd(kind, list((mine - recorded).elements()), list((recorded - mine).elements())))
    return "\n  ".join(problems)


def _odd(kind: str, ours: list[str], theirs: list[str]) -> str:
    if len(ours) == len(theirs) == 1:
        return f"{kind} " + "; ".join(_paths(json.loads(ours[0]), json.loads(theirs[0])))
    return f"{kind}: too many {ours}, missing {theirs}"


def _difference(key: tuple[str, str], ours: Object | None, theirs: Object | None) -> str:
    if ours is None or theirs is None:
        return f"{key}: {'missing' if ours is None else 'should not be there'}"
    return "; ".join(f"{key} {line}" for line in _paths(ours, theirs))


def _paths(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two values differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = sorted(k for k in {*ours, *theirs} if ours.get(k) != theirs.get(k))
        return [line for k in keys for line in _paths(ours.get(k), theirs.get(k), f"{path}.{k}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [line for i, (a, b) in pairs if a != b for line in _paths(a, b, f"{path}[{i}]")]
    return [f"{path}: {ours} for {theirs}"]


def _of_kind(wanted: str, state: State) -> Counter[str]:
    """The objects of a kind as a set, without the numbers in their names."""
    return Counter(
        json.dumps(any_pod([name, facts]), sort_keys=True) for (kind, name), facts in state.items() if kind == wanted
    )
