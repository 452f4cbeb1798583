"""Images as data: files of rows, the keys of a behaviour, what overrides what, and the Kubernetes test image's program."""

import json
from typing import Any

import pytest

from cluster_core.client.resources import CONFIGMAPS, PODS
from cluster_core.cluster import Cluster
from cluster_core.kubelet.runtime.image_file import load

Object = dict[str, Any]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("images: [", "images: while parsing"),
        ("[]", "images: must be a list under the key"),
        ("images: [5]", r"images\[0\]: must be an object"),
        ("images: [{kind: task}]", r"images\[0\].image: must be a pattern"),
        ("images: [{image: x, kind: demon}]", r"images\[0\].kind: must be service, task or userland, not 'demon'"),
        (
            "images: [{image: x}, {image: y, entry: []}]",
            r"images\[1\]: unknown key 'entry'; known are behaviour, closed",
        ),
        ("images: [{image: x, cmd: run}]", r"images\[0\].cmd: must be a list of strings"),
        ("images: [{image: x, size: big}]", r"images\[0\].size: "),
        ("images: [{image: x, behaviour: {exitcode: 1}}]", r"images\[0\].behaviour: unknown key 'exitcode'"),
        ("images: [{image: x, behaviour: no}]", r"images\[0\].behaviour: must be an object"),
    ],
)
def test_files_that_are_wrong(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        load(text)


WORKER = """
images:
  - image: "*team/worker:*"
    kind: service
    env: {PORT: "8080"}
    size: 40Mi
    behaviour:
      logs: [starting, {at: 5, line: five}, {every: 10, line: tick}]
      serve: {8080: {/healthz: {body: fine}, /slow: {delay: 3}, "*": {status: 404, body: nothing}}, 9090: {}}
      exec: {"worker --version": "1.2.3", "check": {exitCode: 4, stderr: "bad\\n"}}
      files: {/etc/worker.conf: "mode=fast"}
      memory: [[0, 20Mi], [30, 200Mi]]
      cpu: [[0, 100m], [30, 900m]]
      stopSeconds: 2
      stopCode: 7
"""


def start(spec: Object, told: Object | None = None, images: str = "", uid_seed: int = 0) -> Cluster:
    cluster = Cluster(seed=uid_seed)
    cluster.loop.advance(2)
    if images:
        cluster.kubelets.declare_images(images)
    annotations = {"helmpy.dev/container.c": json.dumps(told)} if told is not None else {}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "annotations": annotations}, "spec": spec}
    cluster.client.create(PODS, body, "default")
    cluster.loop.advance(4)
    return cluster


def one(image: str, *args: str, **more: Any) -> Object:
    container: Object = {"name": "c", "image": image, **more}
    if args:
        container["args"] = list(args)
    return {"containers": [container]}


def status(cluster: Cluster) -> Object:
    return cluster.client.get(PODS, "p", "default")["status"]["containerStatuses"][0]  # type: ignore[no-any-return]


def run(cluster: Cluster, *command: str) -> tuple[int, str, str]:
    result = cluster.kubelets.node_api.exec("default", "p", "c", list(command))
    return result.exit_code, result.stdout, result.stderr


def lines(cluster: Cluster) -> list[str]:
    return [line for _, line in cluster.kubelets.node_api.logs("default", "p", "c")]


def get(cluster: Cluster, port: int, path: str = "/") -> tuple[int, str]:
    return cluster.kubelets.node_api.request("default", "p", port, path)


def test_an_image_does_what_its_row_says() -> None:
    cluster = start(one("example.org/team/worker:1"), images=WORKER)
    assert lines(cluster) == ["starting"]
    assert get(cluster, 8080, "/healthz?x=1") == (200, "fine")
    assert get(cluster, 8080, "/other") == (404, "nothing")
    assert get(cluster, 9090, "/anything")[0] == 200
    assert run(cluster, "worker --version".split()[0], "--version") == (0, "1.2.3", "")
    assert run(cluster, "sh", "-c", "check") == (4, "", "bad\n")
    assert run(cluster, "cat", "/etc/worker.conf")[1] == "mode=fast"
    assert run(cluster, "sh", "-c", "echo $PORT")[1] == "8080\n"
    usage = cluster.kubelets.node_api.pod_usage("default", "p") or {}
    assert (usage["c"].cpu, usage["c"].memory) == (100, 20 << 20)
    cluster.loop.advance(32)
    assert lines(cluster) == ["starting", "five", "tick", "tick", "tick"]
    usage = cluster.kubelets.node_api.pod_usage("default", "p") or {}
    assert (usage["c"].cpu, usage["c"].memory) == (900, 200 << 20)


