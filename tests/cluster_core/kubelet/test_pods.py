"""Pods on the simulated nodes of a whole cluster: overrides by annotation, restarts, logs, exec, services, reopening."""

import json
from pathlib import Path
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import CONFIGMAPS, DEPLOYMENTS, EVENTS, NODES, PODS, SERVICES
from cluster_core.cluster import Cluster

NS = "default"


@pytest.fixture
def cluster() -> Any:
    with Cluster() as c:
        c.settle(10)
        yield c


def make_pod(
    name: str = "p", told: dict[str, Any] | None = None, policy: str = "Always", **container: Any
) -> dict[str, Any]:
    spec = {"restartPolicy": policy, "containers": [{"name": "c", "image": "example.org/app:1", **container}]}
    metadata: dict[str, Any] = {"name": name}
    if told is not None:
        metadata["annotations"] = {"helmpy.dev/container.c": json.dumps(told)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def started(cluster: Any, pod: dict[str, Any], seconds: float = 5.0) -> dict[str, Any]:
    cluster.client.create(PODS, pod, NS)
    cluster.loop.advance(seconds)
    return status_of(cluster, pod["metadata"]["name"])


def status_of(cluster: Any, name: str = "p") -> dict[str, Any]:
    return cluster.client.get(PODS, name, NS)["status"]  # type: ignore[no-any-return]


def ready(status: dict[str, Any]) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in status["conditions"])


PROBE = {"readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 1}}


@pytest.mark.parametrize(
    ("told", "policy", "container", "phase", "state", "is_ready"),
    [
        (None, "Always", {}, "Running", "running", True),
        (None, "Never", {}, "Succeeded", "terminated", False),
        ({"exitCode": 3}, "Never", {}, "Failed", "terminated", False),
        ({"exitCode": 1, "after": 100}, "Never", {}, "Running", "running", True),
        ({"exitCode": 1}, "Always", {}, "Running", "waiting", False),
        ({"exitCode": 1, "times": 1}, "Always", {}, "Running", "running", True),
        ({"oom": True, "after": 1}, "Never", {}, "Failed", "terminated", False),
        ({"ready": False}, "Always", PROBE, "Running", "running", False),
        ({"readyAfter": 4}, "Always", PROBE, "Running", "running", True),
        ({"failAfter": 4}, "Always", PROBE, "Running", "running", False),
        ({"pullError": "no such thing"}, "Always", {}, "Pending", "waiting", False),
        ({"startError": "exec: broken"}, "Never", {}, "Failed", "terminated", False),
        ({"pullSeconds": 60}, "Always", {}, "Pending", "waiting", False),
        ("not an object", "Always", {}, "Running", "running", True),
    ],
)
def test_overrides(
    cluster: Any, told: Any, policy: str, container: dict[str, Any], phase: str, state: str, is_ready: bool
) -> None:
    status = started(cluster, make_pod("p", told, policy, **container), 18.0)
    assert (status["phase"], ready(status)) == (phase, is_ready)
    shown = status["containerStatuses"][0]
    assert state in shown["state"] or (state == "waiting" and shown["restartCount"] > 0)


def test_a_crash_loop_does_not_keep_the_cluster_busy(cluster: Any) -> None:
    cluster.client.create(PODS, make_pod("p", {"exitCode": 1, "after": 1}), NS)
    assert cluster.settle(30)


def test_crash_loop_backs_off(cluster: Any) -> None:
    cluster.client.create(PODS, make_pod("p", {"exitCode": 1}), NS)
    assert cluster.run_until(lambda: status_of(cluster).get("containerStatuses", [{}])[0].get("restartCount") == 4, 120)
    times = cluster.loop.now() - 1_767_225_600.0
    assert 70 <= times <= 130  # 0 + 10 + 20 + 40 seconds, up to half as long again


def test_same_seed_same_story() -> None:
    def story() -> list[Any]:
        with Cluster(seed=5) as c:
            c.settle(10)
            log: list[Any] = []
            c.client.watch(PODS, NS, on_event=lambda e: log.append((c.loop.now(), e.type, e.object)))
            for i in range(3):
                c.client.create(PODS, make_pod(f"p{i}", {"exitCode": 1} if i else None), NS)
            c.loop.advance(60)
            return log

    assert story() == story()


def test_deletion_takes_the_grace_period_only_if_ignored(cluster: Any) -> None:
    started(cluster, make_pod("good"))
    started(cluster, make_pod("deaf", image="busybox", command=["sleep", "infinity"]))
    begun = cluster.loop.now()
    for name in ("good", "deaf"):
        cluster.client.delete(PODS, name, NS)

    def gone(name: str) -> Any:
        return lambda: name not in {p["metadata"]["name"] for p in cluster.client.list(PODS, NS)["items"]}

    assert cluster.run_until(gone("good"), 60)
    assert cluster.loop.now() - begun < 3
    assert cluster.run_until(gone("deaf"), 60)
    assert 30 <= cluster.loop.now() - begun < 33


def test_logs_and_exec(cluster: Any) -> None:
    script = "for i in 1 2 3; do echo line $i; sleep 1; done; touch /tmp/done; sleep infinity"
    started(cluster, make_pod("p", image="busybox", command=["sh", "-c", script]), 8)
    pod = cluster.client.get(PODS, "p", NS)
    api = cluster.kubelets.node_api
    assert api.log_text(pod, {}) == "line 1\nline 2\nline 3\n"
    assert api.log_text(pod, {"tailLines": "1"}) == "line 3\n"
    assert api.log_text(pod, {"tailLines": "0"}) == ""
    assert api.log_text(pod, {"limitBytes": "9"}) == "line 1\nli"
    assert api.log_text(pod, {"tailLines": "1", "timestamps": "true"}).endswith("Z line 3\n")
    assert api.exec(NS, "p", "c", ["ls", "/tmp"]) == (0, "done\n", "")
    assert api.exec(NS, "p", "c", ["sh", "-c", "echo no >&2; exit 42"]) == (42, "", "no\n")


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        ({"container": "x"}, 400, "container x is not valid for pod p"),
        ({"previous": "true"}, 400, 'previous terminated container "c" in pod "p" not found'),
        ({"tailLines": "-1"}, 422, "tailLines: Invalid value: -1: must be greater than or equal to 0"),
        ({"sinceSeconds": "0"}, 422, "sinceSeconds: Invalid value: 0: must be greater than 0"),
        ({"stream": "Stderr"}, 422, "stream: Forbidden: may not be specified"),
    ],
)
def test_bad_log_requests(cluster: Any, options: dict[str, str], code: int, text: str) -> None:
    started(cluster, make_pod())
    with pytest.raises(ApiError) as error:
        cluster.kubelets.node_api.log_text(cluster.client.get(PODS, "p", NS), options)
    assert error.value.code == code
    assert text in error.value.message


