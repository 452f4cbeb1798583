"""Leases are renewed without a second look at what stays, and are what an ordinary update makes them."""

from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import LEASES
from cluster_core.cluster import Cluster

Object = dict[str, Any]


def renewed(typed: bool, times: int = 3) -> Object:
    with Cluster(controllers=False) as cluster:
        client = cluster._actor("kubelet")
        spec = {"holderIdentity": "n", "leaseDurationSeconds": 40, "renewTime": "2026-01-01T00:00:00.000000Z"}
        client.create(LEASES, {"metadata": {"name": "n"}, "spec": spec}, "default")
        for number in range(1, times + 1):
            cluster.loop.advance(10)
            lease = client.get(LEASES, "n", "default")
            later = {**spec, "renewTime": f"2026-01-01T00:00:0{number}.000000Z"}
            client.update(LEASES, {**lease, "spec": later}, typed=typed)
        return cluster.client.raw("GET", "/apis/coordination.k8s.io/v1/namespaces/default/leases/n")


def test_a_renewed_lease_is_that_of_an_ordinary_update() -> None:
    quick, slow = renewed(True), renewed(False)
    for lease in (quick, slow):
        del lease["metadata"]["uid"]
    assert quick == slow
    assert quick["spec"]["renewTime"] == "2026-01-01T00:00:03.000000Z"


def test_what_it_says_is_still_checked() -> None:
    with Cluster(controllers=False) as cluster:
        client = cluster._actor("kubelet")
        spec = {"holderIdentity": "n", "leaseDurationSeconds": 40}
        lease = client.create(LEASES, {"metadata": {"name": "n"}, "spec": spec}, "default")
        with pytest.raises(ApiError, match="must be greater than 0"):
            client.update(LEASES, {**lease, "spec": {**spec, "leaseDurationSeconds": 0}}, typed=True)
        stale = {**lease, "metadata": {**lease["metadata"], "resourceVersion": "1"}}
        with pytest.raises(ApiError, match="the object has been modified"):
            client.update(LEASES, {**stale, "spec": spec}, typed=True)
