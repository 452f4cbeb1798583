"""Random operations on a cluster: whatever happens, no orphan, no double owner, no budget broken, and it converges.

`HELMPY_OPERATIONS=10000 pytest …` runs as many operations; a modest number is the default.
"""

import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.meta import controller_of
from cluster_core.client import resources as r
from cluster_core.client.transport import WatchEvent
from cluster_core.cluster import Cluster
from cluster_core.testing import condition, make_pod

Object = dict[str, Any]

OPERATIONS = int(os.environ.get("HELMPY_OPERATIONS", "150"))
STEPS = 50
NODES = ("n-1", "n-2", "n-3")
NAMES = st.sampled_from(["a", "b", "c"])
SIZES = st.integers(0, 5)
KINDS: dict[str, Any] = {
    "Deployment": r.DEPLOYMENTS,
    "ReplicaSet": r.REPLICASETS,
    "StatefulSet": r.STATEFULSETS,
    "DaemonSet": r.DAEMONSETS,
    "Job": r.JOBS,
}
OWNERS = {**KINDS, "Node": r.NODES}


def _node(name: str) -> Object:
    capacity = {"cpu": "8", "memory": "16Gi", "pods": "40"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": {},
        "status": {"capacity": capacity, "allocatable": capacity},
    }


def _workload(kind: str, name: str, size: int, version: int) -> Object:
    labels = {"app": f"{kind.lower()}-{name}"}
    spec: Object = {
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [{"name": "c", "image": f"registry.example.com/app:{version}"}],
                "terminationGracePeriodSeconds": 2,
            },
        }
    }
    if kind == "Job":
        spec["template"]["spec"]["restartPolicy"] = "Never"
        spec |= {"parallelism": size, "completions": size, "backoffLimit": 2}
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    spec["selector"] = {"matchLabels": labels}
    if kind != "DaemonSet":
        spec["replicas"] = size
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