@pytest.mark.parametrize(
    ("told", "path", "answer"),
    [
        (None, "/healthz", (200, "fine")),
        ({"serve": {"8080": {"/healthz": {"status": 503}}}}, "/healthz", (503, "")),
    ],
)
def test_an_annotation_overrides_key_by_key(told: Object | None, path: str, answer: tuple[int, str]) -> None:
    cluster = start(one("example.org/team/worker:1"), told, WORKER)
    assert get(cluster, 8080, path) == answer
    assert lines(cluster) == ["starting"]


@pytest.mark.parametrize(("told", "code"), [({}, 7), ({"stopCode": 0}, 0), ({"ignoreTerm": True}, 137)])
def test_how_it_ends_on_term(told: Object, code: int) -> None:
    cluster = start({**one("example.org/team/worker:1"), "activeDeadlineSeconds": 6}, told, WORKER)
    cluster.loop.advance(60)
    assert status(cluster)["state"]["terminated"]["exitCode"] == code


def test_memory_over_time_meets_the_limit() -> None:
    cluster = start(one("example.org/team/worker:1", resources={"limits": {"memory": "64Mi"}}), images=WORKER)
    cluster.loop.advance(40)
    ended = status(cluster)["lastState"].get("terminated") or status(cluster)["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)


def test_rows_may_come_from_a_config_map() -> None:
    cluster = Cluster()
    cluster.loop.advance(2)
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "helmpy-images"},
        "data": {"images.yaml": WORKER},
    }
    cluster.client.create(CONFIGMAPS, body, "kube-system")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": one("example.org/team/worker:2")}
    cluster.client.create(PODS, pod, "default")
    cluster.loop.advance(4)
    assert get(cluster, 8080, "/healthz") == (200, "fine")


def test_a_config_map_that_is_wrong_changes_nothing() -> None:
    cluster = Cluster()
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "helmpy-images"},
        "data": {"images.yaml": "no"},
    }
    cluster.client.create(CONFIGMAPS, body, "kube-system")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": one("nginx:1")}
    cluster.client.create(PODS, pod, "default")
    cluster.loop.advance(4)
    assert "running" in status(cluster)["state"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"exitCode": 1, "after": 3}, ("crash", "CrashLoopBackOff")),
        ({"ready": False}, ("unready", "")),
        ({"pullSeconds": 30}, ("waiting", "ContainerCreating")),
        ({"pullError": "too slow"}, ("waiting", "ImagePullBackOff")),
        ({"startError": "no such device"}, ("crash", "CrashLoopBackOff")),
        ({"oom": True, "after": 1}, ("crash", "CrashLoopBackOff")),
    ],
)
def test_faults(told: Object, expected: tuple[str, str]) -> None:
    probe = {"readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 1}}
    cluster = start(one("example.org/app:1", **probe), told)
    seen = set()
    for _ in range(400):
        cluster.loop.advance(0.1)
        shown = status(cluster)
        waiting = shown["state"].get("waiting") or {}
        seen.add(("crash" if shown["restartCount"] or shown["lastState"] else "waiting", waiting.get("reason", "")))
        seen.add(("unready" if "running" in shown["state"] and not shown["ready"] else "", ""))
    assert expected in seen


def test_chance_is_seeded_and_spares_some() -> None:
    def crashes(seed: int) -> list[bool]:
        cluster = Cluster(seed=seed)
        for number in range(20):
            metadata = {
                "name": f"p{number}",
                "annotations": {"helmpy.dev/container.c": json.dumps({"exitCode": 1, "chance": 0.4})},
            }
            spec = {**one("example.org/app:1"), "restartPolicy": "Never"}
            cluster.client.create(
                PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}, "default"
            )
        cluster.loop.advance(10)
        pods = sorted(cluster.client.list(PODS, "default")["items"], key=lambda p: p["metadata"]["name"])
        return [p["status"]["phase"] == "Failed" for p in pods]

    first = crashes(3)
    assert first == crashes(3)
    assert 2 <= sum(first) <= 14
    assert crashes(4) != first


@pytest.mark.parametrize(
    ("image", "command", "out"),
    [
        ("redis:7", ["redis-cli", "ping"], "PONG\n"),
        ("postgres:17", ["pg_isready"], "/var/run/postgresql:5432 - accepting connections\n"),
        ("mysql:9", ["mysqladmin", "ping"], "mysqld is alive\n"),
    ],
)
def test_well_known_services_answer_their_own_tools(image: str, command: list[str], out: str) -> None:
    cluster = start(one(image))
    assert run(cluster, *command)[:2] == (0, out)
    assert lines(cluster)


AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.56"


@pytest.mark.parametrize(
    ("args", "code", "log"),
    [
        (["entrypoint-tester", "a", "b"], 0, ["[/agnhost entrypoint-tester a b]"]),
        (["dns-suffix"], 0, ["default.svc.cluster.local,svc.cluster.local,cluster.local"]),
        (["dns-server-list"], 0, ["10.96.0.10"]),
        (["connect", "nowhere:80"], 1, ["DNS"]),
        (["connect", "10.244.99.99:80", "--timeout=1s"], 1, ["TIMEOUT"]),
        (["mounttest", "--file_content=/etc/hostname"], 0, ['content of file "/etc/hostname": p', ""]),
        (
            ["mounttest", "--fs_type=/v", "--file_perm=/v"],
            0,
            ['mount type of "/v": tmpfs', 'perms of file "/v": drwxrwxrwt'],
        ),
        (
            ["mounttest", "--file_content=/none"],
            1,
            ['error reading file content for "/none": open /none: no such file or directory'],
        ),
        (["nonsense"], 1, ['Error: unknown command "nonsense" for "app"', "Run 'app --help' for usage."]),
    ],
)
def test_agnhost_programs_that_end(args: list[str], code: int, log: list[str]) -> None:
    spec = one(AGNHOST, *args, volumeMounts=[{"name": "v", "mountPath": "/v"}])
    cluster = start({**spec, "restartPolicy": "Never", "volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}]})
    cluster.loop.advance(5)
    assert status(cluster)["state"]["terminated"]["exitCode"] == code
    assert lines(cluster) == log


@pytest.mark.parametrize(
    ("args", "env", "port", "path", "answer"),
    [
        (["netexec"], {}, 8080, "/hostname", (200, "p")),
        (["netexec", "--http-port", "80"], {}, 80, "/echo?msg=hi", (200, "hi")),
        (["netexec"], {}, 8080, "/healthz", (200, "")),
        (["netexec"], {}, 8080, "/nothing", (404, "404 page not found\n")),
        (["netexec"], {}, 8080, "/redirect?location=/x&code=307", (307, "")),
        (["serve-hostname"], {}, 9376, "/", (200, "p")),
        (["porter"], {"SERVE_PORT_81": "foo"}, 81, "/", (200, "foo")),
        (["liveness"], {}, 8080, "/healthz", (200, "ok")),
        (["test-webserver"], {}, 80, "/etc/hostname", (200, "p\n")),
        (["guestbook"], {}, 3000, "/", (200, "")),
    ],
)
def test_agnhost_servers(args: list[str], env: dict[str, str], port: int, path: str, answer: tuple[int, str]) -> None:
    cluster = start(one(AGNHOST, *args, env=[{"name": k, "value": v} for k, v in env.items()]))
    assert get(cluster, port, path) == answer


def test_agnhost_over_time() -> None:
    cluster = start(one(AGNHOST, "liveness"))
    cluster.loop.advance(10)
    assert get(cluster, 8080, "/healthz")[0] == 500
    paused = start({**one(AGNHOST, "pause"), "activeDeadlineSeconds": 5, "restartPolicy": "Never"})
    paused.loop.advance(20)
    assert lines(paused) == ["Paused"]
    assert status(paused)["state"]["terminated"]["exitCode"] == 2
    logged = start(
        {**one(AGNHOST, "logs-generator", "--log-lines-total=5", "--run-duration=2s"), "restartPolicy": "Never"}
    )
    logged.loop.advance(5)
    assert len(lines(logged)) == 5
    assert status(logged)["state"]["terminated"]["exitCode"] == 0
    left = start(one(AGNHOST, "netexec"))
    get(left, 8080, "/exit?code=3")
    left.loop.advance(3)
    assert status(left)["lastState"]["terminated"]["exitCode"] == 3


def test_agnhost_in_the_cluster_uses_its_token() -> None:
    cluster = start(one(AGNHOST, "inclusterclient", "--poll-interval=600"))
    first = lines(cluster)
    assert first[0] == "calling /healthz"
    cluster.loop.advance(3600)
    later = [line for line in lines(cluster) if line.startswith("authz_header=")]
    assert len(set(later)) == 2  # the token was renewed once, after four fifths of an hour
