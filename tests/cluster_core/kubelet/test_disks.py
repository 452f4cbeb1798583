"""Disks that outlive pods: persistent claims and nodes' own, in memory and in a cluster that is closed and opened again."""

from pathlib import Path
from typing import Any

import pytest

from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS, PODS
from cluster_core.cluster import Cluster
from cluster_core.kubelet.runtime.files import Files, NoSpaceError, ReadOnlyError

Object = dict[str, Any]
CLAIM = {"name": "v", "persistentVolumeClaim": {"claimName": "data"}}
HOST = {"name": "v", "hostPath": {"path": "/srv", "type": "DirectoryOrCreate"}}
OWN = {"name": "v", "emptyDir": {}}


def claim(cluster: Cluster) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    body = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec}
    cluster.client.create(PERSISTENTVOLUMECLAIMS, body, "default")


def run(cluster: Cluster, name: str, script: str, volume: Object) -> list[str]:
    container = {"name": "c", "image": "busybox:1", "command": ["sh", "-c", script]}
    container["volumeMounts"] = [{"name": "v", "mountPath": "/data"}]
    spec = {"restartPolicy": "Never", "containers": [container], "volumes": [volume]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    cluster.client.create(PODS, body, "default")
    cluster.loop.advance(10)
    return [line for _, line in cluster.kubelets.node_api.logs("default", name, "c")]


WRITE = "mkdir -p /data/a/b; echo hello > /data/a/b/f; ln -s a/b/f /data/l; chmod 600 /data/a/b/f; touch /data/empty"
READ = "cat /data/l; stat -c %a /data/a/b/f; ls /data"
KEPT = ["hello", "600", "a", "empty", "l"]


@pytest.mark.parametrize(
    ("volume", "seen"), [(CLAIM, KEPT), (HOST, KEPT), (OWN, ["cat: can't open '/data/l': No such file or directory"])]
)
@pytest.mark.parametrize("reopened", [False, True])
def test_what_the_next_pod_finds(tmp_path: Path, volume: Object, seen: list[str], reopened: bool) -> None:
    path = str(tmp_path / "cluster.db")
    cluster = Cluster(path=path)
    claim(cluster)
    assert run(cluster, "writer", WRITE, volume) == []
    cluster.client.delete(PODS, "writer", "default")
    if reopened:
        cluster.close()
        cluster = Cluster(path=path)
    assert run(cluster, "reader", READ, volume)[: len(seen)] == seen
    cluster.close()


def test_a_change_after_reopening_is_kept_too(tmp_path: Path) -> None:
    path = str(tmp_path / "cluster.db")
    for number in range(3):
        with Cluster(path=path) as cluster:
            if not number:
                claim(cluster)
            lines = run(cluster, f"p{number}", f"echo {number} >> /data/log; cat /data/log", CLAIM)
            assert lines == [str(n) for n in range(number + 1)]


def tree() -> Files:
    files = Files({"/etc/a": "A", "/etc/deep/b": "B"}, directories="/tmp")
    files.make_link("/link", "etc/a")
    files.make_link("/dir", "/etc/deep")
    return files


@pytest.mark.parametrize(
    ("path", "text"),
    [("/etc/a", "A"), ("/link", "A"), ("/dir/b", "B"), ("/etc/deep/../a", "A"), ("/dir/../a", None), ("/none", None)],
)
def test_links_are_followed(path: str, text: str | None) -> None:
    assert tree().read(path) == text


def test_links_in_a_circle_end() -> None:
    files = tree()
    files.make_link("/x", "y")
    files.make_link("/y", "x")
    with pytest.raises(OSError, match="Too many levels"):
        files.read("/x")


def test_mounts_limits_and_users() -> None:
    root, volume = tree(), Files()
    volume.limit = 10
    root.mount("/vol", volume)
    root.mount("/frozen", Files({"/f": "F"}), read_only=True)
    root.write("/vol/x", "12345")
    with pytest.raises(NoSpaceError):
        root.write("/vol/y", "678901")
    with pytest.raises(ReadOnlyError):
        root.write("/frozen/f", "")
    root.user = (1000, frozenset((1000,)))
    root.allow_everybody("/tmp")
    root.write("/tmp/mine", "ok")
    with pytest.raises(PermissionError):
        root.write("/etc/a", "changed")
    with pytest.raises(PermissionError):
        root.make_directory("/new")
    root.set_mode("/etc/a", 0o600)
    assert root.read("/etc/a") is None
    root.user = None
    assert root.read("/etc/a") == "A"


def test_saved_and_restored() -> None:
    files = tree()
    files.set_mode("/etc/a", 0o640)
    files.write("/bytes", "\udcff\x00")
    other = Files()
    other.restore(files.saved())
    assert other.read("/link") == "A"
    assert other.read("/bytes") == "\udcff\x00"
    assert other.mode_text("/etc/a") == "-rw-r-----"
    assert other.names("/") == files.names("/")
