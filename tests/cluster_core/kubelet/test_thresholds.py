"""Eviction thresholds as configured: what is met when, soft and hard, reclaimed and transient, and what is allocatable."""

import json
from typing import Any

import pytest

from cluster_core.client.resources import EVENTS, NODES, PODS
from cluster_core.cluster import Cluster
from cluster_core.kubelet.configuration import ANNOTATION, USAGE_ANNOTATION, KubeletConfiguration, parse, seconds
from cluster_core.kubelet.thresholds import thresholds

Object = dict[str, Any]
SIZES = {"cpu": "4", "memory": "1Gi", "ephemeral-storage": "100Gi", "pods": "20"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("30s", 30.0), ("1m30s", 90.0), ("1h", 3600.0), ("250ms", 0.25), (5, 5.0), ("0", 0.0)],
)
def test_durations(text: object, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"evictionHrad": {}}, 'unknown field "evictionHrad"'),
        ({"evictionPressureTransitionPeriod": "ten"}, 'invalid duration "ten"'),
        ({"evictionHard": {"memory.free": "1Gi"}}, "unsupported eviction signal memory.free"),
        ({"evictionHard": {"memory.available": "-5Mi"}}, "must be positive"),
        ({"evictionHard": {"memory.available": "120%"}}, "must be at least 0% and below 100%"),
        (
            {"evictionSoft": {"memory.available": "1Gi"}},
            "grace period must be specified for the soft eviction threshold memory.available",
        ),
    ],
)
def test_configurations_that_make_no_sense(data: Object, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        thresholds(parse(data))


def test_memory_comes_first() -> None:
    signals = [t.signal.name for t in thresholds(KubeletConfiguration())]
    assert signals[:2] == ["memory.available", "allocatableMemory.available"]
    assert set(signals[2:]) == {
        "nodefs.available",
        "nodefs.inodesFree",
        "imagefs.available",
        "imagefs.inodesFree",
    }


def cluster_of(configuration: Object | None = None, usage: Object | None = None) -> Cluster:
    annotations = {}
    if configuration is not None:
        annotations[ANNOTATION] = json.dumps(configuration)
    if usage is not None:
        annotations[USAGE_ANNOTATION] = json.dumps(usage)
    metadata = {"name": "n", "annotations": annotations}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {}, "status": {"capacity": SIZES}}
    cluster = Cluster(nodes=[node])
    cluster.loop.advance(1)
    return cluster


def run(cluster: Cluster, name: str, told: Object, grace: int = 30, **container: Any) -> None:
    spec = {
        "terminationGracePeriodSeconds": grace,
        "containers": [{"name": "c", "image": "example.org/app:1", **container}],
    }
    metadata = {"name": name, "annotations": {"helmpy.dev/container.c": json.dumps(told)}}
    cluster.client.create(PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, "default")


def node(cluster: Cluster) -> Object:
    return cluster.client.get(NODES, "n")


def condition(cluster: Cluster, type: str) -> tuple[str, str]:
    found = next(c for c in node(cluster)["status"]["conditions"] if c["type"] == type)
    return found["status"], found["reason"]


def phase(cluster: Cluster, name: str) -> str:
    return str(cluster.client.get(PODS, name, "default")["status"]["phase"])


def evictions(cluster: Cluster) -> list[tuple[str, str]]:
    found = [e for e in cluster.client.list(EVENTS, "default")["items"] if e["reason"] == "Evicted"]
    return [(e["involvedObject"]["name"], e["message"]) for e in found]


@pytest.mark.parametrize(
    ("configuration", "allocatable"),
    [
        ({}, ("4", "924Mi", str(90 * (1 << 30)))),
        ({"evictionHard": {"memory.available": "25%"}}, ("4", "768Mi", "100Gi")),
        (
            {
                "evictionHard": {},
                "kubeReserved": {"cpu": "500m", "memory": "100Mi", "ephemeral-storage": "1Gi"},
                "systemReserved": {"cpu": "100m"},
            },
            ("3400m", "924Mi", str(99 * (1 << 30))),
        ),
    ],
)
def test_allocatable(configuration: Object, allocatable: tuple[str, str, str]) -> None:
    shown = node(cluster_of(configuration))["status"]["allocatable"]
    assert (shown["cpu"], shown["memory"], shown["ephemeral-storage"]) == allocatable


