"""Equal pods that find no node for the same reason are told so alike, and are tried again when something changes."""

from typing import Any

from cluster_core.client.resources import NODES, PODS
from cluster_core.cluster import Cluster

Object = dict[str, Any]
SPEC: Object = {
    "containers": [
        {
            "name": "c",
            "image": "nginx:1",
            "resources": {"requests": {"example.com/gpu": "3"}, "limits": {"example.com/gpu": "3"}},
        }
    ]
}


def unscheduled(cluster: Cluster) -> dict[str, str]:
    found = {}
    for pod in cluster.client.list(PODS)["items"]:
        for condition in (pod.get("status") or {}).get("conditions") or ():
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                found[pod["metadata"]["name"]] = condition["message"]
    return found


def give(cluster: Cluster, gpus: str) -> None:
    """Let the node offer so many."""
    for field in ("capacity", "allocatable"):
        patch = {"status": {field: {"example.com/gpu": gpus}}}
        cluster.client.patch(NODES, "helmpy-1", patch, type="merge", subresource="status")


def test_equal_pods_fail_alike_until_something_changes() -> None:
    with Cluster(nodes=1) as cluster:
        cluster.settle()
        give(cluster, "5")
        for name in ("a", "b", "c"):
            cluster.client.create(PODS, {"metadata": {"name": name}, "spec": SPEC}, "default")
        cluster.settle()
        waiting = unscheduled(cluster)
        assert len(waiting) == 2
        assert len(set(waiting.values())) == 1
        assert "Insufficient example.com/gpu" in next(iter(waiting.values()))
        other = {"containers": [{**SPEC["containers"][0], "resources": {"requests": {"memory": "1Ti"}}}]}
        cluster.client.create(PODS, {"metadata": {"name": "d"}, "spec": other}, "default")
        cluster.settle()
        assert "Insufficient memory" in unscheduled(cluster)["d"]
        give(cluster, "6")
        cluster.run_until(lambda: len(unscheduled(cluster)) == 2, 600)
        assert len(unscheduled(cluster)) == 2