class Operations(RuleBasedStateMachine):
    """Creates, scales, updates, deletes, evicts, kills nodes and cuts watches; time passes in between."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster = Cluster(nodes=[_node(name) for name in NODES], seed=1)
        self.client = self.cluster.client
        self.version = 1
        self.cordoned: set[str] = set()

    @initialize()
    def begin(self) -> None:
        """A budget over the pods of the first deployment, which it must never fall below by evictions."""
        spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "deployment-a"}}}
        budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec}
        self.client.create(r.PODDISRUPTIONBUDGETS, budget, "default")
        self.cluster.settle(60)

    def teardown(self) -> None:
        self.cluster.close()

    def _try(self, act: Any, *args: Any, **options: Any) -> Object | None:
        """Refusals (gone, already there, in conflict) are part of the game."""
        try:
            answer: Object = act(*args, **options)
        except ApiError:
            return None
        return answer

    @rule(kind=st.sampled_from(sorted(KINDS)), name=NAMES, size=SIZES)
    def create(self, kind: str, name: str, size: int) -> None:
        self._try(self.client.create, KINDS[kind], _workload(kind, name, size, self.version), "default")

    @rule(kind=st.sampled_from(["Deployment", "ReplicaSet", "StatefulSet"]), name=NAMES, size=SIZES)
    def scale(self, kind: str, name: str, size: int) -> None:
        patch = {"spec": {"replicas": size}}
        self._try(self.client.patch, KINDS[kind], name, patch, "default", type="merge")

    @rule(kind=st.sampled_from(["Deployment", "StatefulSet", "DaemonSet"]), name=NAMES)
    def update(self, kind: str, name: str) -> None:
        self.version += 1
        containers = [{"name": "c", "image": f"registry.example.com/app:{self.version}"}]
        patch = {"spec": {"template": {"spec": {"containers": containers}}}}
        self._try(self.client.patch, KINDS[kind], name, patch, "default")

    @rule(
        kind=st.sampled_from(sorted(KINDS)), name=NAMES, policy=st.sampled_from(["Background", "Foreground", "Orphan"])
    )
    def delete(self, kind: str, name: str, policy: str) -> None:
        self._try(self.client.delete, KINDS[kind], name, "default", propagation_policy=policy)

    @rule(data=st.data())
    def delete_pod(self, data: st.DataObject) -> None:
        pods = [pod["metadata"]["name"] for pod in self.client.list(r.PODS, "default")["items"]]
        if pods:
            self._try(self.client.delete, r.PODS, data.draw(st.sampled_from(pods)), "default")

    @rule(data=st.data())
    def evict(self, data: st.DataObject) -> None:
        """An eviction that is granted leaves the budget whole."""
        pods = [p["metadata"]["name"] for p in self._selected() if condition(p, "Ready") == "True"]
        if not pods:
            return
        name = data.draw(st.sampled_from(pods))
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "default"}}
        if self._try(self.client.create, r.PODS, eviction, "default", subresource="eviction", name=name) is not None:
            assert self._healthy() >= 1, "the budget is broken"

    def _selected(self) -> list[Object]:
        return list(self.client.list(r.PODS, "default", label_selector="app=deployment-a")["items"])

    def _healthy(self) -> int:
        return sum(
            "deletionTimestamp" not in p["metadata"] and condition(p, "Ready") == "True" for p in self._selected()
        )

    @rule(node=st.sampled_from(NODES))
    def kill_node(self, node: str) -> None:
        """A node vanishes and comes back under the same name, empty."""
        self._try(self.client.delete, r.NODES, node)
        self.cluster.loop.advance(5)
        self._try(self.client.create, r.NODES, _node(node))
        self.cordoned.discard(node)

    @rule(node=st.sampled_from(NODES))
    def cordon(self, node: str) -> None:
        unschedulable = node not in self.cordoned and len(self.cordoned) < len(NODES) - 1
        (self.cordoned.add if unschedulable else self.cordoned.discard)(node)
        patch = {"spec": {"unschedulable": unschedulable or None}}
        self._try(self.client.patch, r.NODES, node, patch, type="merge")

    @rule(gvr=st.sampled_from([r.PODS, r.REPLICASETS, r.DEPLOYMENTS, r.NODES]))
    def cut_watch(self, gvr: Any) -> None:
        """The informer must list again, as after 410 Gone."""
        gone = {"kind": "Status", "status": "Failure", "code": 410, "reason": "Expired"}
        self.cluster.informers.informer(gvr)._on_event(WatchEvent("ERROR", gone))

    @rule(name=NAMES)
    def stray_pod(self, name: str) -> None:
        """A pod that somebody may adopt."""
        pod = make_pod(f"stray-{name}").label(app=f"replicaset-{name}").container().build()
        self._try(self.client.create, r.PODS, pod, "default")

    @rule(seconds=st.sampled_from([0.5, 3, 30]))
    def wait(self, seconds: float) -> None:
        self.cluster.loop.advance(seconds)

    @precondition(lambda self: True)
    @rule()
    def converge(self) -> None:
        """Left alone, everything comes to rest as it is wanted, without orphans and with one owner each."""
        assert self.cluster.settle(3600), self.cluster.waiting()
        self.cluster.loop.advance(120)
        assert self.cluster.settle(3600), self.cluster.waiting()
        self._check_sizes()
        self._check_owners()

    def _check_sizes(self) -> None:
        for gvr in (r.DEPLOYMENTS, r.REPLICASETS, r.STATEFULSETS):
            for obj in self.client.list(gvr, "default")["items"]:
                status, wanted = obj.get("status") or {}, obj["spec"]["replicas"]
                told = (gvr.resource, obj["metadata"]["name"], status, self.cluster.waiting())
                assert "deletionTimestamp" not in obj["metadata"], told
                assert (status.get("replicas", 0), status.get("availableReplicas", 0)) == (wanted, wanted), told
        for obj in self.client.list(r.DAEMONSETS, "default")["items"]:
            assert obj["status"]["numberAvailable"] == obj["status"]["desiredNumberScheduled"] == len(NODES)

    def _check_owners(self) -> None:
        """Every owner that is named exists."""
        for gvr in (r.PODS, r.REPLICASETS, r.CONTROLLERREVISIONS):
            for obj in self.client.list(gvr, "default")["items"]:
                for ref in obj["metadata"].get("ownerReferences") or ():
                    owner = self.client.get(OWNERS[ref["kind"]], ref["name"], "default")
                    assert owner["metadata"]["uid"] == ref["uid"], f"{obj['metadata']['name']} is an orphan"

    @invariant()
    def one_controller_each(self) -> None:
        """At any moment: one controller per object at most, and no two pods of one set share a name's place."""
        for gvr in (r.PODS, r.REPLICASETS):
            for obj in self.client.list(gvr, "default")["items"]:
                refs = obj["metadata"].get("ownerReferences") or ()
                assert sum(bool(ref.get("controller")) for ref in refs) <= 1, refs
        daemons = Counter(
            (ref["uid"], pod["spec"]["nodeName"])
            for pod in self.client.list(r.PODS, "default")["items"]
            if (ref := controller_of(pod)) is not None
            and ref["kind"] == "DaemonSet"
            and pod["spec"].get("nodeName")
            and "deletionTimestamp" not in pod["metadata"]
        )
        assert not daemons or max(daemons.values()) == 1, daemons


def test_random_operations_keep_the_cluster_sound() -> None:
    examples = max(1, OPERATIONS // STEPS)
    quiet = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=OPERATIONS <= 1000,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Operations, settings=quiet)