def test_logs_of_a_waiting_container(cluster: Any) -> None:
    started(cluster, make_pod("p", {"pullError": "gone"}), 2)
    with pytest.raises(ApiError, match='container "c" in pod "p" is waiting to start: '):
        cluster.kubelets.node_api.log_text(cluster.client.get(PODS, "p", NS), {})


@pytest.mark.parametrize(
    ("url", "phase"),
    [
        ("web:80", "Succeeded"),
        ("http://web.default.svc.cluster.local/path", "Succeeded"),
        ("web.default", "Succeeded"),
        ("web:81", "Failed"),
        ("empty:80", "Failed"),
        ("missing:80", "Failed"),
        ("web.other", "Failed"),
    ],
)
def test_requests_to_services(cluster: Any, url: str, phase: str) -> None:
    def service(name: str, app: str) -> dict[str, Any]:
        spec = {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}

    cluster.client.create(SERVICES, service("web", "web"), NS)
    cluster.client.create(SERVICES, service("empty", "none"), NS)
    server = make_pod("server")
    server["metadata"]["labels"] = {"app": "web"}
    cluster.client.create(PODS, server, NS)
    cluster.settle(60)
    status = started(cluster, make_pod("client", policy="Never", image="busybox", command=["wget"], args=[url]), 20)
    assert status["phase"] == phase


def test_a_mounted_script_runs_and_missing_configuration_waits(cluster: Any) -> None:
    pod = make_pod("p", policy="Never", image="busybox", command=["sh", "/scripts/go.sh"])
    pod["spec"]["volumes"] = [{"name": "v", "configMap": {"name": "late"}}]
    pod["spec"]["containers"][0]["volumeMounts"] = [{"name": "v", "mountPath": "/scripts"}]
    status = started(cluster, pod, 5)
    assert status["phase"] == "Pending"
    reasons = {e["reason"]: e["message"] for e in cluster.client.list(EVENTS, NS)["items"]}
    assert reasons["FailedMount"] == 'MountVolume.SetUp failed for volume "v" : configmap "late" not found'
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "late"},
        "data": {"go.sh": "echo went; exit 0"},
    }
    cluster.client.create(CONFIGMAPS, config, NS)
    cluster.loop.advance(30)
    assert status_of(cluster)["phase"] == "Succeeded"
    assert cluster.kubelets.node_api.log_text(cluster.client.get(PODS, "p", NS), {}) == "went\n"


def test_node_object_lease_and_events(cluster: Any) -> None:
    from cluster_core.client.resources import LEASES

    node = cluster.client.list(NODES)["items"][0]
    types = [c["type"] for c in node["status"]["conditions"]]
    assert types == ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"]
    name = node["metadata"]["name"]
    before = cluster.client.get(LEASES, name, "kube-node-lease")["spec"]["renewTime"]
    cluster.loop.advance(60)
    assert cluster.client.get(LEASES, name, "kube-node-lease")["spec"]["renewTime"] > before


def test_a_reopened_cluster_keeps_its_pods_running(tmp_path: Path) -> None:
    path = str(tmp_path / "state.db")
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": make_pod(**PROBE)["spec"]}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    with Cluster(path=path) as c:
        c.client.create(DEPLOYMENTS, deployment, NS)
        c.settle(60)
        before = {p["metadata"]["name"]: p for p in c.client.list(PODS, NS)["items"]}
    with Cluster(path=path) as c:
        c.loop.advance(30)
        after = {p["metadata"]["name"]: p for p in c.client.list(PODS, NS)["items"]}
        assert {n: p["status"] for n, p in after.items()} == {n: p["status"] for n, p in before.items()}
        assert all(ready(p["status"]) for p in after.values())
        c.client.delete(DEPLOYMENTS, "web", NS)
        c.settle(120)
        assert c.client.list(PODS, NS)["items"] == []
