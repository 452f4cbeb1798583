"""The Python clients of Kubernetes against a served cluster, unchanged: the official one, kr8s, and an operator made with kopf.

Each test skips where its package is missing.
"""

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubectl_session import Served

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "sh", "labels": {"app": "sh"}},
    "spec": {
        "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "main", "image": "busybox:1.36", "command": ["sh", "-c", "echo hi; sleep 3600"]}],
    },
}


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The kubeconfig of a whole cluster."""
    home = tmp_path_factory.mktemp("clients")
    cluster = Served(home, "", full=True)
    path = home / "kc"
    path.write_text(cluster.kubeconfig, encoding="utf-8")
    yield str(path)
    cluster.end()


@pytest.fixture(autouse=True)
def _garbage() -> Iterator[None]:
    """The clients leave open sockets to the garbage collector, which must not find them in another test."""
    yield
    gc.collect()


def until(condition: Any, seconds: float = 20.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


# The official client


@pytest.fixture
def core(kubeconfig: str) -> Iterator[Any]:
    """The official client's core API."""
    client = pytest.importorskip("kubernetes.client")
    from kubernetes import config  # type: ignore[import-not-found, unused-ignore]

    with config.new_client_from_config(kubeconfig) as api_client:
        yield client.CoreV1Api(api_client)


def test_objects_are_typed_both_ways(core: Any) -> None:
    made = core.create_namespaced_config_map("default", {"metadata": {"name": "typed"}, "data": {"a": "1"}})
    assert (made.data, made.metadata.creation_timestamp.tzinfo is not None) == ({"a": "1"}, True)
    made.data["b"] = "2"
    assert core.replace_namespaced_config_map("typed", "default", made).data == {"a": "1", "b": "2"}
    with pytest.raises(Exception, match="Conflict"):
        core.replace_namespaced_config_map("typed", "default", made)
    assert core.patch_namespaced_config_map("typed", "default", {"data": {"a": None}}).data == {"b": "2"}
    names = [
        m.metadata.name for m in core.list_namespaced_config_map("default", field_selector="metadata.name=typed").items
    ]
    assert names == ["typed"]
    core.delete_namespaced_config_map("typed", "default")
    with pytest.raises(Exception, match="Not Found"):
        core.read_namespaced_config_map("typed", "default")


def test_containers_answer(core: Any) -> None:
    from kubernetes.stream import stream  # type: ignore[import-not-found, unused-ignore]

    core.create_namespaced_pod("default", POD)
    until(lambda: core.read_namespaced_pod("sh", "default").status.phase == "Running")
    assert core.read_namespaced_pod_log("sh", "default") == "hi\n"
    ask = {"stderr": True, "stdin": False, "stdout": True, "tty": False}
    run = core.connect_get_namespaced_pod_exec
    assert stream(run, "sh", "default", command=["echo", "out"], **ask) == "out\n"
    session = stream(run, "sh", "default", command=["sh", "-c", "echo err >&2; exit 3"], _preload_content=False, **ask)
    session.run_forever(timeout=10)
    assert (session.read_stderr(), session.returncode) == ("err\n", 3)
    session.close()
    from kubernetes.client import CustomObjectsApi  # type: ignore[import-not-found, unused-ignore]

    usage = CustomObjectsApi(core.api_client).list_cluster_custom_object("metrics.k8s.io", "v1beta1", "nodes")
    assert usage["items"][0]["usage"]["cpu"].endswith("n")


def test_watches_resume_where_they_were(core: Any) -> None:
    from kubernetes.watch import Watch  # type: ignore[import-not-found, unused-ignore]

    start = core.list_namespaced_secret("default").metadata.resource_version
    seen: list[tuple[str, str]] = []

    def follow() -> None:
        watch = Watch()
        for event in watch.stream(core.list_namespaced_secret, "default", resource_version=start, timeout_seconds=1):
            seen.append((event["type"], event["object"].metadata.name))
            if len(seen) == 40:
                watch.stop()

    thread = threading.Thread(target=follow)
    thread.start()
    for number in range(20):
        core.create_namespaced_secret("default", {"metadata": {"name": f"w{number}"}})
        core.delete_namespaced_secret(f"w{number}", "default")
    thread.join(30)
    assert seen == [(kind, f"w{n}") for n in range(20) for kind in ("ADDED", "DELETED")]


def test_a_watch_that_is_too_old_says_so(tmp_path: Path) -> None:
    client = pytest.importorskip("kubernetes.client")
    from kubernetes import config
    from kubernetes.watch import Watch

    cluster = Served(tmp_path, "", full=False)
    (tmp_path / "kc").write_text(cluster.kubeconfig, encoding="utf-8")
    core = client.CoreV1Api(config.new_client_from_config(str(tmp_path / "kc")))
    old = core.list_namespaced_config_map("default").metadata.resource_version
    core.create_namespaced_config_map("default", {"metadata": {"name": "before"}})
    cluster.restart()
    core.create_namespaced_config_map("default", {"metadata": {"name": "after"}})
    with pytest.raises(client.ApiException) as refused:
        list(Watch().stream(core.list_namespaced_config_map, "default", resource_version=old, timeout_seconds=2))
    assert refused.value.status == 410
    again = core.list_namespaced_config_map("default")
    assert [m.metadata.name for m in again.items] == ["after", "before"]
    cluster.end()


