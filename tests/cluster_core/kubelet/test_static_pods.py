"""Static pods and their mirrors: what the API shows, what deleting or changing either does."""

from collections.abc import Iterator
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import PODS
from cluster_core.cluster import Cluster

NODE, NAME = "helmpy-1", "st-helmpy-1"
Object = dict[str, Any]


def manifest(image: str = "nginx:1") -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "st", "namespace": "kube-system"},
        "spec": {"containers": [{"name": "c", "image": image}], "priority": 0},
    }


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as c:
        c.settle(10)
        c.kubelets.put_static_pod(NODE, manifest())
        c.settle()
        yield c


def mirror(cluster: Cluster) -> Object | None:
    try:
        return cluster.client.get(PODS, NAME, "kube-system")
    except ApiError:
        return None


def container_id(cluster: Cluster) -> str:
    found = mirror(cluster)
    return found["status"]["containerStatuses"][0]["containerID"] if found is not None else ""


def test_a_mirror_shows_the_pod(cluster: Cluster) -> None:
    found = mirror(cluster)
    assert found is not None
    assert found["status"]["phase"] == "Running"
    annotations = found["metadata"]["annotations"]
    assert annotations["kubernetes.io/config.mirror"] == annotations["kubernetes.io/config.hash"]
    assert annotations["kubernetes.io/config.source"] == "file"
    (owner,) = found["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("Node", NODE, True)
    assert found["spec"]["tolerations"] == [{"operator": "Exists", "effect": "NoExecute"}]
    assert "observedGeneration" not in found["status"]


def test_deleting_the_mirror_does_not_stop_the_pod(cluster: Cluster) -> None:
    before = container_id(cluster)
    cluster.client.delete(PODS, NAME, "kube-system", grace_period_seconds=0)
    cluster.loop.advance(30)
    assert mirror(cluster) is None
    cluster.loop.advance(90)
    assert container_id(cluster) == before


def test_a_changed_manifest_replaces_the_pod(cluster: Cluster) -> None:
    before = container_id(cluster)
    cluster.kubelets.put_static_pod(NODE, manifest())
    cluster.settle()
    assert container_id(cluster) == before
    cluster.kubelets.put_static_pod(NODE, manifest("nginx:2"))
    cluster.settle()
    found = mirror(cluster)
    assert found is not None
    assert found["spec"]["containers"][0]["image"] == "nginx:2"
    assert found["status"]["phase"] == "Running"


def test_a_removed_manifest_ends_pod_and_mirror(cluster: Cluster) -> None:
    cluster.kubelets.remove_static_pod(NODE, "kube-system", "st")
    cluster.settle()
    assert mirror(cluster) is None
    with pytest.raises(KeyError):
        cluster.kubelets.put_static_pod("no-such-node", manifest())
