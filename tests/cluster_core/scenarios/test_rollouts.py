"""Stories of workloads in a whole cluster: rollouts, identity, new nodes, services, taints. Everything through the API."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.resources import (
    DAEMONSETS,
    DEPLOYMENTS,
    ENDPOINTSLICES,
    JOBS,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PODS,
    SERVICES,
    STATEFULSETS,
)
from cluster_core.cluster import Cluster

NS = "default"
Object = dict[str, Any]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as c:
        c.settle(10)
        yield c


def workload(kind: str, name: str, image: str = "example.org/app:1", group: str = "apps/v1", **spec: Any) -> Object:
    labels = {"app": name}
    container = {"name": "c", "image": image, **spec.pop("container", {})}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container], **spec.pop("pod", {})}}
    body: Object = {"apiVersion": group, "kind": kind, "metadata": {"name": name}}
    selector = {} if kind == "Job" else {"selector": {"matchLabels": labels}}
    return {**body, "spec": {**selector, "template": template, **spec}}


def pods(cluster: Cluster, app: str) -> list[Object]:
    return cluster.client.list(PODS, NS, label_selector=f"app={app}")["items"]  # type: ignore[no-any-return]


def is_ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def has_ended(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def image_of(pod: Object) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def set_image(cluster: Cluster, gvr: Any, name: str, image: str) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}}
    cluster.client.patch(gvr, name, patch, NS)


def watching(cluster: Cluster, app: str, look: Callable[[list[Object]], Any]) -> list[Any]:
    """What `look` sees of the app's pods after every change of one of them."""
    seen: list[Any] = []
    cluster.client.watch(PODS, NS, on_event=lambda event: seen.append(look(pods(cluster, app))))
    return seen


def live(found: list[Object]) -> list[Object]:
    return [p for p in found if "deletionTimestamp" not in p["metadata"]]


# -- Deployments


@pytest.mark.parametrize(
    ("surge", "unavailable", "most", "fewest_ready"),
    [
        ("100%", 0, 8, 4),  # blue-green: a full second set before the first goes
        (1, 0, 5, 4),  # one more
        (0, 1, 4, 3),  # one less
        (1, 1, 5, 3),
        ("50%", "25%", 6, 3),
    ],
)
def test_rolling_update_keeps_within_its_bounds(
    cluster: Cluster, surge: Any, unavailable: Any, most: int, fewest_ready: int
) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    cluster.client.create(DEPLOYMENTS, workload("Deployment", "web", replicas=4, strategy=strategy), NS)
    assert cluster.run_until(lambda: sum(map(is_ready, pods(cluster, "web"))) == 4, 60)
    counts = watching(cluster, "web", lambda found: (len(live(found)), sum(map(is_ready, live(found)))))
    set_image(cluster, DEPLOYMENTS, "web", "example.org/app:2")
    assert cluster.run_until(
        lambda: (
            len(pods(cluster, "web")) == 4
            and all(image_of(p).endswith(":2") and is_ready(p) for p in pods(cluster, "web"))
        ),
        300,
    )
    assert max(total for total, _ in counts) == most
    assert min(ready for _, ready in counts) >= fewest_ready


