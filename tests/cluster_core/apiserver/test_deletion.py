"""Deletion: propagation policies, finalizers, grace periods, collections, evictions."""

from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import (
    CONFIGMAPS,
    DEPLOYMENTS,
    PODDISRUPTIONBUDGETS,
    PODS,
    SERVICEACCOUNTS,
    SERVICES,
)
from cluster_core.cluster import Cluster
from cluster_core.testing import make_config_map, make_deployment, make_pod, make_service


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster(controllers=False)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    cluster.client.create(SERVICEACCOUNTS, account, "default")
    return cluster


@pytest.mark.parametrize(
    ("policy", "finalizers"),
    [("Foreground", ["foregroundDeletion"]), ("Orphan", ["orphan"]), ("Background", None), (None, None)],
)
def test_propagation(cluster: Cluster, policy: str | None, finalizers: Any) -> None:
    cluster.client.create(DEPLOYMENTS, make_deployment("d").build())
    answer = cluster.client.delete(DEPLOYMENTS, "d", "default", propagation_policy=policy)
    if finalizers is None:
        assert answer["status"] == "Success"
        assert cluster.client.list(DEPLOYMENTS)["items"] == []
    else:
        assert answer["metadata"]["finalizers"] == finalizers
        assert answer["metadata"]["deletionTimestamp"]


def test_the_last_finalizer_lets_go(cluster: Cluster) -> None:
    cluster.client.create(CONFIGMAPS, make_config_map("a")._metadata(finalizers=["example.com/x"]).build())
    cluster.client.delete(CONFIGMAPS, "a", "default")
    patch = {"metadata": {"finalizers": ["example.com/x", "example.com/y"]}}
    with pytest.raises(ApiError, match="no new finalizers can be added"):
        cluster.client.patch(CONFIGMAPS, "a", patch, "default", type="merge")
    cluster.client.patch(CONFIGMAPS, "a", {"metadata": {"finalizers": None}}, "default", type="merge")
    assert cluster.client.list(CONFIGMAPS)["items"] == []


def test_a_running_pod_has_its_grace_period(cluster: Cluster) -> None:
    cluster.client.create(PODS, make_pod("p").node("helmpy-1").build())
    first = cluster.client.delete(PODS, "p", "default")["metadata"]
    assert (first["deletionGracePeriodSeconds"], first["deletionTimestamp"]) == (30, "2026-01-01T00:00:30Z")
    longer = cluster.client.delete(PODS, "p", "default", grace_period_seconds=60)["metadata"]
    assert longer["deletionGracePeriodSeconds"] == 30
    shorter = cluster.client.delete(PODS, "p", "default", grace_period_seconds=5)["metadata"]
    assert (shorter["deletionGracePeriodSeconds"], shorter["deletionTimestamp"]) == (5, "2026-01-01T00:00:05Z")
    cluster.client.delete(PODS, "p", "default", grace_period_seconds=0)
    assert cluster.client.list(PODS)["items"] == []


def test_preconditions(cluster: Cluster) -> None:
    cluster.client.create(CONFIGMAPS, make_config_map("a").build())
    with pytest.raises(ApiError, match="the UID in the precondition"):
        cluster.client.delete(CONFIGMAPS, "a", "default", uid="other")
    with pytest.raises(ApiError, match="the ResourceVersion in the precondition"):
        cluster.client.delete(CONFIGMAPS, "a", "default", resource_version="1")


def test_collections(cluster: Cluster) -> None:
    for name in "abc":
        cluster.client.create(CONFIGMAPS, make_config_map(name).label(odd=str(name == "b")).build())
    cluster.client.delete_collection(CONFIGMAPS, "default", label_selector="odd=False")
    assert [o["metadata"]["name"] for o in cluster.client.list(CONFIGMAPS)["items"]] == ["b"]


def test_dry_run_leaves_everything(cluster: Cluster) -> None:
    made = cluster.client.create(SERVICES, make_service("s").build(), dry_run=True)
    assert made["spec"]["clusterIP"].startswith("10.96.")
    assert [s["metadata"]["name"] for s in cluster.client.list(SERVICES)["items"]] == ["kubernetes"]
    cluster.client.create(SERVICES, {**make_service("t").spec(clusterIP=made["spec"]["clusterIP"]).build()})


def test_addresses_come_back(cluster: Cluster) -> None:
    service = make_service("s").spec(clusterIP="10.96.7.7", type="NodePort").build()
    cluster.client.create(SERVICES, service)
    with pytest.raises(ApiError, match="provided IP is already allocated"):
        cluster.client.create(SERVICES, make_service("t").spec(clusterIP="10.96.7.7").build())
    cluster.client.delete(SERVICES, "s", "default")
    cluster.client.create(SERVICES, make_service("t").spec(clusterIP="10.96.7.7").build())


def evict(cluster: Cluster, name: str) -> Any:
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
    return cluster.client.create(PODS, eviction, "default", subresource="eviction", name=name)


def test_evictions_respect_the_budget(cluster: Cluster) -> None:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": spec}
    made = cluster.client.create(PODDISRUPTIONBUDGETS, budget, "default")
    status = {"disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2}
    cluster.client.update_status(PODDISRUPTIONBUDGETS, {**made, "status": {**status, "observedGeneration": 1}})
    for name in ("a", "b"):
        pod = cluster.client.create(PODS, make_pod(name).label(app="web").node("helmpy-1").build())
        ready = {"type": "Ready", "status": "True"}
        running = {**pod["status"], "phase": "Running", "conditions": [ready]}
        cluster.client.update_status(PODS, {**pod, "status": running})
    assert evict(cluster, "a")["status"] == "Success"
    with pytest.raises(ApiError, match="Cannot evict pod as it would violate the pod's disruption budget") as caught:
        evict(cluster, "b")
    assert caught.value.code == 429
    assert cluster.client.get(PODS, "a", "default")["metadata"]["deletionTimestamp"]
    assert "deletionTimestamp" not in cluster.client.get(PODS, "b", "default")["metadata"]
