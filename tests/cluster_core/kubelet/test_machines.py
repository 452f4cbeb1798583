"""Machines by shape: sizes, zones, labels, taints and extended resources; nodes added later, and pods that ask for all that."""

from typing import Any

import pytest

from cluster_core.client.resources import EVENTS, NODES, PODS, RUNTIMECLASSES
from cluster_core.cluster import Cluster
from cluster_core.machines import REGION, ZONE, Shape, node, nodes, taint

Object = dict[str, Any]


def test_zones_are_given_out_in_turn() -> None:
    made = nodes(3, Shape(cpu="8", memory="16Gi", zones=("a", "b"), region="r", labels={"disk": "ssd"}))
    assert [n["metadata"]["name"] for n in made] == ["helmpy-1", "helmpy-2", "helmpy-3"]
    assert [n["metadata"]["labels"][ZONE] for n in made] == ["a", "b", "a"]
    assert {n["metadata"]["labels"][REGION] for n in made} == {"r"}
    assert made[0]["status"]["capacity"]["cpu"] == "8"
    assert made[0]["metadata"]["labels"]["disk"] == "ssd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b:NoSchedule", {"key": "a", "value": "b", "effect": "NoSchedule"}),
        ("a:NoExecute", {"key": "a", "effect": "NoExecute"}),
        ("a=:PreferNoSchedule", {"key": "a", "value": "", "effect": "PreferNoSchedule"}),
        ("a=b", None),
        ("a=b:Never", None),
        (":NoSchedule", None),
    ],
)
def test_taints(text: str, expected: Object | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="invalid taint"):
            taint(text)
    else:
        assert taint(text) == expected


def test_amounts_that_are_none() -> None:
    with pytest.raises(ValueError, match="quantities must match"):
        nodes(1, Shape(cpu="many"))


def pod(cluster: Cluster, name: str, requests: Object, **spec: Any) -> None:
    limits = {k: v for k, v in requests.items() if "/" in k}
    container = {"name": "c", "image": "example.org/app:1", "resources": {"requests": requests, "limits": limits}}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container], **spec}}
    cluster.client.create(PODS, body, "default")


def where(cluster: Cluster, name: str) -> str:
    return str(cluster.client.get(PODS, name, "default")["spec"].get("nodeName", ""))


def test_extended_resources_are_counted() -> None:
    shape = Shape(resources={"nvidia.com/gpu": "2"})
    with Cluster(nodes=[*nodes(1, Shape()), node("gpu", shape, 1)]) as cluster:
        cluster.loop.advance(2)
        for name in ("one", "two", "three"):
            pod(cluster, name, {"nvidia.com/gpu": "1"})
        cluster.loop.advance(5)
        assert [where(cluster, n) for n in ("one", "two", "three")] == ["gpu", "gpu", ""]
        pod(cluster, "forced", {"nvidia.com/gpu": "1"}, nodeName="gpu")
        cluster.loop.advance(3)
        refused = cluster.client.get(PODS, "forced", "default")["status"]
        assert refused["reason"] == "OutOfnvidia.com/gpu"
        assert "requested: 1, used: 2, capacity: 2" in refused["message"]
        cluster.client.delete(PODS, "one", "default")
        cluster.loop.advance(60)
        assert where(cluster, "three") == "gpu"


def test_overhead_counts_at_admission() -> None:
    with Cluster(nodes=nodes(1, Shape(cpu="2"))) as cluster:
        cluster.loop.advance(2)
        sandboxed = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "gvisor"}}
        cluster.client.create(
            RUNTIMECLASSES, {**sandboxed, "handler": "runsc", "overhead": {"podFixed": {"cpu": "500m"}}}
        )
        pod(cluster, "a", {"cpu": "1"}, runtimeClassName="gvisor")
        cluster.loop.advance(3)
        assert cluster.client.get(PODS, "a", "default")["spec"]["overhead"] == {"cpu": "500m"}
        pod(cluster, "b", {"cpu": "600m"}, nodeName="helmpy-1")
        cluster.loop.advance(3)
        refused = cluster.client.get(PODS, "b", "default")["status"]
        assert refused["message"].endswith("cpu, requested: 600, used: 1500, capacity: 2000")


