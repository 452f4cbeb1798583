"""Clusters in a file: reopened as they were, one process at a time, whole after being killed at any instant."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cluster_core.client.resources import CONFIGMAPS, NAMESPACES
from cluster_core.cluster import Cluster
from cluster_core.persistence import ClusterBusyError, ClusterFile, PersistenceError
from cluster_core.testing import make_config_map


def open_cluster(path: Path) -> Cluster:
    return Cluster(path=str(path), controllers=False)


def test_reopened_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    with open_cluster(path) as cluster:
        made = cluster.client.create(CONFIGMAPS, make_config_map("a", x="1").build())
        cluster.client.patch(CONFIGMAPS, "a", {"data": {"y": "ü\udc80"}}, "default", type="merge")
        cluster.loop.advance(60)
        now, revision = cluster.loop.now(), cluster.store.revision
    with open_cluster(path) as cluster:
        found = cluster.client.get(CONFIGMAPS, "a", "default")
        assert found["metadata"]["uid"] == made["metadata"]["uid"]
        assert found["data"] == {"x": "1", "y": "ü\udc80"}
        assert (cluster.loop.now(), cluster.store.revision) == (now, revision)
        shown = cluster.client.raw(
            "GET", "/api/v1/namespaces/default/configmaps/a", headers={"accept": "application/json"}
        )
        assert [e["operation"] for e in shown["metadata"]["managedFields"]] == ["Update"]
        cluster.client.delete(CONFIGMAPS, "a", "default")
    with open_cluster(path) as cluster:
        assert cluster.client.list(CONFIGMAPS)["items"] == []
        assert len(cluster.client.list(NAMESPACES)["items"]) == 4


def test_remembers_whom_pods_trust(tmp_path: Path) -> None:
    path = str(tmp_path / "cluster.db")
    for given in ("", "-----BEGIN CERTIFICATE-----", ""):
        with Cluster(path=path, root_ca=given) as cluster:
            cluster.settle()
    with Cluster(path=path) as cluster:
        cluster.settle()
        published = cluster.client.get(CONFIGMAPS, "kube-root-ca.crt", "default")
        assert published["data"] == {"ca.crt": "-----BEGIN CERTIFICATE-----"}


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = str(tmp_path / "cluster.db")
    held = ClusterFile(path)
    with pytest.raises(ClusterBusyError, match=f"is in use by process {os.getpid()}; waited 0 s"):
        ClusterFile(path, wait=0)
    held.close()
    held.close()
    ClusterFile(path, wait=0).close()


def test_not_a_cluster_file(tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    path.write_text("this is no database, whatever its name says")
    with pytest.raises(PersistenceError, match="cannot open cluster file"):
        ClusterFile(str(path))


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    with open_cluster(path) as cluster:
        file = cluster._file
        assert file is not None
        pages = file._database.execute("pragma page_count").fetchone()[0]
        file._database.execute(f"pragma max_page_count={pages}")
        big = make_config_map("big", x="y" * 100_000).build()
        with pytest.raises(PersistenceError, match="database or disk is full"):
            cluster.client.create(CONFIGMAPS, big)
        file._database.execute("pragma max_page_count=100000")
        cluster.client.create(CONFIGMAPS, make_config_map("small").build())
    with open_cluster(path) as cluster:
        assert [o["metadata"]["name"] for o in cluster.client.list(CONFIGMAPS)["items"]] == ["big", "small"]


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    with open_cluster(tmp_path / "cluster.db") as cluster:
        assert cluster._file is not None
        assert cluster._file._database.execute("pragma synchronous").fetchone() == (2,)
        assert cluster._file._database.execute("pragma journal_mode").fetchone() == ("wal",)


WRITER = """
import sys
from cluster_core.cluster import Cluster
from cluster_core.client.resources import CONFIGMAPS
from cluster_core.testing import make_config_map
cluster = Cluster(path=sys.argv[1], controllers=False)
start = len(cluster.client.list(CONFIGMAPS)["items"])
for number in range(start, 100000):
    cluster.client.create(CONFIGMAPS, make_config_map(f"c{number:06d}").build())
    print(number, flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_instant_loses_no_acknowledged_write(tmp_path: Path) -> None:
    path, acknowledged = tmp_path / "cluster.db", -1
    for attempt in range(6):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            time.sleep(0.003 * attempt)
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.read().splitlines()
        acknowledged = int([line for line in lines if line.strip()][-1])
        with open_cluster(path) as cluster:
            names = [o["metadata"]["name"] for o in cluster.client.list(CONFIGMAPS)["items"]]
            assert names == [f"c{n:06d}" for n in range(len(names))]
            assert acknowledged + 1 <= len(names) <= acknowledged + 2
    assert sqlite3.connect(path).execute("pragma integrity_check").fetchone() == ("ok",)
