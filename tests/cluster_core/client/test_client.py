"""The client's machinery: mapper, informers, work queues and event recorders on one cluster."""

from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVK, GVR
from cluster_core.client.client import Client
from cluster_core.client.informer import InformerFactory
from cluster_core.client.mapper import NoMatchError
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.resources import CONFIGMAPS, EVENTS, EVENTS_V1, PODS
from cluster_core.client.workqueue import WorkQueue
from cluster_core.clock import Loop
from cluster_core.cluster import Cluster
from cluster_core.testing import make_config_map


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(controllers=False)


class OverDiscovery:
    """A transport that knows no shortcut to kinds, as HTTP."""

    def __init__(self, cluster: Cluster) -> None:
        self.request = cluster.client.transport.request
        self.watch = cluster.client.transport.watch


def test_mapper(cluster: Cluster) -> None:
    for client in (cluster.client, Client(OverDiscovery(cluster))):
        found = client.mapper.resource_for(GVK("apps", "v1", "Deployment"))
        assert found == (GVR("apps", "v1", "deployments"), True)
        assert client.mapper.resource_for(GVK("", "v1", "Node")).namespaced is False
        with pytest.raises(NoMatchError, match=r'no matches for kind "Foo" in version "example\.com/v1"'):
            client.mapper.resource_for(GVK("example.com", "v1", "Foo"))


def test_informer_tells_and_indexes(cluster: Cluster) -> None:
    client, told = cluster.client, []
    client.create(CONFIGMAPS, make_config_map("a").build())
    informer = InformerFactory(client, cluster.loop).informer(CONFIGMAPS)
    informer.add_index("x", lambda obj: [obj["data"]["x"]] if obj.get("data") else [])
    informer.add_handler(
        on_add=lambda obj: told.append(("add", obj["metadata"]["name"])),
        on_update=lambda old, new: told.append(("update", old.get("data"), new.get("data"))),
        on_delete=lambda obj: told.append(("delete", obj["metadata"]["name"])),
    )
    assert informer.synced
    client.patch(CONFIGMAPS, "a", {"data": {"x": "1"}}, "default")
    cluster.loop.run_ready()
    assert informer.lister.by_index("x", "1") == [client.get(CONFIGMAPS, "a", "default")]
    client.patch(CONFIGMAPS, "a", {"data": {"x": "2"}}, "default")
    client.delete(CONFIGMAPS, "a", "default")
    cluster.loop.run_ready()
    assert told == [("add", "a"), ("update", None, {"x": "1"}), ("update", {"x": "1"}, {"x": "2"}), ("delete", "a")]
    assert informer.lister.by_index("x", "2") == []
    assert len(informer.lister) == 0


def test_informer_lists_again_when_its_watch_breaks(cluster: Cluster) -> None:
    informer = InformerFactory(cluster.client, cluster.loop).informer(CONFIGMAPS)
    informer.start()
    from cluster_core.apimachinery.request import WatchEvent

    informer._on_event(WatchEvent("ERROR", {"kind": "Status", "code": 410}))
    cluster.client.create(CONFIGMAPS, make_config_map("a").build())
    cluster.loop.run_ready()
    assert informer.lister.get("default", "a") is not None


def test_queue_does_each_key_once_and_retries_alone() -> None:
    loop, done, failures = Loop(), [], []

    def process(key: str) -> None:
        done.append((key, round(loop.now() - start, 3)))
        if key == "bad" and len(failures) < 2:
            raise ValueError("no")

    start = loop.now()
    queue = WorkQueue(loop, process)
    queue.on_error = lambda key, error: failures.append(key)
    for key in ("a", "bad", "a", "b"):
        queue.add(key)
    queue.add_after("later", 10)
    queue.add_after("later", 3)
    loop.settle()
    assert done == [("a", 0), ("bad", 0), ("b", 0), ("bad", 0.005), ("bad", 0.015), ("later", 3)]
    assert queue.num_requeues("bad") == 2
    queue.forget("bad")
    assert queue.num_requeues("bad") == 0


POD: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default", "uid": "u"}}


def events(cluster: Cluster) -> list[dict[str, Any]]:
    cluster.loop.run_ready()
    return cluster.client.list(EVENTS)["items"]  # type: ignore[no-any-return]


def test_equal_events_are_counted(cluster: Cluster) -> None:
    recorder = EventRecorder(cluster.client, cluster.loop, "kubelet", "n1")
    for _ in range(3):
        recorder.event(POD, "Normal", "Pulled", "got it")
        cluster.loop.advance(10)
    (event,) = events(cluster)
    assert (event["count"], event["message"], event["source"]) == (3, "got it", {"component": "kubelet", "host": "n1"})
    assert (event["firstTimestamp"], event["lastTimestamp"]) == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:20Z")


def test_similar_events_are_combined_and_chatter_is_cut(cluster: Cluster) -> None:
    recorder = EventRecorder(cluster.client, cluster.loop, "c")
    for number in range(12):
        recorder.event(POD, "Normal", "Created", f"pod {number}")
    found = events(cluster)
    assert len(found) == 10
    assert max(found, key=lambda e: e["count"])["message"] == "(combined from similar events): pod 11"
    for number in range(50):
        recorder.event(POD, "Warning", f"Reason{number}", "x")
    assert sum(1 for e in events(cluster) if e["type"] == "Warning") == 25


def test_deferred_events_are_dated_when_they_happened(cluster: Cluster) -> None:
    recorder = EventRecorder(cluster.client, cluster.loop, "c")
    recorder.event(POD, "Normal", "A", "x")
    cluster.loop.advance(100)
    (event,) = cluster.client.list(EVENTS_V1)["items"]
    assert event["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert event["regarding"]["name"] == "p"


def test_errors_say_what_kubernetes_says(cluster: Cluster) -> None:
    with pytest.raises(ApiError, match='pods "x" not found'):
        cluster.client.get(PODS, "x", "default")
    with pytest.raises(ApiError, match="the server could not find the requested resource"):
        cluster.client.list(GVR("example.com", "v1", "widgets"))
