"""`helmpy cluster describe` prints what kubectl 1.36 printed of the same objects (tests/golden/cluster/describe.json)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster_core.apimachinery.gvk import GVR
from cluster_core.client import resources
from cluster_core.cluster import Cluster
from helmpy.commands import cli, settings
from helmpy.kube import apply, connection
from helmpy.kube import resources as manifests

RECORDED = json.loads((Path(__file__).parents[2] / "golden" / "cluster" / "describe.json").read_text())

MASKS: tuple[tuple[str, str], ...] = (
    (r"10\.96\.\d+\.\d+", "<clusterIP>"),
    (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", "<date>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<uid>"),
    (r"kube-api-access-[a-z0-9]{5}\b", "kube-api-access-<rand>"),
    (r"\b31778/", "<nodePort>/"),
    (r"\Aerror: ", "Error: "),
    (r"(?m)^(Age|Start Time|Started|AGE): +.*", r"\1: <age>"),
)


def masked(text: str) -> str:
    for pattern, name in MASKS:
        text = re.sub(pattern, name, text)
    return text


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A cluster in which nothing runs, with the recorded objects in the namespace "gold"."""
    with Cluster(controllers=False) as cluster:
        client = cluster.client
        client.create(resources.NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gold"}})
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "gold"}}
        client.create(GVR("", "v1", "serviceaccounts"), account, "gold")
        for text in RECORDED["objects"]:
            apply.create(client, manifests.build(client, text, "gold"), apply.ApplyOptions(server_side=False))
        yield cluster


@pytest.mark.parametrize("row", RECORDED["rows"], ids=lambda row: " ".join(row["argv"]))
def test_describe_prints_what_kubectl_prints(
    row: dict[str, Any], server: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connection, "open_embedded", lambda target: connection.EmbeddedConnection(server, target))
    monkeypatch.setattr(connection.EmbeddedConnection, "close", lambda self: None)
    monkeypatch.setenv("TZ", "UTC")
    with pytest.raises(SystemExit) as left:
        cli.run(["cluster", *row["argv"], "-n", "gold"])
    settings.use({})
    captured = capsys.readouterr()
    got = (left.value.code, masked(captured.out), masked(captured.err))
    assert got == (row["exit"], masked(row["stdout"]), masked(row["stderr"]))
