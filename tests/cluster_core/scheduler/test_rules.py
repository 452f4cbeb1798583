"""Where pods go and why not: one small cluster per row, through the API."""

import random
from collections import Counter
from typing import Any

import pytest

from cluster_core.client.resources import NODES, PODDISRUPTIONBUDGETS, PODS, PRIORITYCLASSES, SERVICES
from cluster_core.cluster import Cluster
from cluster_core.scheduler.scheduler import Scheduler

NS = "default"
Object = dict[str, Any]


class Lab:
    """Nodes without kubelets, and the scheduler alone."""

    def __init__(self, nodes: list[Object], seed: int = 1) -> None:
        self.cluster = c = Cluster(nodes=nodes, controllers=False)
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        from cluster_core.client.resources import SERVICEACCOUNTS

        c.client.create(SERVICEACCOUNTS, account, NS)
        for node in c.client.list(NODES)["items"]:  # admission taints new nodes until a controller finds them ready
            c.client.update(NODES, {**node, "spec": {**node["spec"], "taints": _without_not_ready(node)}})
        self.scheduler = Scheduler(c._actor("kube-scheduler"), c.informers, c.loop, random.Random(seed))
        self.scheduler.start()

    def add(self, *pods: Object) -> "Lab":
        for pod in pods:
            self.cluster.client.create(PODS, pod, NS)
        self.cluster.loop.advance(2)
        return self

    def pod(self, name: str) -> Object:
        return self.cluster.client.get(PODS, name, NS)

    def place(self, name: str = "p") -> str:
        """Node of the pod, or why it has none."""
        pod = self.pod(name)
        conditions = (pod.get("status") or {}).get("conditions") or ()
        return str(
            pod["spec"].get("nodeName")
            or next((c.get("message") for c in conditions if c["type"] == "PodScheduled"), "")
        )


def _without_not_ready(node: Object) -> list[Object]:
    return [t for t in node["spec"].get("taints") or () if t["key"] != "node.kubernetes.io/not-ready"]


def make_node(name: str, cpu: str = "4", taints: Any = (), zone: str = "", **spec: Any) -> Object:
    labels = {"kubernetes.io/hostname": name, **({"topology.kubernetes.io/zone": zone} if zone else {})}
    sizes = {"cpu": cpu, "memory": "8Gi", "pods": "110"}
    body = {**({"taints": list(taints)} if taints else {}), **spec}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": body, "status": {"capacity": sizes, "allocatable": sizes}}  # fmt: skip


def make_pod(name: str = "p", cpu: str = "", labels: Any = None, **spec: Any) -> Object:
    resources = {"resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}} if cpu else {}
    containers = [{"name": "c", "image": "app:1", **resources, **spec.pop("container", {})}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}}, "spec": {"containers": containers, **spec}}  # fmt: skip


def near(field: str, kind: str = "required", app: str = "x", key: str = "kubernetes.io/hostname") -> Object:
    term = {"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}}
    if kind == "required":
        return {"affinity": {field: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}}
    weighted = [{"weight": 100, "podAffinityTerm": term}]
    return {"affinity": {field: {"preferredDuringSchedulingIgnoredDuringExecution": weighted}}}


def prefer(name: str) -> Object:
    match = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [name]}]}
    return {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": match}]}}}  # fmt: skip


GPU = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
SOFT = {"key": "slow", "effect": "PreferNoSchedule"}
PORT = {"container": {"ports": [{"containerPort": 80, "hostPort": 80}]}}
X = {"app": "x"}
TAIL = " no new claims to deallocate, preemption: 0/{0} nodes are available: {0} {1}."
HELPLESS = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"


@pytest.mark.parametrize(
    ("nodes", "earlier", "pod", "place"),
    [
        ([make_node("a", taints=[GPU]), make_node("b")], [], make_pod(), "b"),
        ([make_node("a", taints=[GPU])], [], make_pod(tolerations=[{"key": "gpu", "operator": "Exists"}]), "a"),
        ([make_node("a", taints=[SOFT]), make_node("b")], [], make_pod(), "b"),
        ([make_node("a", unschedulable=True), make_node("b")], [], make_pod(), "b"),
        ([make_node("a", cpu="1"), make_node("b", cpu="8")], [], make_pod(cpu="4"), "b"),
        ([make_node("a"), make_node("b")], [], make_pod(**prefer("b")), "b"),
        ([make_node("a"), make_node("b")], [], make_pod(nodeSelector={"kubernetes.io/hostname": "b"}), "b"),
        ([make_node("a", cpu="8"), make_node("b", cpu="2")], [], make_pod(cpu="1"), "a"),
        ([make_node("a"), make_node("b")], [make_pod("o", labels=X, nodeName="b")], make_pod(**near("podAffinity")), "b"),
        ([make_node("a"), make_node("b")], [make_pod("o", labels=X, nodeName="b")], make_pod(**near("podAntiAffinity")), "a"),
        ([make_node("a"), make_node("b")], [make_pod("o", nodeName="b", **near("podAntiAffinity"))], make_pod(labels=X), "a"),
        ([make_node("a"), make_node("b")], [make_pod("o", labels=X, nodeName="b")], make_pod(**near("podAffinity", "soft")), "b"),
        ([make_node("a"), make_node("b")], [make_pod("o", labels=X, nodeName="b")], make_pod(**near("podAntiAffinity", "soft")), "a"),
        ([make_node("a")], [], make_pod(labels=X, **near("podAffinity")), "a"),
        ([make_node("a"), make_node("b")], [make_pod("o", nodeName="b", **PORT)], make_pod(**PORT), "a"),
        ([make_node("a")], [], make_pod(schedulerName="other"), ""),
        ([], [], make_pod(), "no nodes available to schedule pods"),
        (
            [make_node("a", cpu="1")], [], make_pod(cpu="2"),
            "0/1 nodes are available: 1 Insufficient cpu." + TAIL.format(1, HELPLESS),
        ),
        (
            [make_node("a", cpu="2")], [make_pod("o", cpu="1500m", nodeName="a")], make_pod(cpu="1"),
            "0/1 nodes are available: 1 Insufficient cpu." + TAIL.format(1, NO_VICTIMS),
        ),
        (
            [make_node("a", taints=[GPU]), make_node("b", unschedulable=True)], [], make_pod(),
            "0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable."
            + TAIL.format(2, HELPLESS),
        ),
    ],
)  # fmt: skip
def test_places(nodes: list[Object], earlier: list[Object], pod: Object, place: str) -> None:
    assert Lab(nodes).add(*earlier).add(pod).place() == place


def test_equal_pods_spread_and_a_service_spreads_them_over_zones() -> None:
    nodes = [make_node(f"n{i}", cpu="64", zone=f"z{i % 2}") for i in range(4)]
    lab = Lab(nodes)
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"selector": X, "ports": [{"port": 80}]}}  # fmt: skip
    lab.cluster.client.create(SERVICES, service, NS)
    lab.add(*(make_pod(f"p{i}", labels=X) for i in range(40)))
    assert set(Counter(lab.place(f"p{i}") for i in range(40)).values()) == {10}


