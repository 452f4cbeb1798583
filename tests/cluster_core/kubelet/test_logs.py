"""Logs: rotation by size, what is read then, previous instances, and followers."""

import json
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import PODS
from cluster_core.cluster import Cluster
from cluster_core.kubelet.configuration import ANNOTATION

Object = dict[str, Any]


def cluster_of(configuration: Object) -> Cluster:
    metadata = {"name": "n", "annotations": {ANNOTATION: json.dumps(configuration)}}
    cluster = Cluster(nodes=[{"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {}, "status": {}}])
    cluster.loop.advance(1)
    return cluster


def run(cluster: Cluster, script: str, **spec: Any) -> None:
    container = {"name": "c", "image": "busybox:1", "command": ["sh", "-c", script]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container], **spec}}
    cluster.client.create(PODS, body, "default")


def text(cluster: Cluster, **options: str) -> str:
    pod = cluster.client.get(PODS, "p", "default")
    return str(cluster.kubelets.node_api.log_text(pod, options))


CHATTER = "i=0; while true; do i=$((i+1)); echo line $i; sleep 1; done"


@pytest.mark.parametrize(
    ("configuration", "seconds", "whole"),
    [({}, 200, True), ({"containerLogMaxSize": "2Ki"}, 20, True), ({"containerLogMaxSize": "2Ki"}, 200, False)],
)
def test_a_log_that_grows_too_large_is_begun_anew(configuration: Object, seconds: int, whole: bool) -> None:
    cluster = cluster_of(configuration)
    run(cluster, CHATTER)
    cluster.loop.advance(seconds)
    lines = text(cluster).splitlines()
    assert (lines[0] == "line 1") == whole
    assert int(lines[-1].split()[1]) >= seconds - 3
    assert [int(x.split()[1]) for x in lines] == list(range(int(lines[0].split()[1]), int(lines[-1].split()[1]) + 1))


def test_only_so_many_old_logs_are_kept() -> None:
    cluster = cluster_of({"containerLogMaxSize": "1Ki", "containerLogMaxFiles": 3})
    run(cluster, CHATTER)
    cluster.loop.advance(600)
    worker = next(iter(cluster.kubelets.kubelets["n"].workers.values()))
    container = worker.runtime.latest("c")
    assert container is not None
    assert len(container.rotated_logs) == 2


def test_previous_logs() -> None:
    cluster = cluster_of({})
    run(cluster, "echo started at $(date +%s); sleep 5; exit 1")
    cluster.loop.advance(4)
    with pytest.raises(ApiError, match='previous terminated container "c" in pod "p" not found'):
        text(cluster, previous="true")
    first = text(cluster)
    cluster.loop.advance(4)
    assert text(cluster, previous="true") == first
    assert text(cluster) != first


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"tailLines": "2"}, "line 9\nline 10\n"),
        ({"tailLines": "0"}, ""),
        ({"limitBytes": "10"}, "line 1\nlin"),
        ({"sinceSeconds": "3"}, "line 9\nline 10\n"),
    ],
)
def test_parts(options: dict[str, str], expected: str) -> None:
    cluster = cluster_of({})
    run(cluster, "for i in 1 2 3 4 5 6 7 8 9 10; do echo line $i; sleep 1; done; sleep 100")
    cluster.loop.advance(11.5)
    assert text(cluster, **options) == expected


@pytest.mark.parametrize(
    "options", [{"tailLines": "-1"}, {"sinceSeconds": "0"}, {"limitBytes": "0"}, {"stream": "Stderr"}]
)
def test_options_that_make_no_sense(options: dict[str, str]) -> None:
    cluster = cluster_of({})
    run(cluster, CHATTER)
    cluster.loop.advance(3)
    with pytest.raises(ApiError) as caught:
        text(cluster, **options)
    assert caught.value.code == 422
