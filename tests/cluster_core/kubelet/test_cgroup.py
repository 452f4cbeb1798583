"""What containers read of their limits, their use, and how often they were held back."""

import json
from typing import Any

import pytest

from cluster_core.client.resources import PODS
from cluster_core.cluster import Cluster
from cluster_core.kubelet.cgroup import throttling
from cluster_core.kubelet.runtime.behaviour import Behaviour

Object = dict[str, Any]


@pytest.mark.parametrize(
    ("cpu", "limit", "seconds", "expected"),
    [
        ("200m", 0, 10, (2_000_000, 0, 0)),
        ("200m", 500, 10, (2_000_000, 0, 0)),
        ("1", 500, 10, (5_000_000, 100, 5_000_000)),
        ([[0, "100m"], [10, "2"]], 1000, 20, (11_000_000, 100, 5_000_000)),
        ([[0, "1"], [5, "0"]], 500, 20, (2_500_000, 50, 2_500_000)),
        (None, 500, 10, (0, 0, 0)),
    ],
)
def test_throttling(cpu: Any, limit: int, seconds: float, expected: tuple[int, int, int]) -> None:
    assert throttling(Behaviour({"cpu": cpu}), limit, seconds) == expected


@pytest.mark.parametrize(
    ("resources", "path", "text"),
    [
        ({}, "cpu.max", "max 100000\n"),
        ({"limits": {"cpu": "1500m", "memory": "64Mi"}}, "cpu.max", "150000 100000\n"),
        ({"limits": {"memory": "64Mi"}}, "memory.max", "67108864\n"),
        ({}, "memory.max", "max\n"),
        ({}, "memory.current", f"{20 << 20}\n"),
        ({}, "pids.current", "7\n"),
    ],
)
def test_files(resources: Object, path: str, text: str) -> None:
    told = {"cpu": "1", "memory": "20Mi", "processes": 7}
    annotations = {"helmpy.dev/container.c": json.dumps(told)}
    spec = {"containers": [{"name": "c", "image": "example.org/app:1", "resources": resources}]}
    with Cluster() as cluster:
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
        cluster.client.create(PODS, body, "default")
        cluster.loop.advance(5)
        result = cluster.kubelets.node_api.exec("default", "p", "c", ["cat", f"/sys/fs/cgroup/{path}"])
        assert result.stdout == text


def test_figures_move_on() -> None:
    annotations = {"helmpy.dev/container.c": json.dumps({"cpu": "1"})}
    resources = {"limits": {"cpu": "250m"}}
    spec = {"containers": [{"name": "c", "image": "busybox:1", "command": ["sleep", "999"], "resources": resources}]}
    with Cluster() as cluster:
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
        cluster.client.create(PODS, body, "default")
        found = []
        for _ in range(2):
            cluster.loop.advance(20)
            out = cluster.kubelets.node_api.exec("default", "p", "c", ["cat", "/sys/fs/cgroup/cpu.stat"]).stdout
            found.append({name: int(value) for name, value in (line.split() for line in out.splitlines())})
    assert found[1]["nr_throttled"] - found[0]["nr_throttled"] == pytest.approx(200, abs=1)
    assert found[1]["throttled_usec"] - found[0]["throttled_usec"] == pytest.approx(15_000_000, abs=10)
    assert found[1]["usage_usec"] - found[0]["usage_usec"] == pytest.approx(5_000_000, abs=10)
