"""Probes and hooks that the recorded timelines do not show: named ports, HTTPS, variables, handlers that nobody runs."""

from typing import Any

import pytest

from cluster_core.client.resources import EVENTS, PODS
from cluster_core.cluster import Cluster

Object = dict[str, Any]
TOOLS = "lab.local/tools:1"


def run(container: Object, seconds: float = 6, **spec: Any) -> tuple[Object, list[str], list[str]]:
    """The container's status, the messages of warnings, and its log after so many seconds."""
    with Cluster() as cluster:
        cluster.loop.advance(1)
        containers = [{"name": "c", "image": TOOLS, **container}]
        body = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": containers, **spec},
        }
        cluster.client.create(PODS, body, "default")
        cluster.loop.advance(seconds)
        shown = cluster.client.get(PODS, "p", "default")["status"]["containerStatuses"][0]
        found = [e["message"] for e in cluster.client.list(EVENTS, "default")["items"] if e["type"] == "Warning"]
        log = cluster.kubelets.node_api.logs("default", "p", "c") if "waiting" not in shown["state"] else []
        return shown, found, [line for _, line in log]


def readiness(**handler: Any) -> Object:
    return {"readinessProbe": {"periodSeconds": 1, **handler}}


HTTP = {"command": ["tool", "http"]}
NAMED = {"ports": [{"name": "web", "containerPort": 8080}]}


@pytest.mark.parametrize(
    ("container", "ready", "warning"),
    [
        ({**HTTP, **NAMED, **readiness(httpGet={"port": "web"})}, True, ""),
        (
            {**HTTP, **readiness(httpGet={"port": "web"})},
            False,
            'Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing "web": invalid syntax',
        ),
        (
            {**HTTP, **readiness(tcpSocket={"port": "nothing"})},
            False,
            'Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing "nothing": invalid syntax',
        ),
        (
            {**HTTP, **readiness(httpGet={"port": 8080, "scheme": "HTTPS"})},
            False,
            'Readiness probe failed: Get "https://10.244.0.2:8080/": http: server gave HTTP response to HTTPS client',
        ),
        ({"command": ["tool", "pause"], **readiness(exec={"command": ["true"]})}, True, ""),
        (
            {
                "command": ["tool", "pause"],
                "env": [{"name": "FLAG", "value": "/etc/hostname"}],
                **readiness(exec={"command": ["cat", "$(FLAG)"]}),
            },
            True,
            "",
        ),
        (
            {"command": ["tool", "pause"], **readiness(exec={"command": ["cat", "$(FLAG)"]})},
            False,
            "Readiness probe failed: cat: can't open '$(FLAG)': No such file or directory\n",
        ),
    ],
)
def test_readiness(container: Object, ready: bool, warning: str) -> None:
    shown, warnings, _ = run(container)
    assert shown["ready"] is ready
    assert warnings == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("hook", "message"),
    [
        ({"httpGet": {"port": 8080, "path": "x"}}, ""),
        ({"sleep": {"seconds": 1}}, ""),
        ({"exec": {"command": ["true"]}}, ""),
        (
            {"tcpSocket": {"port": 8080}},
            (
                "Cannot run handler: invalid handler: &LifecycleHandler{Exec:nil,HTTPGet:nil,"
                "TCPSocket:&TCPSocketAction{Port:{0 8080 },Host:,},Sleep:nil,}"
            ),
        ),
        (
            {"httpGet": {"port": "web", "path": "/x"}},
            (
                'HTTP lifecycle hook (/x) for Container "c" in Pod "p_default(UID)" failed - error: '
                'strconv.Atoi: parsing "web": invalid syntax'
            ),
        ),
        (
            {"exec": {"command": ["/no/such"]}},
            (
                'Exec lifecycle hook ([/no/such]) for Container "c" in Pod "p_default(UID)" failed - error: rpc error: '
                "code = Unknown desc = failed to exec in container: failed to start exec "
            ),
        ),
    ],
)
def test_post_start(hook: Object, message: str) -> None:
    import re

    shown, warnings, log = run({**HTTP, "lifecycle": {"postStart": hook}}, 4)
    waiting = shown["state"].get("waiting") or {}
    assert re.sub(r"\([0-9a-f-]{36}\)", "(UID)", waiting.get("message", "")).startswith(message)
    assert (waiting.get("reason") == "PostStartHookError") == bool(message)
    assert ("PostStartHook failed" in warnings) == bool(message)
    if "httpGet" in hook and not message:
        assert log == ["GET /x ua=kube-lifecycle/1.36"]


@pytest.mark.parametrize(
    ("path", "type", "problem"),
    [
        ("/etc", "Directory", ""),
        ("/etc/passwd", "File", ""),
        ("/run/containerd/containerd.sock", "Socket", ""),
        ("/dev/null", "CharDevice", ""),
        ("/tmp/new", "DirectoryOrCreate", ""),
        ("/tmp/new", "FileOrCreate", ""),
        ("/tmp/new", "", ""),
        ("/tmp/new", "Directory", "/tmp/new is not a directory"),
        ("/etc/passwd", "DirectoryOrCreate", "/etc/passwd is not a directory"),
        ("/etc", "FileOrCreate", "/etc is not a file"),
        ("/etc", "Socket", "/etc is not a socket file"),
        ("/etc/passwd", "CharDevice", "/etc/passwd is not a character device"),
        ("/dev/null", "BlockDevice", "/dev/null is not a block device"),
    ],
)
def test_host_path_types(path: str, type: str, problem: str) -> None:
    volume = {"name": "v", "hostPath": {"path": path, "type": type}}
    mounts = [{"name": "v", "mountPath": "/v"}]
    shown, warnings, _ = run({"command": ["tool", "pause"], "volumeMounts": mounts}, 3, volumes=[volume])
    text = f'MountVolume.SetUp failed for volume "v" : hostPath type check failed: {problem}'
    assert set(warnings) == ({text} if problem else set())
    assert ("running" in shown["state"]) == (not problem)