def test_a_node_added_later_gets_addresses_of_its_own(tmp_path: Any) -> None:
    path = str(tmp_path / "cluster.db")
    with Cluster(path=path, nodes=2) as cluster:
        cluster.settle(10)
    with Cluster(path=path) as cluster:
        cluster.client.create(NODES, node("added", Shape(cpu="2"), 0))  # before helmpy-1 by name
        cluster.loop.advance(5)
        pod(cluster, "p", {}, nodeName="added")
        pod(cluster, "q", {}, nodeName="helmpy-1")
        cluster.loop.advance(5)
        shown = [a["address"] for n in cluster.client.list(NODES)["items"] for a in n["status"]["addresses"]]
        assert len(set(shown)) == 6
        ips = [cluster.client.get(PODS, n, "default")["status"]["podIP"] for n in "pq"]
        assert len({ip.rpartition(".")[0] for ip in ips}) == 2
        before = ips[0]
    with Cluster(path=path) as cluster:
        cluster.loop.advance(5)
        assert cluster.client.get(PODS, "p", "default")["status"]["podIP"] == before
        pod(cluster, "r", {}, nodeName="added")
        cluster.loop.advance(5)
        assert (
            cluster.client.get(PODS, "r", "default")["status"]["podIP"].rpartition(".")[0] == before.rpartition(".")[0]
        )


def test_hundreds_of_nodes_have_addresses_and_blocks_of_their_own() -> None:
    import ipaddress

    with Cluster(nodes=600) as cluster:
        cluster.loop.advance(1)
        for name in ("helmpy-255", "helmpy-256", "helmpy-600"):
            pod(cluster, f"on-{name}", {}, nodeName=name)
        cluster.loop.advance(5)
        found = cluster.client.list(NODES)["items"]
        assert len({ipaddress.ip_address(n["status"]["addresses"][0]["address"]) for n in found}) == 600
        assert len({ipaddress.ip_network(n["spec"]["podCIDR"]) for n in found}) == 600
        assert {p["status"]["phase"] for p in cluster.client.list(PODS, "default")["items"]} == {"Running"}


def test_manifests_of_a_folder_run_on_every_node(tmp_path: Any) -> None:
    manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: proxy}\nspec: {containers: [{name: c, image: 'nginx:1'}]}\n"
    (tmp_path / "proxy.yaml").write_text(manifest)
    (tmp_path / "broken.yaml").write_text("{")
    (tmp_path / "other.yaml").write_text("kind: Service")
    (tmp_path / ".hidden.yaml").write_text(manifest)
    (tmp_path / "readme.txt").write_text("no manifest")
    with Cluster(nodes=2, kubelet={"static_pods": str(tmp_path)}) as cluster:
        cluster.loop.advance(5)
        names = sorted(p["metadata"]["name"] for p in cluster.client.list(PODS, "default")["items"])
        assert names == ["proxy-helmpy-1", "proxy-helmpy-2"]
        (tmp_path / "proxy.yaml").write_text(manifest.replace("nginx:1", "nginx:2"))
        cluster.loop.advance(60)
        images = {p["spec"]["containers"][0]["image"] for p in cluster.client.list(PODS, "default")["items"]}
        assert images == {"nginx:2"}
        cluster.client.create(NODES, node("late", Shape()))
        cluster.loop.advance(30)
        assert len(cluster.client.list(PODS, "default")["items"]) == 3
        (tmp_path / "proxy.yaml").unlink()
        cluster.loop.advance(90)
        assert cluster.client.list(PODS, "default")["items"] == []


def test_a_folder_that_is_not_there_stops_nothing(tmp_path: Any) -> None:
    with Cluster(kubelet={"static_pods": str(tmp_path / "none")}) as cluster:
        cluster.loop.advance(5)
        pod(cluster, "p", {})
        cluster.loop.advance(5)
        assert where(cluster, "p") == "helmpy-1"
        assert not [e for e in cluster.client.list(EVENTS, "default")["items"] if e["type"] == "Warning"]
