"""Stories of single pods in a whole cluster: configuration, commands, images, init containers, stopping."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cluster_core.client.resources import CONFIGMAPS, EVENTS, PODS, SECRETS, SERVICEACCOUNTS
from cluster_core.cluster import Cluster

NS = "default"
Object = dict[str, Any]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as c:
        c.settle(10)
        yield c


def create(cluster: Cluster, image: str, more: Object | None = None, **container: Any) -> None:
    """Create the pod `p` with one container `c`."""
    spec = {"containers": [{"name": "c", "image": image, **container}], **(more or {})}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}
    cluster.client.create(PODS, body, NS)


def status(cluster: Cluster) -> Object:
    return cluster.client.get(PODS, "p", NS)["status"]  # type: ignore[no-any-return]


def gone(cluster: Cluster) -> bool:
    return cluster.client.list(PODS, NS)["items"] == []


def log(cluster: Cluster) -> list[str]:
    return [line for _, line in cluster.kubelets.node_api.logs(NS, "p", "c")]


def events(cluster: Cluster) -> dict[str, str]:
    """Message of the last event of each reason."""
    return {e["reason"]: e["message"] for e in cluster.client.list(EVENTS, NS)["items"]}


def waiting(cluster: Cluster, field: str = "containerStatuses") -> str:
    state = status(cluster)[field][0]["state"]
    return str((state.get("waiting") or {}).get("reason"))


# -- configuration


def test_a_config_map_changes_in_volumes_but_not_in_the_environment(cluster: Cluster) -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}, "data": {"color": "red"}}
    cluster.client.create(CONFIGMAPS, config, NS)
    volumes = {"volumes": [{"name": "conf", "configMap": {"name": "conf"}}]}
    mounts = [
        {"name": "conf", "mountPath": "/conf"},
        {"name": "conf", "mountPath": "/one/color", "subPath": "color"},
    ]
    env = [{"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "color"}}}]
    create(cluster, "busybox:1", volumes, command=["sleep", "9999"], env=env, volumeMounts=mounts)
    cluster.settle()

    def seen() -> list[str]:
        script = "cat /conf/color; echo; cat /one/color; echo; echo $COLOR"
        return cluster.kubelets.node_api.exec(NS, "p", "c", ["sh", "-c", script]).stdout.split()

    assert seen() == ["red", "red", "red"]
    cluster.client.patch(CONFIGMAPS, "conf", {"data": {"color": "blue"}}, NS)
    cluster.loop.advance(5)
    assert seen() == ["red", "red", "red"]
    cluster.loop.advance(90)
    assert seen() == ["blue", "red", "red"]
    assert status(cluster)["containerStatuses"][0]["restartCount"] == 0


# -- commands


@pytest.mark.parametrize(
    ("container", "output"),
    [
        ({}, ["from-entrypoint from-cmd"]),
        ({"args": ["mine"]}, ["from-entrypoint mine"]),
        ({"command": ["echo", "own"]}, ["own"]),
        ({"command": ["echo", "own"], "args": ["mine", "$(NAME)"]}, ["own mine value"]),
    ],
)
def test_command_and_args(cluster: Cluster, container: Object, output: list[str]) -> None:
    env = [{"name": "NAME", "value": "value"}]
    create(cluster, "lab.local/entry:1", {"restartPolicy": "Never"}, env=env, **container)
    cluster.settle()
    assert status(cluster)["phase"] == "Succeeded"
    assert log(cluster) == output


# -- images


def pull_secret(name: str, registry: str, kind: str = "kubernetes.io/dockerconfigjson") -> Object:
    auths = {registry: {"auth": base64.b64encode(b"me:word").decode()}}
    key, data = (".dockercfg", auths) if kind.endswith("dockercfg") else (".dockerconfigjson", {"auths": auths})
    text = base64.b64encode(json.dumps(data).encode()).decode()
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "data": {key: text}}


@pytest.mark.parametrize(
    ("secret", "on_pod", "on_account", "runs"),
    [
        (None, False, False, False),
        (pull_secret("pull", "private.example.com"), False, False, False),
        (pull_secret("pull", "private.example.com"), True, False, True),
        (pull_secret("pull", "private.example.com"), False, True, True),
        (pull_secret("pull", "https://private.example.com/v1/"), True, False, True),
        (pull_secret("pull", "*.example.com"), True, False, True),
        (pull_secret("pull", "private.example.com", "kubernetes.io/dockercfg"), True, False, True),
        (pull_secret("pull", "other.example.com"), True, False, False),
        (None, True, False, False),
    ],
)
def test_private_image(cluster: Cluster, secret: Object | None, on_pod: bool, on_account: bool, runs: bool) -> None:
    if secret is not None:
        cluster.client.create(SECRETS, secret, NS)
    references = {"imagePullSecrets": [{"name": "pull"}]}
    if on_account:
        cluster.client.patch(SERVICEACCOUNTS, "default", references, NS)
    create(cluster, "private.example.com/team/app:1", references if on_pod else None)
    cluster.loop.advance(10)
    assert (status(cluster)["phase"] == "Running") == runs
    told = events(cluster)
    assert ("FailedToRetrieveImagePullSecret" in told) == (on_pod and secret is None)
    if not runs:
        assert waiting(cluster) in ("ErrImagePull", "ImagePullBackOff")
        assert "authorization failed" in status(cluster)["containerStatuses"][0]["state"]["waiting"]["message"] or (
            waiting(cluster) == "ImagePullBackOff"
        )


def test_a_private_image_on_the_node_is_for_those_who_may_pull_it(cluster: Cluster) -> None:
    cluster.client.create(SECRETS, pull_secret("pull", "private.example.com"), NS)
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "first"}}
    spec = {
        "containers": [{"name": "c", "image": "private.example.com/app:1"}],
        "imagePullSecrets": [{"name": "pull"}],
    }
    cluster.client.create(PODS, {**body, "spec": spec}, NS)
    cluster.settle()
    create(cluster, "private.example.com/app:1")
    cluster.loop.advance(5)
    assert status(cluster)["phase"] == "Pending"


def test_a_pull_secret_that_comes_later_is_used(cluster: Cluster) -> None:
    create(cluster, "private.example.com/app:1", {"imagePullSecrets": [{"name": "pull"}]})
    cluster.loop.advance(5)
    assert status(cluster)["phase"] == "Pending"
    cluster.client.create(SECRETS, pull_secret("pull", "private.example.com"), NS)
    assert cluster.run_until(lambda: status(cluster)["phase"] == "Running", 60)


# -- init containers


def test_an_init_container_that_never_ends(cluster: Cluster) -> None:
    init = {"name": "wait", "image": "busybox:1", "command": ["sh", "-c", "until nslookup db; do sleep 2; done"]}
    create(cluster, "example.org/app:1", {"initContainers": [init]})
    assert cluster.settle()  # waiting for ever does not keep the cluster busy for ever
    cluster.loop.advance(3600)
    told = status(cluster)
    assert told["phase"] == "Pending"
    assert "running" in told["initContainerStatuses"][0]["state"]
    assert waiting(cluster) == "PodInitializing"
    initialized = next(c for c in told["conditions"] if c["type"] == "Initialized")
    assert (initialized["status"], initialized["reason"]) == ("False", "ContainersNotInitialized")
    assert initialized["message"] == "containers with incomplete status: [wait]"


# -- stopping


@pytest.mark.parametrize(
    ("grace", "pre_stop", "command", "lasts", "failed"),
    [
        (10, {"exec": {"command": ["sleep", "60"]}}, None, 12.0, True),
        (10, {"exec": {"command": ["sleep", "4"]}}, ["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 1; done"], 4.0, False),
        (10, {"exec": {"command": ["sleep", "4"]}}, None, 10.0, False),
        (5, None, None, 5.0, False),
    ],
)  # fmt: skip
def test_stopping(
    cluster: Cluster, grace: int, pre_stop: Object | None, command: list[str] | None, lasts: float, failed: bool
) -> None:
    hook = {"lifecycle": {"preStop": pre_stop}} if pre_stop else {}
    create(
        cluster,
        "busybox:1",
        {"terminationGracePeriodSeconds": grace},
        command=command or ["sleep", "9999"],  # number 1 of the container: TERM does nothing to it
        **hook,
    )
    cluster.settle()
    begun = cluster.loop.now()
    cluster.client.delete(PODS, "p", NS)
    assert cluster.run_until(lambda: gone(cluster), 120)
    assert lasts <= cluster.loop.now() - begun <= lasts + 2.5
    assert ("FailedPreStopHook" in events(cluster)) == failed


# -- programs as files


@pytest.mark.parametrize(
    ("script", "output"),
    [
        ("mkdir -p /test && cp /bin/sleep /test/sleep && /test/sleep 1 && echo slept", ["slept"]),
        ("[ -x /bin/sh ] && [ -f /bin/busybox ] && echo there", ["there"]),
        ("cp /bin/echo /tmp/say; /tmp/say hello", ["hello"]),
        ("ls /bin | grep -x sleep", ["sleep"]),
        ("[ -e /bin/no-such-program ] || echo absent", ["absent"]),
    ],
)
def test_programs_are_files(cluster: Cluster, script: str, output: list[str]) -> None:
    create(cluster, "busybox:1", {"restartPolicy": "Never"}, command=["sh", "-c", script])
    cluster.settle()
    assert (status(cluster)["phase"], log(cluster)) == ("Succeeded", output)
