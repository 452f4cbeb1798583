"""A node that runs low on memory or disk: who is evicted, in which order, and what node and pods say."""

import json
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import EVENTS, NODES, PODS, PRIORITYCLASSES
from cluster_core.cluster import Cluster

NS = "default"
SIZES = {"cpu": "4", "memory": "1Gi", "ephemeral-storage": "10Gi", "pods": "20"}


@pytest.fixture
def cluster() -> Any:
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "spec": {}, "status": {"capacity": SIZES}}
    with Cluster(nodes=[node]) as c:
        for name, value in (("high", 1000), ("top", 1_000_000_000)):
            body = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}}
            c.client.create(PRIORITYCLASSES, {**body, "value": value})
        c.settle(10)
        yield c


def run(
    cluster: Any, name: str, told: dict[str, Any], resources: dict[str, Any] | None = None, priority: str = ""
) -> None:
    container = {"name": "c", "image": "busybox:1", "command": ["sleep", "9999"], "resources": resources or {}}
    spec: dict[str, Any] = {"containers": [container]}
    if priority:
        spec["priorityClassName"] = priority
    metadata = {"name": name, "annotations": {"helmpy.dev/container.c": json.dumps(told)}}
    cluster.client.create(PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, NS)


def status(cluster: Any, name: str) -> dict[str, Any]:
    return cluster.client.get(PODS, name, NS)["status"]  # type: ignore[no-any-return]


def evicted(cluster: Any) -> list[str]:
    """Names of the pods that were evicted, the first first."""
    found = [e for e in cluster.client.list(EVENTS, NS)["items"] if e["reason"] == "Evicted"]
    return [e["involvedObject"]["name"] for e in sorted(found, key=lambda e: int(e["metadata"]["resourceVersion"]))]


def ask(size: str) -> dict[str, Any]:
    return {"requests": {"memory": size}}


@pytest.mark.parametrize(
    ("pods", "order"),
    [
        # nothing happens while there is room
        ([("a", "400Mi", None, ""), ("b", "400Mi", None, "")], []),
        # BestEffort before those within their requests, however much these use
        ([("modest", "200Mi", None, ""), ("big", "760Mi", ask("800Mi"), "")], ["modest"]),
        # the larger excess first
        ([("small", "150Mi", None, ""), ("large", "800Mi", None, "")], ["large"]),
        # priority counts before the excess
        ([("small", "200Mi", None, ""), ("large", "760Mi", None, "high")], ["small"]),
        # above its request before priority
        ([("over", "300Mi", ask("100Mi"), "top"), ("within", "650Mi", ask("700Mi"), "")], ["over"]),
        # one after the other until it is enough
        (
            [("a", "300Mi", None, ""), ("b", "320Mi", None, ""), ("c", "900Mi", ask("800Mi"), "top")],
            ["b", "a"],
        ),
    ],
)  # fmt: skip
def test_order_for_memory(cluster: Any, pods: list[tuple[str, str, Any, str]], order: list[str]) -> None:
    for name, memory, resources, priority in pods:
        run(cluster, name, {"memory": memory, "usesAfter": 5}, resources, priority)
    cluster.loop.advance(60)
    assert evicted(cluster) == order
    for name, *_ in pods:
        assert status(cluster, name)["phase"] == ("Failed" if name in order else "Running")


def test_what_is_said(cluster: Any) -> None:
    run(cluster, "hog", {"memory": "1000Mi", "stopSeconds": 0.1}, ask("30Mi"))
    cluster.loop.advance(30)
    message = (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 24Mi. "
        "Container c was using 1000Mi, request is 30Mi, has larger consumption of memory. "
    )
    told = status(cluster, "hog")
    disrupted = told["conditions"][0]
    assert (disrupted["type"], disrupted["status"], disrupted["reason"]) == (
        "DisruptionTarget",
        "True",
        "TerminationByKubelet",
    )
    assert disrupted["message"] == message
    node = cluster.client.get(NODES, "n")
    conditions = {c["type"]: (c["status"], c["reason"]) for c in node["status"]["conditions"]}
    assert conditions["MemoryPressure"] == ("True", "KubeletHasInsufficientMemory")
    assert {"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}.items() <= node["spec"]["taints"][
        0
    ].items()
    reasons = {e["reason"]: e["message"] for e in cluster.client.list(EVENTS, "default")["items"]}
    assert reasons["EvictionThresholdMet"] == "Attempting to reclaim memory"
    assert reasons["NodeHasInsufficientMemory"] == "Node n status is now: NodeHasInsufficientMemory"


def test_a_best_effort_pod_is_refused_until_the_pressure_is_over(cluster: Any) -> None:
    run(cluster, "hog", {"memory": "1000Mi"})
    cluster.loop.advance(30)
    for name, resources in (("modest", {}), ("asking", ask("10Mi"))):
        container = {"name": "c", "image": "example.org/app:1", "resources": resources}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}}
        cluster.client.create(PODS, {**body, "spec": {"nodeName": "n", "containers": [container]}}, NS)
    cluster.loop.advance(10)
    refused = status(cluster, "modest")
    assert (refused["phase"], refused["reason"]) == ("Failed", "Evicted")
    assert refused["message"] == "Pod was rejected: The node had condition: [MemoryPressure]. "
    assert status(cluster, "asking")["phase"] == "Running"
    cluster.loop.advance(400)
    assert not cluster.client.get(NODES, "n")["spec"].get("taints")


def test_disk(cluster: Any) -> None:
    run(cluster, "small", {"disk": "1Gi"})
    run(cluster, "hog", {"disk": "8500Mi"})
    cluster.loop.advance(30)
    assert evicted(cluster) == ["hog"]
    assert "low on resource: ephemeral-storage. Threshold quantity: 1Gi" in status(cluster, "hog")["message"]
    conditions = {c["type"]: c["reason"] for c in cluster.client.get(NODES, "n")["status"]["conditions"]}
    assert conditions["DiskPressure"] == "KubeletHasDiskPressure"


def test_memory_above_the_limit_kills_the_container_only(cluster: Any) -> None:
    run(cluster, "p", {"memory": "80Mi", "usesAfter": 2}, {"limits": {"memory": "64Mi"}})
    cluster.loop.advance(8)
    shown = status(cluster, "p")["containerStatuses"][0]
    ended = (shown["state"].get("terminated") or shown["lastState"].get("terminated")) or {}
    assert (ended["exitCode"], ended["reason"]) == (137, "OOMKilled")
    assert evicted(cluster) == []


def resized(cluster: Any, resources: dict[str, Any]) -> None:
    patch = {"spec": {"containers": [{"name": "c", "resources": resources}]}}
    cluster.client.patch(PODS, "p", patch, NS, subresource="resize")
    cluster.loop.advance(5)


def test_a_larger_limit_in_place_lets_the_program_grow(cluster: Any) -> None:
    run(
        cluster,
        "p",
        {"memory": "80Mi", "usesAfter": 20},
        {"limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}},
    )
    cluster.loop.advance(5)
    resized(cluster, {"limits": {"memory": "128Mi"}})
    cluster.loop.advance(30)
    shown = status(cluster, "p")["containerStatuses"][0]
    assert (shown["restartCount"], shown["resources"]["limits"]) == (0, {"memory": "128Mi"})
    with pytest.raises(ApiError, match="node didn't have enough allocatable resources: memory"):
        resized(cluster, {"requests": {"memory": "20Gi"}, "limits": {"memory": "20Gi"}})
