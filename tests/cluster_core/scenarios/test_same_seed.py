"""The same seed gives the same log of everything that happens, byte for byte; another seed gives another."""

import json
from typing import Any

from cluster_core.client import resources as r
from cluster_core.cluster import Cluster
from cluster_core.testing import make_deployment, make_pod, make_service, make_stateful_set

WATCHED = (
    r.PODS,
    r.NODES,
    r.DEPLOYMENTS,
    r.REPLICASETS,
    r.STATEFULSETS,
    r.JOBS,
    r.ENDPOINTSLICES,
    r.CONTROLLERREVISIONS,
    r.SERVICEACCOUNTS,
    r.EVENTS,
)
JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "work"},
    "spec": {
        "completions": 3,
        "parallelism": 2,
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox"}]}},
    },
}


def _log(seed: int) -> list[str]:
    """Every change of every watched object, as JSON, in order."""
    log: list[str] = []

    def note(event: Any) -> None:
        log.append(json.dumps([event.type, event.object]))

    with Cluster(nodes=3, seed=seed) as cluster:
        client = cluster.client
        for gvr in WATCHED:
            client.watch(gvr, on_event=note)
        client.create(r.SERVICES, make_service("web").build())
        client.create(r.DEPLOYMENTS, make_deployment("web").replicas(6).build())
        client.create(r.STATEFULSETS, make_stateful_set("db").replicas(2).build())
        client.create(r.JOBS, JOB, "default")
        cluster.settle()
        containers = [{"name": "c", "image": "registry.example.com/app:2"}]
        client.patch(r.DEPLOYMENTS, "web", {"spec": {"template": {"spec": {"containers": containers}}}}, "default")
        cluster.loop.advance(1)
        client.delete(r.NODES, client.list(r.NODES)["items"][0]["metadata"]["name"])
        client.create(r.PODS, make_pod("late").build())
        client.patch(r.DEPLOYMENTS, "web", {"spec": {"replicas": 2}}, "default")
        cluster.settle()
        cluster.loop.advance(300)
    return log


def test_the_same_seed_gives_the_same_log() -> None:
    first = _log(7)
    assert len(first) > 200
    assert first == _log(7)


def test_another_seed_gives_other_names() -> None:
    assert _log(7) != _log(8)