def test_blue_green_starts_the_whole_new_set_at_once(cluster: Cluster) -> None:
    strategy = {"rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}}
    cluster.client.create(DEPLOYMENTS, workload("Deployment", "web", replicas=3, strategy=strategy), NS)
    cluster.settle()
    set_image(cluster, DEPLOYMENTS, "web", "example.org/app:2")
    cluster.loop.advance(0.1)
    images = sorted(image_of(p)[-1] for p in pods(cluster, "web"))
    assert images == ["1", "1", "1", "2", "2", "2"]


def test_recreate_never_runs_two_versions(cluster: Cluster) -> None:
    cluster.client.create(DEPLOYMENTS, workload("Deployment", "web", replicas=3, strategy={"type": "Recreate"}), NS)
    cluster.settle()
    versions = watching(cluster, "web", lambda found: len({image_of(p) for p in found if not has_ended(p)}))
    set_image(cluster, DEPLOYMENTS, "web", "example.org/app:2")
    cluster.settle()
    assert {image_of(p)[-1] for p in pods(cluster, "web")} == {"2"}
    assert max(versions) == 1


# -- StatefulSets


def claim_template() -> Object:
    return {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }


def test_stateful_set_of_three_keeps_its_claims(cluster: Cluster) -> None:
    mount = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    made = workload(
        "StatefulSet",
        "db",
        "redis:7",
        replicas=3,
        serviceName="db",
        container=mount,
        volumeClaimTemplates=[claim_template()],
    )
    cluster.client.create(STATEFULSETS, made, NS)
    started = watching(cluster, "db", lambda found: [p["metadata"]["name"] for p in found if is_ready(p)])
    cluster.settle()
    names = ["db-0", "db-1", "db-2"]
    assert sorted(p["metadata"]["name"] for p in pods(cluster, "db")) == names
    assert [names[:n] for n in range(4) if names[:n] in started] == [[], names[:1], names[:2], names]
    before = claims(cluster)
    assert sorted(before) == ["data-db-0", "data-db-1", "data-db-2"]

    api = cluster.kubelets.node_api
    api.exec(NS, "db-1", "c", ["sh", "-c", "echo kept > /data/file"])
    cluster.client.delete(PODS, "db-1", NS)
    cluster.settle()
    assert api.exec(NS, "db-1", "c", ["cat", "/data/file"]).stdout == "kept\n"
    assert api.exec(NS, "db-0", "c", ["cat", "/data/file"]).stdout == ""
    again = cluster.client.get(PODS, "db-1", NS)
    assert is_ready(again)
    assert again["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == "data-db-1"

    cluster.client.delete(STATEFULSETS, "db", NS)
    cluster.settle()
    assert pods(cluster, "db") == []
    assert claims(cluster) == before

    cluster.client.create(STATEFULSETS, made, NS)
    cluster.settle()
    assert len(pods(cluster, "db")) == 3
    assert claims(cluster) == before
    assert api.exec(NS, "db-1", "c", ["cat", "/data/file"]).stdout == "kept\n"


def claims(cluster: Cluster) -> dict[str, tuple[str, str]]:
    """uid and volume of every claim."""
    found = cluster.client.list(PERSISTENTVOLUMECLAIMS, NS)["items"]
    return {c["metadata"]["name"]: (c["metadata"]["uid"], c["spec"].get("volumeName", "")) for c in found}


# -- DaemonSets and nodes


def add_node(cluster: Cluster, name: str, taints: list[Object] | None = None) -> None:
    spec = {"taints": taints} if taints else {}
    cluster.client.create(NODES, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec})


def test_daemon_set_follows_nodes(cluster: Cluster) -> None:
    cluster.client.create(DAEMONSETS, workload("DaemonSet", "agent"), NS)
    cluster.settle()
    assert len(pods(cluster, "agent")) == 1
    add_node(cluster, "second")
    add_node(cluster, "shut", [{"key": "dedicated", "effect": "NoSchedule"}])
    cluster.settle()
    assert sorted(p["spec"]["nodeName"] for p in pods(cluster, "agent")) == ["helmpy-1", "second"]
    assert all(map(is_ready, pods(cluster, "agent")))
    cluster.client.delete(NODES, "second")
    assert cluster.run_until(lambda: len(pods(cluster, "agent")) == 1, 600)


@pytest.mark.parametrize(
    ("seconds", "stays"),
    [(0, 0.0), (60, 60.0), (None, None)],
)
def test_a_tainted_node_is_left_when_toleration_ends(
    cluster: Cluster, seconds: int | None, stays: float | None
) -> None:
    toleration: Object = {"key": "maintenance", "operator": "Exists", "effect": "NoExecute"}
    if seconds is not None:
        toleration["tolerationSeconds"] = seconds
    pod = {"containers": [{"name": "c", "image": "example.org/app:1"}], "tolerations": [toleration]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"app": "p"}}, "spec": pod}
    cluster.client.create(PODS, body, NS)
    cluster.settle()
    patch = {"spec": {"taints": [{"key": "maintenance", "effect": "NoExecute"}]}}
    cluster.client.patch(NODES, "helmpy-1", patch)
    begun = cluster.loop.now()
    left = cluster.run_until(lambda: not live(pods(cluster, "p")), 300)
    assert left == (stays is not None)
    if stays is not None:
        assert stays <= cluster.loop.now() - begun <= stays + 5


