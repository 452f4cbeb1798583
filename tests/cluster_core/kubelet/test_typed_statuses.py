"""Kubelets promise that the statuses they write are as the server would decode them, so that it need not."""

from typing import Any

import pytest

from cluster_core.api.schema import shape_for
from cluster_core.api.schema.decode import decode_part
from cluster_core.apimachinery.gvk import GVK, GVR
from cluster_core.apimachinery.request import WatchEvent
from cluster_core.client.client import Client
from cluster_core.client.resources import PODS
from cluster_core.cluster import Cluster

Object = dict[str, Any]
WEB: Object = {"name": "web", "image": "nginx:1.27"}
READY = {"readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 1}}
ASKS = {"resources": {"requests": {"cpu": "0.5"}, "limits": {"cpu": "1", "memory": "1Gi"}}}
PODS_OF_ALL_SORTS: dict[str, Object] = {
    "plain": {"containers": [WEB]},
    "probed": {"containers": [{**WEB, **READY}]},
    "asking": {"containers": [{**WEB, **ASKS}, {**WEB, "name": "other", **ASKS}]},
    "beginning": {
        "initContainers": [
            {"name": "init", "image": "busybox:1", "command": ["true"]},
            {"name": "side", "image": "nginx:1", "restartPolicy": "Always"},
        ],
        "containers": [{**WEB, "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": True}]}],
        "volumes": [{"name": "v", "emptyDir": {}}],
    },
    "crashing": {"containers": [{"name": "c", "image": "busybox:1", "command": ["sh", "-c", "echo no; exit 3"]}]},
    "ending": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox:1", "command": ["true"]}]},
    "hurried": {"activeDeadlineSeconds": 5, "containers": [WEB]},
    "unpullable": {"containers": [{"name": "c", "image": "nowhere.invalid/x:1"}]},
    "refused": {"nodeName": "helmpy-1", "nodeSelector": {"not": "there"}, "containers": [WEB]},
    "host": {"hostNetwork": True, "containers": [WEB], "securityContext": {"fsGroup": 7}},
}


def test_kubelets_promise_it(monkeypatch: pytest.MonkeyPatch) -> None:
    promises: list[bool] = []
    ordinary = Client.update_status

    def heard(self: Client, gvr: GVR, obj: Object, *, typed: bool = False) -> Object:
        if gvr == PODS:
            promises.append(typed)
        return ordinary(self, gvr, obj, typed=typed)

    monkeypatch.setattr(Client, "update_status", heard)
    with Cluster() as cluster:
        cluster.client.create(PODS, {"metadata": {"name": "p"}, "spec": PODS_OF_ALL_SORTS["plain"]}, "default")
        cluster.settle()
    assert len(promises) >= 2
    assert all(promises)


def test_statuses_are_as_the_server_would_decode_them() -> None:
    shape = shape_for(GVK("", "v1", "Pod"))
    assert shape is not None
    status_shape = shape.fields["status"].shape
    seen: list[tuple[str, Object]] = []

    def hear(event: WatchEvent) -> None:
        seen.append((event.object["metadata"]["name"], event.object.get("status") or {}))

    with Cluster() as cluster:
        cluster.settle()
        cluster.client.watch(PODS, "default", hear)
        for name, spec in PODS_OF_ALL_SORTS.items():
            cluster.client.create(PODS, {"metadata": {"name": name}, "spec": spec}, "default")
        cluster.loop.advance(120)
        for name in PODS_OF_ALL_SORTS:
            cluster.client.delete(PODS, name, "default")
        cluster.settle()
    assert {name for name, status in seen if "containerStatuses" in status} >= PODS_OF_ALL_SORTS.keys() - {"refused"}
    for name, status in seen:
        assert decode_part(status_shape, status) == status, name