def test_a_soft_threshold_waits_for_its_grace_period_and_lets_the_pod_end() -> None:
    soft = {
        "evictionSoft": {"memory.available": "300Mi"},
        "evictionSoftGracePeriod": {"memory.available": "1m"},
        "evictionMaxPodGracePeriod": 20,
    }
    cluster = cluster_of(soft)
    run(cluster, "hog", {"memory": "800Mi", "stopSeconds": 12})
    cluster.loop.advance(50)
    assert condition(cluster, "MemoryPressure") == ("True", "KubeletHasInsufficientMemory")
    assert (phase(cluster, "hog"), evictions(cluster)) == ("Running", [])
    cluster.loop.advance(60)
    assert [name for name, _ in evictions(cluster)] == ["hog"]
    shown = cluster.client.get(PODS, "hog", "default")["status"]
    assert "terminated" in shown["containerStatuses"][0]["state"]
    assert shown["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 0


def test_a_soft_threshold_that_is_met_for_a_moment_evicts_nobody() -> None:
    soft = {
        "evictionSoft": {"memory.available": "300Mi"},
        "evictionSoftGracePeriod": {"memory.available": "1m"},
        "evictionPressureTransitionPeriod": "20s",
    }
    cluster = cluster_of(soft)
    run(cluster, "burst", {"memory": "800Mi", "exitCode": 0, "after": 30})
    cluster.loop.advance(25)
    assert condition(cluster, "MemoryPressure")[0] == "True"
    run(cluster, "calm", {"memory": "100Mi"}, resources={"requests": {"memory": "100Mi"}})
    cluster.client.delete(PODS, "burst", "default", grace_period_seconds=0)
    cluster.loop.advance(90)
    assert evictions(cluster) == []
    assert condition(cluster, "MemoryPressure") == ("False", "KubeletHasSufficientMemory")


def test_minimum_reclaim_goes_on_until_there_is_more() -> None:
    both = {"evictionHard": {"memory.available": "100Mi"}, "evictionMinimumReclaim": {"memory.available": "500Mi"}}
    for configuration, gone in (({}, ["b"]), (both, ["a", "b"])):
        cluster = cluster_of(configuration)
        run(cluster, "a", {"memory": "450Mi"})
        run(cluster, "b", {"memory": "500Mi", "usesAfter": 3})
        cluster.loop.advance(60)
        assert sorted(name for name, _ in evictions(cluster)) == gone


def test_processes() -> None:
    cluster = cluster_of({"evictionHard": {"pid.available": "10%"}})
    run(cluster, "forks", {"processes": 31000})
    run(cluster, "few", {"processes": 400})
    cluster.loop.advance(30)
    assert [name for name, _ in evictions(cluster)] == ["forks"]
    assert evictions(cluster)[0][1].startswith(
        "The node was low on resource: pids. Threshold quantity: 3276, available: "
    )
    assert condition(cluster, "PIDPressure") == ("True", "KubeletHasInsufficientPID")
    assert "node.kubernetes.io/pid-pressure" in [t["key"] for t in node(cluster)["spec"]["taints"]]


def test_inodes() -> None:
    cluster = cluster_of()
    run(cluster, "files", {"inodes": 6_400_000})
    cluster.loop.advance(30)
    assert [m.partition(". ")[0] for _, m in evictions(cluster)] == ["The node was low on resource: inodes"]
    assert condition(cluster, "DiskPressure")[0] == "True"


def test_what_the_machine_itself_uses_counts_and_may_change() -> None:
    cluster = cluster_of(usage={"memory": "200Mi"})
    run(cluster, "p", {"memory": "300Mi"})
    cluster.loop.advance(30)
    assert evictions(cluster) == []
    told = {"metadata": {"annotations": {USAGE_ANNOTATION: '{"memory": "700Mi"}'}}}
    cluster.client.patch(NODES, "n", told)
    cluster.loop.advance(30)
    assert [name for name, _ in evictions(cluster)] == ["p"]


def test_unused_images_go_before_pods() -> None:
    cluster = cluster_of(usage={"disk": "80Gi"})
    run(cluster, "done", {"exitCode": 0}, image="postgres:17")
    run(cluster, "stays", {"disk": "1Gi"})
    cluster.loop.advance(20)
    cluster.client.delete(PODS, "done", "default", grace_period_seconds=0)
    told = {"metadata": {"annotations": {USAGE_ANNOTATION: '{"disk": "85934Mi"}'}}}
    cluster.client.patch(NODES, "n", told)
    cluster.loop.advance(30)
    assert evictions(cluster) == []
    assert not any(
        "postgres" in name for image in node(cluster)["status"].get("images") or () for name in image["names"]
    )


def test_a_configuration_that_makes_no_sense_is_ignored() -> None:
    cluster = cluster_of({"evictionHard": {"memory.free": "1"}})
    assert condition(cluster, "Ready") == ("True", "KubeletReady")
    cluster.client.patch(NODES, "n", {"metadata": {"annotations": {ANNOTATION: '{"kubeReserved": 5}'}}})
    cluster.loop.advance(5)
    assert condition(cluster, "Ready") == ("True", "KubeletReady")
