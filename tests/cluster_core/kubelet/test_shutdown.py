"""Machines that are turned off, lost and brought back: what their pods and the node say."""

import json
from typing import Any

import pytest

from cluster_core.client.resources import EVENTS, NODES, PODS, PRIORITYCLASSES
from cluster_core.cluster import Cluster
from cluster_core.kubelet.configuration import ANNOTATION

Object = dict[str, Any]


def cluster_of(configuration: Object) -> Cluster:
    metadata = {"name": "n", "annotations": {ANNOTATION: json.dumps(configuration)}}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {}, "status": {}}
    cluster = Cluster(nodes=[node])
    cluster.loop.advance(1)
    return cluster


def run(
    cluster: Cluster, name: str, priority: str = "", stops_in: float = 1, grace: int = 30, told: Object | None = None
) -> None:
    spec: Object = {"nodeName": "n", "containers": [{"name": "c", "image": "example.org/app:1"}]}
    spec["terminationGracePeriodSeconds"] = grace
    if priority:
        spec["priorityClassName"] = priority
    annotations = {"helmpy.dev/container.c": json.dumps({"stopSeconds": stops_in, **(told or {})})}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "annotations": annotations}, "spec": spec}
    cluster.client.create(PODS, body, "kube-system")


def status(cluster: Cluster, name: str) -> Object:
    return cluster.client.get(PODS, name, "kube-system")["status"]  # type: ignore[no-any-return]


def ready(cluster: Cluster) -> tuple[str, str, str]:
    conditions = cluster.client.get(NODES, "n")["status"]["conditions"]
    return next((c["status"], c["reason"], c["message"]) for c in conditions if c["type"] == "Ready")


PERIODS = {"shutdownGracePeriod": "30s", "shutdownGracePeriodCriticalPods": "10s"}


def test_ordinary_pods_end_before_critical_ones() -> None:
    cluster = cluster_of(PERIODS)
    assert cluster.client.get(PRIORITYCLASSES, "system-node-critical")
    run(cluster, "web", stops_in=5)
    run(cluster, "proxy", "system-node-critical")
    cluster.loop.advance(3)
    off = cluster.kubelets.shut_down("n")
    cluster.loop.advance(3)
    assert ready(cluster) == ("False", "KubeletNotReady", "node is shutting down")
    assert [status(cluster, n)["phase"] for n in ("web", "proxy")] == ["Running", "Running"]
    cluster.loop.advance(4)
    assert "running" in status(cluster, "proxy")["containerStatuses"][0]["state"] or off.ended
    cluster.loop.advance(30)
    assert off.ended
    for name in ("web", "proxy"):
        shown = status(cluster, name)
        assert shown["phase"] in ("Failed", "Succeeded")
        disrupted = next(c for c in shown["conditions"] if c["type"] == "DisruptionTarget")
        assert disrupted["reason"] == "TerminationByKubelet"
        assert disrupted["message"] == "Pod was terminated in response to imminent node shutdown."


@pytest.mark.parametrize(
    ("grace", "stops_in", "code"),
    [(30, 5, 0), (30, 60, 137), (2, 60, 137)],
)
def test_the_pod_gets_what_the_shutdown_leaves_of_its_grace_period(grace: int, stops_in: float, code: int) -> None:
    cluster = cluster_of({"shutdownGracePeriod": "20s"})
    run(cluster, "web", grace=grace, stops_in=stops_in)
    cluster.loop.advance(3)
    cluster.kubelets.shut_down("n")
    cluster.loop.advance(40)
    ended = status(cluster, "web")["containerStatuses"][0]["state"]["terminated"]
    assert ended["exitCode"] == code
    if code:
        assert (status(cluster, "web")["phase"], status(cluster, "web")["reason"]) == ("Failed", "Terminated")


def test_no_pod_is_taken_in_meanwhile_and_the_machine_can_come_back() -> None:
    cluster = cluster_of(PERIODS)
    run(cluster, "slow", stops_in=15)
    cluster.loop.advance(3)
    cluster.kubelets.shut_down("n")
    cluster.loop.advance(2)
    run(cluster, "late")
    cluster.loop.advance(1)
    refused = status(cluster, "late")
    assert (refused["phase"], refused["reason"]) == ("Failed", "NodeShutdown")
    assert refused["message"] == "Pod was rejected: Pod was rejected as the node is shutting down."
    cluster.loop.advance(120)
    cluster.kubelets.recover("n")
    cluster.loop.advance(20)
    assert ready(cluster)[:2] == ("True", "KubeletReady")
    run(cluster, "new")
    cluster.loop.advance(5)
    assert status(cluster, "new")["phase"] == "Running"
    reasons = {e["reason"] for e in cluster.client.list(EVENTS, "default")["items"]}
    assert {"Shutdown", "NodeNotReady"} <= reasons


def test_without_grace_periods_the_machine_is_off_at_once() -> None:
    cluster = cluster_of({})
    run(cluster, "web")
    cluster.loop.advance(3)
    off = cluster.kubelets.shut_down("n")
    cluster.loop.advance(1)
    assert off.ended
    assert status(cluster, "web")["phase"] == "Running"
    cluster.loop.advance(60)
    assert ready(cluster)[0] == "Unknown"


def test_a_lost_node_comes_back() -> None:
    cluster = cluster_of({})
    run(cluster, "web")
    run(cluster, "ends", told={"exitCode": 3, "after": 20})
    cluster.loop.advance(3)
    cluster.kubelets.lose("n")
    cluster.loop.advance(70)
    assert "running" in status(cluster, "ends")["containerStatuses"][0]["state"]
    assert ready(cluster)[:2] == ("Unknown", "NodeStatusUnknown")
    taints = cluster.client.get(NODES, "n")["spec"]["taints"]  # no NoExecute where no node at all is left
    assert [(t["key"], t["effect"]) for t in taints] == [("node.kubernetes.io/unreachable", "NoSchedule")]
    cluster.kubelets.recover("n")
    cluster.loop.advance(10)
    assert ready(cluster)[0] == "True"
    assert status(cluster, "web")["containerStatuses"][0]["restartCount"] == 0
    assert status(cluster, "ends")["containerStatuses"][0]["restartCount"] == 1
    assert not cluster.client.get(NODES, "n")["spec"].get("taints")
