"""Pods made of one body share what the first went through, and no more."""

from collections.abc import Iterator
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import LIMITRANGES, NAMESPACES, PODS, SERVICEACCOUNTS
from cluster_core.cluster import Cluster

Object = dict[str, Any]
BODY: Object = {
    "metadata": {"generateName": "web-", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "c", "image": "nginx:1"}]},
}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster(controllers=False) as cluster:
        account = {"metadata": {"name": "default", "namespace": "default"}}
        cluster.client.create(SERVICEACCOUNTS, account)
        yield cluster


def make(cluster: Cluster, body: Object = BODY) -> Object:
    return cluster.client.create(PODS, body, "default", alike=True)


def test_the_next_has_a_name_a_uid_and_a_time_of_its_own(cluster: Cluster) -> None:
    first, second = make(cluster), make(cluster)
    cluster.loop.advance(5)
    third = make(cluster)
    for field in ("name", "uid", "resourceVersion"):
        assert len({pod["metadata"][field] for pod in (first, second, third)}) == 3
    assert first["metadata"]["creationTimestamp"] == second["metadata"]["creationTimestamp"]
    assert third["metadata"]["creationTimestamp"] > first["metadata"]["creationTimestamp"]
    assert first["spec"] is second["spec"] is third["spec"]
    raw = cluster.client.raw("GET", f"/api/v1/namespaces/default/pods/{third['metadata']['name']}")
    assert raw["metadata"]["name"] == third["metadata"]["name"]


def test_it_is_the_pod_that_a_body_of_its_own_gives(cluster: Cluster) -> None:
    make(cluster)
    shared, own = make(cluster), cluster.client.create(PODS, {**BODY}, "default")
    for pod in (shared, own):
        for mount in pod["spec"]["containers"][0]["volumeMounts"]:
            assert mount["name"].startswith("kube-api-access-")
    assert shared.keys() == own.keys()
    assert shared["metadata"].keys() == own["metadata"].keys()
    assert shared["spec"].keys() == own["spec"].keys()
    assert shared["status"] == own["status"]


def test_what_admission_reads_may_change_in_between(cluster: Cluster) -> None:
    make(cluster)
    limit = {"type": "Container", "default": {"cpu": "1"}}
    cluster.client.create(LIMITRANGES, {"metadata": {"name": "l"}, "spec": {"limits": [limit]}}, "default")
    assert make(cluster)["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "1"}
    assert make(cluster)["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "1"}
    cluster.client.patch(
        NAMESPACES, "default", {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    )
    with pytest.raises(ApiError, match="violates PodSecurity"):
        make(cluster)


def test_another_body_namespace_or_user_is_looked_at_anew(cluster: Cluster) -> None:
    make(cluster)
    other = make(cluster, {**BODY, "metadata": {"generateName": "api-"}})
    assert other["metadata"]["name"].startswith("api-")
    with pytest.raises(ApiError, match="forbidden"):
        cluster.client_for("nobody").create(PODS, BODY, "default", alike=True)
    with pytest.raises(ApiError, match='namespaces "elsewhere" not found'):
        cluster.client.create(PODS, BODY, "elsewhere", alike=True)
