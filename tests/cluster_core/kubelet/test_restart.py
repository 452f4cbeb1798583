"""A kubelet that stops, comes back or starts anew: containers run on, and nothing that happened meanwhile is missed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import NODES, PODS
from cluster_core.cluster import Cluster
from cluster_core.kubelet.configuration import USAGE_ANNOTATION

NS, NODE = "default", "helmpy-1"
Object = dict[str, Any]
PROBE = {"readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 2}}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as c:
        c.settle(10)
        yield c


def create(cluster: Cluster, name: str, told: Object | None = None, tolerant: bool = True, **container: Any) -> None:
    metadata = {"name": name, "annotations": {"helmpy.dev/container.c": json.dumps(told or {})}}
    tolerations = [{"operator": "Exists"}] if tolerant else []
    spec = {"containers": [{"name": "c", "image": "example.org/app:1", **container}], "tolerations": tolerations}
    cluster.client.create(PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, NS)


def status(cluster: Cluster, name: str) -> Object | None:
    try:
        return cluster.client.get(PODS, name, NS)["status"]  # type: ignore[no-any-return]
    except ApiError:
        return None


def container(cluster: Cluster, name: str) -> tuple[str, int, bool]:
    """Id, restarts and readiness."""
    found = status(cluster, name)
    assert found is not None
    shown = found["containerStatuses"][0]
    return shown["containerID"], shown["restartCount"], shown["ready"]


def shown_ready(pod: Object) -> bool:
    return bool(pod["status"]["containerStatuses"][0]["ready"])


@pytest.mark.parametrize(("age", "unready_again"), [(3, True), (30, False)])
def test_restart_keeps_containers(cluster: Cluster, age: float, unready_again: bool) -> None:
    create(cluster, "p", **PROBE)
    cluster.loop.advance(age)
    before = container(cluster, "p")
    assert before[2]
    seen: list[bool] = []
    cluster.client.watch(PODS, NS, on_event=lambda e: seen.append(shown_ready(e.object)))
    cluster.kubelets.kubelets[NODE].restart()
    cluster.loop.advance(10)
    assert container(cluster, "p") == before
    assert (False in seen) == unready_again


def test_a_node_that_comes_back_ends_what_was_deleted_meanwhile(cluster: Cluster) -> None:
    for name in ("deleted", "forced", "kept"):
        create(cluster, name)
    cluster.settle()
    kubelet = cluster.kubelets.kubelets[NODE]
    kubelet.stop()
    cluster.client.delete(PODS, "deleted", NS)
    cluster.client.delete(PODS, "forced", NS, grace_period_seconds=0)
    cluster.loop.advance(60)
    assert status(cluster, "deleted") is not None
    assert status(cluster, "forced") is None
    ready = {c["type"]: c["status"] for c in cluster.client.get(NODES, NODE)["status"]["conditions"]}["Ready"]
    assert ready == "Unknown"
    kubelet.resume()
    cluster.loop.advance(10)
    assert status(cluster, "deleted") is None
    assert container(cluster, "kept")[1:] == (0, True)
    assert len(kubelet.workers) == 1


def test_under_pressure_a_restart_takes_each_pod_in_anew(cluster: Cluster) -> None:
    capacity = cluster.client.get(NODES, NODE)["status"]["capacity"]["memory"]
    create(cluster, "modest", tolerant=False)
    create(cluster, "tolerant")
    create(cluster, "asking", tolerant=False, resources={"requests": {"memory": "10Mi"}})
    cluster.loop.advance(30)
    names = ("modest", "tolerant", "asking")
    assert [(status(cluster, n) or {})["phase"] for n in names] == ["Running"] * 3
    kubelet = cluster.kubelets.kubelets[NODE]
    kubelet.stop()
    told = {"metadata": {"annotations": {USAGE_ANNOTATION: json.dumps({"memory": capacity})}}}
    cluster.client.patch(NODES, NODE, told)
    cluster.loop.advance(1)
    kubelet.restart()
    cluster.loop.advance(8)
    assert [(status(cluster, n) or {})["phase"] for n in names[1:]] == ["Running"] * 2
    refused = status(cluster, "modest") or {}
    assert refused["conditions"][1]["type"] == "Initialized"
    assert refused["phase"] in ("Failed", "Succeeded")  # by the exit code: its own program ended well