def test_dynamic_client(kubeconfig: str) -> None:
    pytest.importorskip("kubernetes")
    from kubernetes import config, dynamic  # type: ignore[attr-defined, unused-ignore]

    client = dynamic.DynamicClient(config.new_client_from_config(kubeconfig))
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dyn"}, "spec": spec}
    assert deployments.server_side_apply(body=body, namespace="default", field_manager="me").spec.replicas == 2
    until(lambda: deployments.get(name="dyn", namespace="default").status.readyReplicas == 2)
    patch = {"spec": {"replicas": 1}}
    assert (
        deployments.patch(
            name="dyn", namespace="default", body=patch, content_type="application/merge-patch+json"
        ).spec.replicas
        == 1
    )
    assert client.resources.get(kind="Node", api_version="v1").get().items[0].metadata.name == "node-0"
    deployments.delete(name="dyn", namespace="default")


# kr8s


def test_kr8s(kubeconfig: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kr8s = pytest.importorskip("kr8s")
    api = kr8s.api(kubeconfig=kubeconfig)
    from kr8s.objects import Deployment, Pod  # type: ignore[import-not-found, unused-ignore]

    pod = Pod({**POD, "metadata": {"name": "kr8s", "namespace": "default"}}, api=api)
    pod.create()
    pod.wait("condition=Ready", timeout=20)
    assert pod.exec(["echo", "out"]).stdout == b"out\n"
    assert "hi" in list(pod.logs())
    pod.label({"tier": "x"})
    assert [p.name for p in api.get("pods", namespace="default", label_selector={"tier": "x"})] == ["kr8s"]
    template = {"metadata": {"labels": {"k": "r"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"k": "r"}}, "template": template}
    deployment = Deployment({"metadata": {"name": "kr8s", "namespace": "default"}, "spec": spec}, api=api)
    deployment.create()
    deployment.scale(3)
    until(lambda: deployment.ready() and deployment.replicas == 3)
    assert api.version()["major"] == "1"
    deployment.delete()
    pod.delete()
    until(lambda: not pod.exists())


# kopf


OPERATOR = """
import kopf


@kopf.on.startup()
def configure(settings, **_):
    settings.posting.enabled = True
    settings.persistence.finalizer = "example.com/done"


@kopf.on.create("greetings.example.com")
def made(spec, name, namespace, body, logger, **_):
    logger.info("greeting %s", spec["who"])
    kopf.event(body, type="Normal", reason="Greeted", message=f"Hello, {spec['who']}!")
    return {"message": f"Hello, {spec['who']}!"}


@kopf.on.update("greetings.example.com", field="spec.who")
def changed(old, new, patch, **_):
    patch.status["was"] = old
    patch.status["now"] = new


@kopf.on.delete("greetings.example.com")
def gone(name, **_):
    print(f"bye {name}", flush=True)


@kopf.timer("greetings.example.com", interval=0.5)
def tick(patch, status, **_):
    patch.status["ticks"] = status.get("ticks", 0) + 1
"""
ANY = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "greetings.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Greeting", "plural": "greetings", "singular": "greeting"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": ANY, "status": ANY}}},
            }
        ],
    },
}


def test_an_operator(kubeconfig: str, tmp_path: Path) -> None:
    pytest.importorskip("kopf")

    client = pytest.importorskip("kubernetes.client")
    from kubernetes import config

    api = config.new_client_from_config(kubeconfig)
    client.ApiextensionsV1Api(api).create_custom_resource_definition(DEFINITION)
    objects = client.CustomObjectsApi(api)
    (tmp_path / "greeter.py").write_text(OPERATOR, encoding="utf-8")
    command = [sys.executable, "-m", "kopf", "run", "--namespace=default", "greeter.py"]
    environment = {**os.environ, "KUBECONFIG": kubeconfig}
    log = tmp_path / "log"
    with open(log, "wb") as out:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=out, stderr=out)
    where = ("example.com", "v1", "default", "greetings")

    def status() -> Any:
        return objects.get_namespaced_custom_object(*where, "one").get("status") or {}

    try:
        body = {"apiVersion": "example.com/v1", "kind": "Greeting", "metadata": {"name": "one"}, "spec": {"who": "you"}}
        objects.create_namespaced_custom_object(*where, body)
        until(lambda: (status().get("made") or {}).get("message") == "Hello, you!")
        objects.patch_namespaced_custom_object(*where, "one", {"spec": {"who": "all"}})
        until(lambda: status().get("now") == "all")
        until(lambda: status().get("ticks", 0) > 2)
        objects.delete_namespaced_custom_object(*where, "one")
        until(lambda: "bye one" in log.read_text(encoding="utf-8"))
        until(lambda: objects.list_namespaced_custom_object(*where)["items"] == [])
        events = client.CoreV1Api(api).list_namespaced_event("default").items
        assert "Hello, you!" in [e.message for e in events]
    finally:
        process.terminate()
        process.wait(20)
    assert "Traceback" not in log.read_text(encoding="utf-8"), log.read_text(encoding="utf-8")