def test_hard_topology_spread() -> None:
    constraint = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": {"matchLabels": X}}  # fmt: skip
    lab = Lab([make_node("a", zone="z1"), make_node("b", zone="z2", cpu="1")])
    lab.add(*(make_pod(f"p{i}", cpu="600m", labels=X, topologySpreadConstraints=[constraint]) for i in range(3)))
    assert sorted(lab.place(f"p{i}") for i in range(2)) == ["a", "b"]
    lab.add(make_pod("q", cpu="600m", labels=X, topologySpreadConstraints=[constraint]))
    assert lab.place("q").startswith("0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology")


def test_a_refused_pod_wakes_when_room_appears() -> None:
    lab = Lab([make_node("a", cpu="2")]).add(make_pod("first", cpu="2"), make_pod("second", cpu="2"))
    assert lab.place("first") == "a"
    assert "Insufficient cpu" in lab.place("second")
    lab.cluster.client.delete(PODS, "first", NS, grace_period_seconds=0)
    lab.cluster.loop.advance(15)
    assert lab.place("second") == "a"


def test_higher_priority_goes_first() -> None:
    lab = Lab([make_node("a", cpu="1")])
    for name, value in (("low", 1), ("high", 100)):
        body = {
            "apiVersion": "scheduling.k8s.io/v1",
            "kind": "PriorityClass",
            "metadata": {"name": name},
            "value": value,
        }
        lab.cluster.client.create(PRIORITYCLASSES, {**body, "preemptionPolicy": "Never"})
    lab.add(make_pod("l", cpu="1", priorityClassName="low"), make_pod("h", cpu="1", priorityClassName="high"))
    assert lab.place("h") == "a"
    assert lab.place("l") != "a"


def test_preemption_spares_pods_under_a_budget() -> None:
    lab = Lab([make_node("a", cpu="2"), make_node("b", cpu="2")])
    body = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 100}
    lab.cluster.client.create(PRIORITYCLASSES, body)
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": X}}}  # fmt: skip
    lab.cluster.client.create(PODDISRUPTIONBUDGETS, budget, NS)
    lab.add(make_pod("guarded", cpu="2", labels=X, nodeName="a"), make_pod("free", cpu="2", nodeName="b"))
    lab.add(make_pod("boss", cpu="2", priorityClassName="high"))
    assert lab.pod("boss")["status"]["nominatedNodeName"] == "b"
    assert "deletionTimestamp" in lab.pod("free")["metadata"]
    assert "deletionTimestamp" not in lab.pod("guarded")["metadata"]


def test_same_seed_same_places() -> None:
    def places() -> list[str]:
        lab = Lab([make_node(f"n{i}") for i in range(5)], seed=3)
        lab.add(*(make_pod(f"p{i}", cpu="100m") for i in range(20)))
        return [lab.place(f"p{i}") for i in range(20)]

    assert places() == places()


def test_large_clusters_are_sampled_but_every_pod_finds_a_node() -> None:
    lab = Lab([make_node(f"n{i}") for i in range(150)])
    lab.add(*(make_pod(f"p{i}", cpu="3") for i in range(150)))
    assert len({lab.place(f"p{i}") for i in range(150)}) == 150
