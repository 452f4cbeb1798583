"""metrics.k8s.io and the APIServices that the server keeps by itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import APISERVICES, CUSTOMRESOURCEDEFINITIONS, PODS
from cluster_core.cluster import Cluster

ROOT = "/apis/metrics.k8s.io/v1beta1"


def pod(name: str, annotations: dict[str, str], limits: dict[str, str] | None = None) -> dict[str, Any]:
    resources = {"limits": limits} if limits else {}
    containers = [{"name": "a", "image": "nginx", "resources": resources}, {"name": "b", "image": "pause"}]
    metadata = {"name": name, "labels": {"app": name}, "annotations": annotations}
    return {"metadata": metadata, "spec": {"containers": containers}}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(nodes=2) as cluster:
        told = {"helmpy.dev/container.a": '{"cpu": "300m", "memory": "50Mi"}'}
        cluster.client.create(PODS, pod("idle", {}), "default")
        cluster.client.create(PODS, pod("busy", told), "default")
        cluster.client.create(PODS, pod("throttled", told, {"cpu": "200m"}), "default")
        cluster.client.create(
            PODS, {**pod("waiting", {}), "spec": {**pod("", {})["spec"], "nodeSelector": {"x": "y"}}}, "default"
        )
        cluster.settle()
        yield cluster


@pytest.mark.parametrize(
    ("name", "cpu", "memory"),
    [("idle", "1000000n", "4096Ki"), ("busy", "300000000n", "51200Ki"), ("throttled", "200000000n", "51200Ki")],
)
def test_pods_use_what_they_say(cluster: Cluster, name: str, cpu: str, memory: str) -> None:
    found = cluster.client.raw("GET", f"{ROOT}/namespaces/default/pods/{name}")
    assert found["kind"] == "PodMetrics"
    assert found["metadata"]["labels"] == {"app": name}
    usage = {c["name"]: c["usage"] for c in found["containers"]}
    assert usage == {"a": {"cpu": cpu, "memory": memory}, "b": {"cpu": "1000000n", "memory": "4096Ki"}}


def test_nodes_use_what_their_pods_use(cluster: Cluster) -> None:
    nodes = cluster.client.raw("GET", f"{ROOT}/nodes")["items"]
    total = sum(int(n["usage"]["cpu"].removesuffix("n")) for n in nodes)
    assert total == (2 * 60 + 1 + 300 + 200 + 3) * 1_000_000


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["busy", "idle", "throttled"]),
        ("?labelSelector=app%3Dbusy", ["busy"]),
        ("?fieldSelector=metadata.name%3Didle", ["idle"]),
        ("?labelSelector=app%3Dwaiting", []),
    ],
)
def test_selectors(cluster: Cluster, query: str, names: list[str]) -> None:
    found = cluster.client.raw("GET", f"{ROOT}/pods{query}")
    assert (found["kind"], [i["metadata"]["name"] for i in found["items"]]) == ("PodMetricsList", names)


@pytest.mark.parametrize(
    ("method", "path", "code", "message"),
    [
        ("GET", "/namespaces/default/pods/none", 404, 'podmetrics.metrics.k8s.io "none" not found'),
        ("GET", "/namespaces/default/pods/waiting", 404, 'podmetrics.metrics.k8s.io "waiting" not found'),
        ("GET", "/nodes/none", 404, 'nodemetrics.metrics.k8s.io "none" not found'),
        ("DELETE", "/nodes/helmpy-1", 405, "the server does not allow this method on the requested resource"),
        ("GET", "/frobs", 404, "the server could not find the requested resource"),
    ],
)
def test_refusals(cluster: Cluster, method: str, path: str, code: int, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        cluster.client.raw(method, ROOT + path)
    assert (refused.value.code, refused.value.message) == (code, message)


def test_registrations_follow_what_is_served() -> None:
    with Cluster() as cluster:

        def names() -> dict[str, str]:
            found = cluster.client.list(APISERVICES)["items"]
            return {o["metadata"]["name"]: o["status"]["conditions"][0]["reason"] for o in found}

        before = names()
        assert {"v1.", "v1.apps", "v2.autoscaling"} <= before.keys()
        assert (before["v1."], before["v1beta1.metrics.k8s.io"]) == ("Local", "Passed")
        schema = {"openAPIV3Schema": {"type": "object"}}
        definition = {
            "metadata": {"name": "frobs.demo.example.com"},
            "spec": {
                "group": "demo.example.com",
                "names": {"kind": "Frob", "plural": "frobs"},
                "scope": "Namespaced",
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
            },
        }
        cluster.client.create(CUSTOMRESOURCEDEFINITIONS, definition)
        cluster.settle()
        assert names().keys() - before.keys() == {"v1.demo.example.com"}
        cluster.client.delete(CUSTOMRESOURCEDEFINITIONS, "frobs.demo.example.com")
        cluster.settle()
        assert names() == before


def test_a_server_without_kubelets_has_no_metrics() -> None:
    with Cluster(controllers=False) as cluster, pytest.raises(ApiError) as refused:
        cluster.client.raw("GET", f"{ROOT}/nodes")
    assert refused.value.code == 404
