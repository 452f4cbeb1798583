"""Seeded faults: conflicts of the API, and that everything gets there all the same."""

from typing import Any

import pytest

from cluster_core.client.resources import DEPLOYMENTS, EVENTS, PODS
from cluster_core.cluster import Cluster
from cluster_core.faults import conflicts

Object = dict[str, Any]


def deployment(name: str, replicas: int) -> Object:
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "example.org/app:1"}]},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def run(chance: float, seed: int) -> tuple[Object, list[str], list[tuple[str, str, str]]]:
    """The Deployment's status, what failed, and the events, after a rollout among conflicts."""
    with Cluster(seed=5) as cluster:
        cluster.settle(10)
        with conflicts(cluster, chance, seed) as failed:
            cluster.client.create(DEPLOYMENTS, deployment("web", 4), "default")
            cluster.settle(600)
            cluster.client.patch(DEPLOYMENTS, "web", {"spec": {"replicas": 2}}, "default")
            cluster.settle(600)
        cluster.loop.advance(60)
        assert len(cluster.client.list(PODS, "default")["items"]) == 2
        found = cluster.client.list(EVENTS, "default")["items"]
        events = [(e["involvedObject"]["name"], e["reason"], e["message"]) for e in found]
        return cluster.client.get(DEPLOYMENTS, "web", "default")["status"], failed, events


@pytest.mark.parametrize("chance", [0.0, 0.1, 0.4])
def test_a_rollout_among_conflicts(chance: float) -> None:
    status, failed, events = run(chance, 1)
    assert (status["readyReplicas"], status["replicas"]) == (2, 2)
    assert bool(failed) == bool(chance)
    again = run(chance, 1)
    assert (again[1], again[2]) == (failed, events)


def test_chances_that_are_none() -> None:
    with Cluster() as cluster, pytest.raises(ValueError, match="at least 0 and below 1"), conflicts(cluster, 1.0):
        pass