# -- services


def addresses(cluster: Cluster, service: str) -> list[str]:
    """Ready addresses of a service."""
    slices = cluster.client.list(ENDPOINTSLICES, NS, label_selector=f"kubernetes.io/service-name={service}")["items"]
    found = [e for s in slices for e in s.get("endpoints") or () if (e.get("conditions") or {}).get("ready")]
    return sorted(a for e in found for a in e["addresses"])


def test_an_unready_pod_leaves_its_service(cluster: Cluster) -> None:
    probe = {"readinessProbe": {"exec": {"command": ["cat", "/tmp/ready"]}, "periodSeconds": 1, "failureThreshold": 1}}
    command = {"command": ["sh", "-c", "touch /tmp/ready; sleep 100000"]}
    cluster.client.create(
        DEPLOYMENTS, workload("Deployment", "web", "busybox:1", replicas=2, container={**probe, **command}), NS
    )
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    cluster.client.create(SERVICES, {**service, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}, NS)
    assert cluster.run_until(lambda: len(addresses(cluster, "web")) == 2, 60)
    victim = pods(cluster, "web")[0]
    name, address = victim["metadata"]["name"], victim["status"]["podIP"]
    cluster.kubelets.node_api.exec(NS, name, "c", ["rm", "/tmp/ready"])
    assert cluster.run_until(lambda: len(addresses(cluster, "web")) == 1, 30)
    assert address not in addresses(cluster, "web")
    assert cluster.client.get(PODS, name, NS)["status"]["phase"] == "Running"
    cluster.kubelets.node_api.exec(NS, name, "c", ["touch", "/tmp/ready"])
    assert cluster.run_until(lambda: address in addresses(cluster, "web"), 30)


# -- Jobs


def test_a_job_that_fails_twice_then_succeeds(cluster: Cluster) -> None:
    script = "n=$(cat /shared/n 2>/dev/null || echo 0); echo $((n+1)) > /shared/n; [ $n -ge 2 ]"
    container = {
        "command": ["sh", "-c", script],
        "volumeMounts": [{"name": "shared", "mountPath": "/shared"}],
    }
    pod = {"restartPolicy": "Never", "volumes": [{"name": "shared", "hostPath": {"path": "/var/shared"}}]}
    made = workload("Job", "work", "busybox:1", "batch/v1", backoffLimit=3, pod=pod, container=container)
    cluster.client.create(JOBS, made, NS)
    assert cluster.run_until(lambda: finished(cluster) is not None, 300)
    status = cluster.client.get(JOBS, "work", NS)["status"]
    assert finished(cluster) == "Complete"
    assert (status["failed"], status["succeeded"]) == (2, 1)
    phases = sorted(p["status"]["phase"] for p in pods(cluster, "work"))
    assert phases == ["Failed", "Failed", "Succeeded"]


def test_a_job_whose_container_fails_twice_restarts_it_in_place(cluster: Cluster) -> None:
    made = workload("Job", "work", group="batch/v1", backoffLimit=3, pod={"restartPolicy": "OnFailure"})
    told = {"helmpy.dev/container.c": '{"exitCode": 1, "times": 2}'}
    made["spec"]["template"]["metadata"]["annotations"] = told
    cluster.client.create(JOBS, made, NS)
    assert cluster.run_until(lambda: finished(cluster) is not None, 300)
    assert finished(cluster) == "Complete"
    (pod,) = pods(cluster, "work")
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 2


def finished(cluster: Cluster) -> str | None:
    """How the job ended."""
    try:
        status = cluster.client.get(JOBS, "work", NS).get("status") or {}
    except ApiError:
        return None
    return next((c["type"] for c in status.get("conditions") or () if c["type"] in ("Complete", "Failed")), None)
