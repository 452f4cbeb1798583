"""Ephemeral containers: added through their subresource, checked like other containers, never changed or removed."""

from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import PODS, SERVICEACCOUNTS
from cluster_core.cluster import Cluster
from cluster_core.testing import make_pod

Object = dict[str, Any]


def with_containers(pod: Object, *containers: Object) -> Object:
    return {**pod, "spec": {**pod["spec"], "ephemeralContainers": list(containers)}}


@pytest.mark.parametrize(
    ("containers", "problem"),
    [
        ([{"name": "debug", "image": "sh:2"}], "may not be changed"),
        ([], "may not be removed"),
        ([{"name": "debug", "image": "sh:1"}, {"name": "more"}], "spec.ephemeralContainers[1].image: Required value"),
        ([{"name": "debug", "image": "sh:1"}, {"name": "B", "image": "b:1"}], "spec.ephemeralContainers[1].name: Inv"),
        ([{"name": "debug", "image": "sh:1"}, {"name": "b", "image": "b:1", "ports": [{"containerPort": 1}]}], "ports"),
        ([{"name": "debug", "image": "sh:1"}, {"name": "more", "image": "b:1"}], ""),
    ],
)
def test_ephemeral_containers(containers: list[Object], problem: str) -> None:
    with Cluster(controllers=False, nodes=0) as cluster:
        client = cluster.client
        client.create(SERVICEACCOUNTS, {"metadata": {"name": "default"}}, "default")
        pod = client.create(PODS, make_pod("p").build())
        first = with_containers(pod, {"name": "debug", "image": "sh:1"})
        pod = client.update(PODS, first, subresource="ephemeralcontainers")
        changed = with_containers(pod, *containers)
        if not problem:
            stored = client.update(PODS, changed, subresource="ephemeralcontainers")
            assert [c["name"] for c in stored["spec"]["ephemeralContainers"]] == ["debug", "more"]
            return
        with pytest.raises(ApiError) as caught:
            client.update(PODS, changed, subresource="ephemeralcontainers")
        assert caught.value.code == 422
        assert problem in caught.value.message
