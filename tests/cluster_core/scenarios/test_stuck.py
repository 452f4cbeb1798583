"""A cluster that cannot get further says what it waits for; nothing hangs."""

import pytest

from cluster_core.client import resources as r
from cluster_core.cluster import Cluster
from cluster_core.testing import make_config_map, make_deployment, make_pod, make_stateful_set, wait_ready

QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "c"},
    "spec": {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "",
        "resources": {"requests": {"storage": "1Gi"}},
    },
}
BAD_IMAGE = make_pod("p").container(image="UPPER:1").build()
TOO_BIG = make_pod("p").container().requests(cpu="1000").build()
WITH_CLAIM = make_pod("p").spec(volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]).build()
HELD = make_config_map("held").build()


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([], []),
        ([(r.PODS, make_pod("p").build())], []),
        ([(r.DEPLOYMENTS, make_deployment("d").replicas(2).build())], []),
        (
            [(r.PODS, TOO_BIG)],
            [
                (
                    "Pod default/p: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
                    "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
                )
            ],
        ),
        (
            [(r.PODS, BAD_IMAGE)],
            [
                (
                    'Pod default/p: c: InvalidImageName: Failed to apply default image tag "UPPER:1": couldn\'t parse image '
                    'name "UPPER:1": invalid reference format: repository name (library/UPPER) must be lowercase'
                )
            ],
        ),
        (
            [(r.PERSISTENTVOLUMECLAIMS, CLAIM), (r.PODS, WITH_CLAIM)],
            [
                "PersistentVolumeClaim default/c: is Pending",
                (
                    "Pod default/p: Unschedulable: 0/1 nodes are available: pod has unbound immediate "
                    "PersistentVolumeClaims. not found"
                ),
            ],
        ),
        (
            [(r.RESOURCEQUOTAS, QUOTA), (r.STATEFULSETS, make_stateful_set("s").replicas(2).build())],
            ["StatefulSet default/s: 1 of 2 available"],
        ),
    ],
)
def test_says_what_it_waits_for(objects: list[tuple[object, dict[str, object]]], expected: list[str]) -> None:
    with Cluster() as cluster:
        for gvr, obj in objects:
            cluster.client.create(gvr, obj, "default")
            cluster.settle(60)
        assert cluster.waiting() == expected


def test_tells_of_pods_that_a_quota_forbids() -> None:
    with Cluster() as cluster:
        cluster.client.create(r.RESOURCEQUOTAS, QUOTA, "default")
        cluster.settle(10)
        cluster.client.create(r.DEPLOYMENTS, make_deployment("d").replicas(2).build())
        cluster.settle(60)
        told = cluster.waiting()
    assert told[0].startswith("Deployment default/d: 1 of 2 updated, 1 available")
    assert any("exceeded quota: q" in line for line in told)


def test_tells_of_what_holds_a_deletion_up() -> None:
    with Cluster() as cluster:
        client = cluster.client
        client.create(r.NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gone"}})
        held = {**HELD, "metadata": {"name": "held", "namespace": "gone", "finalizers": ["example.com/hold"]}}
        client.create(r.CONFIGMAPS, held)
        client.delete(r.NAMESPACES, "gone")
        cluster.settle(60)
        told = cluster.waiting()
    assert "Namespace gone: is being deleted" in told
    assert any("example.com/hold in 1 resource instances" in line for line in told)


def test_a_failed_wait_says_so() -> None:
    with Cluster() as cluster:
        cluster.client.create(r.PODS, TOO_BIG, "default")
        with pytest.raises(AssertionError, match="waiting for:\n  Pod default/p: Unschedulable"):
            wait_ready(cluster, "p", timeout=30)
