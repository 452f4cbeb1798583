"""A cluster opened from a file sleeps while nothing is due, and wakes when its loop turns."""

import json
from pathlib import Path
from typing import Any

import pytest

from cluster_core import cluster as assembly
from cluster_core.client.resources import DEPLOYMENTS, PODS
from cluster_core.cluster import Cluster
from cluster_core.testing import make_deployment, make_pod

NOON = 1_767_268_800.0


class WallClock:
    """Stands in for the wall clock of the processes that open the file."""

    def __init__(self) -> None:
        self.now = NOON

    def time(self) -> float:
        return self.now


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    found = WallClock()
    monkeypatch.setattr(assembly, "time", found)
    return found


@pytest.fixture
def path(tmp_path: Path, wall: WallClock) -> str:
    """A file with a Deployment whose pods run, closed when all was quiet."""
    file = str(tmp_path / "cluster.db")
    with Cluster(path=file) as cluster:
        cluster.client.create(DEPLOYMENTS, make_deployment("web").build())
        assert cluster.settle()
    wall.now = max(wall.now, cluster.loop.now()) + 60
    return file


def pods(cluster: Cluster) -> list[dict[str, Any]]:
    return cluster.client.list(PODS, "default")["items"]  # type: ignore[no-any-return]


def awake(cluster: Cluster) -> bool:
    """Whether the loop has anything planned beside waking up."""
    return cluster.loop.next_due() is not None


def test_reading_wakes_nobody_and_writes_nothing(path: str, wall: WallClock) -> None:
    before = Path(path).read_bytes()
    for _ in range(2):
        with Cluster(path=path) as cluster:
            assert [p["status"]["phase"] for p in pods(cluster)] == ["Running"]
            assert cluster.loop.now() == wall.now
            assert not awake(cluster)
        wall.now += 100
    assert Path(path).read_bytes() == before


def test_time_wakes_it(path: str) -> None:
    with Cluster(path=path) as cluster:
        web = cluster.client.get(DEPLOYMENTS, "web", "default")
        cluster.client.update(DEPLOYMENTS, {**web, "spec": {**web["spec"], "replicas": 3}})
        assert len(pods(cluster)) == 1
        assert cluster.settle()
        assert [p["status"]["phase"] for p in pods(cluster)] == ["Running"] * 3


def test_a_write_is_seen_to_by_whoever_opens_next(path: str, wall: WallClock) -> None:
    with Cluster(path=path) as cluster:
        cluster.client.delete(DEPLOYMENTS, "web", "default", propagation_policy="Foreground")
    wall.now += 100
    with Cluster(path=path) as cluster:
        assert awake(cluster)
        assert pods(cluster) == []


def test_logs_wake_it(path: str) -> None:
    with Cluster(path=path) as cluster:
        (pod,) = pods(cluster)
        logged = cluster.client.get(PODS, pod["metadata"]["name"], "default", subresource="log")
        assert isinstance(logged, dict | str)
        assert cluster.kubelets.kubelets.keys() == {"helmpy-1"}


def test_what_is_due_happens(path: str, wall: WallClock) -> None:
    told = json.dumps({"exitCode": 0, "after": 30})
    pod = make_pod("job").build()
    pod["spec"]["restartPolicy"] = "Never"
    pod["metadata"]["annotations"] = {f"helmpy.dev/container.{c['name']}": told for c in pod["spec"]["containers"]}

    def phase(cluster: Cluster) -> str:
        return str(cluster.client.get(PODS, "job", "default")["status"]["phase"])

    with Cluster(path=path) as cluster:
        cluster.client.create(PODS, pod)
        assert cluster.run_until(lambda: phase(cluster) == "Running", 20)
        cluster.settle(5)
    wall.now = cluster.loop.now() + 1
    with Cluster(path=path) as cluster:
        assert (phase(cluster), awake(cluster)) == ("Running", False)
    wall.now += 60
    with Cluster(path=path) as cluster:
        assert phase(cluster) == "Succeeded"


def test_a_process_that_dies_leaves_it_awake(path: str) -> None:
    dying = Cluster(path=path)
    dying.client.create(DEPLOYMENTS, make_deployment("other").build())
    assert dying._file is not None
    dying._file.close()
    with Cluster(path=path) as cluster:
        assert awake(cluster)
